package guide

import "linklog/phrase"

// What several of the routers have to be told.
var (
	sendLog  = say("Send the log to this computer")
	logAll   = say("Log each connection")
	logBlock = say("Log what is blocked")
	leases   = say("Names of devices (DHCP)")
	lookups  = say("Names of hosts (DNS queries)")
	flows    = say("Connections as flows (NetFlow, IPFIX)")
)

// firmware are systems for routers of many makers.
//
// Sources. OpenWrt: firewall4's ruleset.uc and zone-verdict.uc (files in /etc/nftables.d are part
// of the table fw4; a zone logs with its verdict as the prefix) and firewall3's rules.c ("has no
// target specified, defaulting to REJECT": a rule that is only to log would cut the network off
// there). MikroTik: help.mikrotik.com/docs/display/ROS/Log and .../Filter. FreshTomato:
// admin-log.asp. DD-WRT: Firewall.asp; the names on its page Services are from users. pfSense:
// status_logs_settings.php and firewall_rules_edit.php. OPNsense: dialogDestination.xml of its
// Syslog. VyOS: docs.vyos.io, system syslog and firewall ipv4. EdgeOS: lines and settings of users.
// Flows. OpenWrt: softflowd.config and softflowd.init of its packages (as shipped it is off and counts one packet of 100).
// MikroTik: help.mikrotik.com, Traffic Flow. pfSense: docs.netgate.com/pfsense/en/latest/firewall/pflow.html and the package
// softflowd. OPNsense: docs.opnsense.org/manual/how-tos/netflow_exporter.html. VyOS: docs.vyos.io, Flow Accounting (only what
// comes in is counted unless enable-egress is set). DD-WRT: Services.asp.
var firmware = []*Router{{
	ID: "openwrt", Name: "OpenWrt", Also: "GL.iNet, Turris", Sends: Syslog,
	aliases: []string{"open-wrt", "gl.inet", "glinet", "gl-inet", "turris", "omnia", "lede"},
	steps: []Step{{
		Title: say("Log in to the router"),
		Text:  say("By ssh, with the password of its web pages. Its address is often 192.168.1.1 or 192.168.8.1."),
		Type:  "ssh root@192.168.1.1",
	}, {
		Title: sendLog,
		Text:  say("In LuCI this is System › System › Logging: External system log server, and its port."),
		Type: `uci set system.@system[0].log_ip='{{.Address}}'
uci set system.@system[0].log_port='{{.Port}}'
uci set system.@system[0].log_proto='udp'
uci commit system
service log restart`,
	}, {
		// A chain behind the firewall's own sees exactly what the firewall lets through, and decides nothing.
		Title: logAll,
		Text:  say("This logs each new connection that the firewall allowed. It changes no rule of the firewall."),
		Type: `echo 'chain linklog { type filter hook forward priority filter + 10; policy accept; ct state new log prefix "ACCEPT forward: "; }' > /etc/nftables.d/90-linklog.nft
service firewall restart`,
	}, {
		Title: say("Before OpenWrt 22.03, do this instead"),
		Text:  say("Versions before 22.03 have no /etc/nftables.d. There, log by a line in /etc/firewall.user:"),
		Type: `echo "iptables -I zone_wan_dest_ACCEPT -i br-lan -m conntrack --ctstate NEW -j LOG --log-prefix 'ACCEPT out '" >> /etc/firewall.user
service firewall restart`,
	}, {
		Title: logBlock,
		Text:  say("Zone 1 is usually wan (uci show firewall lists them). In LuCI this is Network › Firewall › Zones › wan › Edit › Advanced Settings: Enable logging on this zone."),
		Type: `uci set firewall.@zone[1].log='1'
uci commit firewall
service firewall restart`,
	}},
	names: []Step{
		{Title: leases, Text: say("They are in the log already, unless the logging of DHCP was turned off in Network › DHCP and DNS.")},
		{Title: lookups, Type: "uci set dhcp.@dnsmasq[0].logqueries='1'\nuci commit dhcp\nservice dnsmasq restart"},
	},
	flows: []Step{{
		Title: flows,
		Text:  say("By the package softflowd; from OpenWrt 25.12 on, apk update && apk add softflowd installs it. Flow offloading (Network › Firewall) hides data from it."),
		Type: `opkg update && opkg install softflowd
uci set softflowd.@softflowd[0].enabled='1'
uci set softflowd.@softflowd[0].interface='br-lan'
uci set softflowd.@softflowd[0].host_port='{{.Address}}:{{.FlowPort}}'
uci set softflowd.@softflowd[0].export_version='9'
uci set softflowd.@softflowd[0].track_ipv6='1'
uci set softflowd.@softflowd[0].sampling_rate='1'
uci set softflowd.@softflowd[0].timeout='maxlife=60'
uci commit softflowd
service softflowd restart`,
	}},
	why: map[Check]phrase.Phrase{
		Arrives:    say("Was the log restarted after the change (service log restart)? logread on the router shows what it would send."),
		Connection: say("The firewall logs nothing: is /etc/nftables.d/90-linklog.nft there, and was the firewall restarted? fw4 check says whether the file is right."),
		Outgoing:   say("Is /etc/nftables.d/90-linklog.nft there, and was the firewall restarted? fw4 check says whether the file is right."),
		Allowed:    say("Is /etc/nftables.d/90-linklog.nft there, and was the firewall restarted? fw4 check says whether the file is right."),
		Unlimited:  say("In /etc/config/firewall, log_limit of the zone wan is such a limit."),
	},
}, {
	ID: "mikrotik", Name: "MikroTik", Also: "RouterOS", Sends: Syslog,
	aliases: []string{"routeros", "routerboard", "hex", "hap", "ccr", "winbox", "mikro-tik"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("In a terminal of the router: New Terminal in WinBox, Terminal in WebFig, or ssh."),
		Type: `/system logging action add name=linklog target=remote remote={{.Address}} remote-port={{.Port}}
/system logging add topics=firewall,info action=linklog`,
	}, {
		Title: logAll,
		Text:  say("These rules come last in the chain forward, so what reaches them is allowed. They only log."),
		Type: `/ip firewall filter add chain=forward connection-state=new action=log log-prefix="A|" comment=LinkLog
/ipv6 firewall filter add chain=forward connection-state=new action=log log-prefix="A|" comment=LinkLog`,
	}, {
		Title: logBlock,
		Text:  say("This turns logging on in each rule that drops."),
		Type: `/ip firewall filter set [find action=drop] log=yes log-prefix="D|"
/ipv6 firewall filter set [find action=drop] log=yes log-prefix="D|"`,
	}},
	names: []Step{
		{Title: leases, Type: "/system logging add topics=dhcp,info action=linklog"},
		{Title: lookups, Text: say("Works where the devices ask the router (IP › DNS: Allow Remote Requests)."), Type: "/system logging add topics=dns action=linklog"},
	},
	flows: []Step{{
		Title: flows,
		Text:  say("Here bridge is the interface of your network. What the hardware forwards by itself (offloading) is not counted."),
		Type: `/ip traffic-flow set enabled=yes interfaces=bridge active-flow-timeout=1m
/ip traffic-flow target add dst-address={{.Address}} port={{.FlowPort}} version=9`,
	}},
	notes: []phrase.Phrase{
		say("Put new rules in front of those with the comment LinkLog, so that these stay last. A log-prefix may have at most 15 characters; longer ones make the lines unreadable."),
	},
	why: map[Check]phrase.Phrase{
		Arrives:    say("Without the second line (topics=firewall,info) the router does not send its firewall's messages."),
		Connection: say("No rule of its firewall logs: are the rules with the comment LinkLog there?"),
		Outgoing:   say("The rule with the comment LinkLog is missing in the chain forward, or a rule in front of it accepts everything."),
		Allowed:    say("The router says so by the prefix of the rule: log-prefix=\"A|\"."),
	},
}, {
	ID: "pfsense", Name: "pfSense", Sends: Syslog, aliases: []string{"pf-sense", "netgate"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Status › System Logs › Settings › Remote Logging Options: tick Enable Remote Logging, enter this as the first of the Remote log servers, and tick Firewall Events."),
		Type:  "{{.Address}}:{{.Port}}",
	}, {
		Title: logAll,
		Text:  say("Firewall › Rules › LAN: edit each rule that passes, such as “Default allow LAN to any rule”: tick “Log packets that are handled by this rule”, save, then Apply Changes. Do the same for other networks of yours."),
	}, {
		Title: logBlock,
		Text:  say("Status › System Logs › Settings: “Log packets matched from the default block rules in the ruleset” is on unless it was turned off."),
	}},
	names: []Step{
		{Title: leases, Text: say("Status › System Logs › Settings › Remote Logging Options: tick DHCP Events.")},
		{Title: lookups, Text: say("Only with the DNS Forwarder (dnsmasq): the DNS Resolver (Unbound), which pfSense uses unless that was changed, does not log the answers. Tick DNS Events there, too, and enter this at Services › DNS Forwarder › Custom options:"), Type: "log-queries"},
	},
	flows: []Step{{
		Title: flows,
		Text:  say("pfSense Plus: Firewall › Packet Flow Data: enable it, and tracking on all rules by default, and add an export by IPFIX to {{.Address}}, port {{.FlowPort}}. pfSense CE: install the package softflowd, then Services › softflowd: Interface LAN, Host {{.Address}}, Port {{.FlowPort}}, Netflow version 9, Flow Tracking Level Full, Maximum Lifetime 60."),
	}},
	why: map[Check]phrase.Phrase{
		Connection: say("Firewall Events is not ticked at Remote Logging Options, or no rule logs."),
		Outgoing:   say("A rule that passes logs only if “Log packets that are handled by this rule” is ticked in it."),
		Allowed:    say("A rule that passes logs only if “Log packets that are handled by this rule” is ticked in it."),
		Lookups:    say("Optional; not seen yet. Unbound logs what devices ask for, but not the answers: names come only from dnsmasq."),
	},
}, {
	ID: "opnsense", Name: "OPNsense", Sends: Syslog, aliases: []string{"opn-sense", "opn", "deciso"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("System › Settings › Logging › Remote: add a target with Transport UDP(4), Applications filter (filterlog), Levels and Facilities left empty, Hostname {{.Address}}, Port {{.Port}}. Save, then Apply."),
	}, {
		Title: logAll,
		Text:  say("Firewall › Rules › LAN: edit each rule that passes, such as “Default allow LAN to any rule”: tick “Log packets that are handled by this rule”, save, then Apply changes. Do the same for other networks of yours."),
	}, {
		Title: logBlock,
		Text:  say("Firewall › Settings › Advanced › Logging (older: System › Settings › Logging): the log of the default block rules is on unless it was turned off."),
	}},
	names: []Step{
		{Title: leases, Text: say("In the same target, add at Applications the one that serves DHCP: dhcpd, kea-dhcp4 or dnsmasq.")},
		{Title: lookups, Text: say("Only where Dnsmasq answers the devices: Unbound, which OPNsense uses unless that was changed, does not log the answers. Add dnsmasq at Applications, too, and turn on the logging of queries at Services › Dnsmasq DNS & DHCP › General.")},
	},
	flows: []Step{{
		Title: flows,
		Text:  say("Reporting › NetFlow: choose LAN (and other networks of yours) as Listening interfaces and WAN as WAN interfaces, Version v9, and enter this at Destinations. Then Apply."),
		Type:  "{{.Address}}:{{.FlowPort}}",
	}},
	why: map[Check]phrase.Phrase{
		Connection: say("Applications of the target does not contain filter (filterlog), or no rule logs."),
		Outgoing:   say("A rule that passes logs only if “Log packets that are handled by this rule” is ticked in it."),
		Allowed:    say("A rule that passes logs only if “Log packets that are handled by this rule” is ticked in it."),
		Lookups:    say("Optional; not seen yet. Unbound logs what devices ask for, but not the answers: names come only from dnsmasq."),
	},
}, {
	ID: "tomato", Name: "FreshTomato", Also: "Tomato", Sends: Syslog, aliases: []string{"freshtomato", "fresh-tomato", "advancedtomato", "tomatousb", "shibby"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Administration › Logging: tick Log To Remote System, and enter {{.Address}} and {{.Port}} at Host or IP Address / Port."),
	}, {
		Title: logAll,
		Text:  say("On the same page, Connection Logging: Inbound: Both, Outbound: Both, Limit: 0. Then Save."),
	}},
	names: []Step{
		{Title: leases, Text: say("They are in the log already, unless Advanced › DHCP / DNS mutes the logging of DHCP.")},
		{Title: lookups, Text: say("Advanced › DHCP / DNS › Dnsmasq custom configuration:"), Type: "log-queries"},
	},
	why: map[Check]phrase.Phrase{
		Connection: say("Administration › Logging › Connection Logging: Inbound and Outbound are not set to Both."),
		Outgoing:   say("Administration › Logging › Connection Logging: Outbound is not set to Both."),
		Allowed:    say("Administration › Logging › Connection Logging: Outbound is not set to Both."),
		Unlimited:  say("Administration › Logging: Limit is 60 messages a minute unless it was changed. 0 is no limit."),
	},
}, {
	ID: "dd-wrt", Name: "DD-WRT", Sends: Syslog, aliases: []string{"ddwrt", "dd wrt"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Services › Services › System Log: enable Syslogd (and Klogd, where it is listed), and enter this at Remote Server. Then Apply Settings."),
		Type:  "{{.Address}}:{{.Port}}",
	}, {
		Title: logAll,
		Text:  say("Security › Firewall: enable the SPI Firewall. Below that, at Log Management: Log: Enable, Log Level: High, and Enable for Dropped, Rejected and Accepted. Then Apply Settings."),
	}},
	names: []Step{
		{Title: leases, Text: say("They are in the log already where Dnsmasq serves DHCP.")},
		{Title: lookups, Text: say("Services › Services › Dnsmasq › Additional Options:"), Type: "log-queries"},
	},
	flows: []Step{{
		Title: flows,
		Text:  say("Services › Services › RFlow / MACupd, where the build has it: enable RFlow, Server IP {{.Address}}, Port {{.FlowPort}}, Interface LAN & WLAN. Then Apply Settings."),
	}},
	why: map[Check]phrase.Phrase{
		Connection: say("The log of the firewall (Security › Firewall › Log Management) or Klogd is off."),
		Outgoing:   say("Security › Firewall › Log Management: Accepted is not enabled."),
		Allowed:    say("Security › Firewall › Log Management: Accepted is not enabled."),
	},
}, {
	ID: "edgeos", Name: "EdgeRouter", Also: "EdgeOS", Sends: Syslog, fixed: true,
	aliases: []string{"edgerouter", "edge-router", "edgemax", "erx", "er-x"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("In a terminal of the router: CLI at the top of its web pages, or ssh."),
		Type: `configure
set system syslog host {{.Address}} facility kern level debug
commit`,
	}, {
		Title: logAll,
		Text:  say("Here eth0 leads to the internet. With PPPoE the line before commit is: set interfaces ethernet eth0 pppoe 0 firewall out name WAN_OUT. If a rule set for that way exists already, add the rule to it."),
		Type: `set firewall name WAN_OUT default-action accept
set firewall name WAN_OUT rule 9000 action accept
set firewall name WAN_OUT rule 9000 description 'LinkLog: new connections'
set firewall name WAN_OUT rule 9000 state new enable
set firewall name WAN_OUT rule 9000 log enable
set interfaces ethernet eth0 firewall out name WAN_OUT
commit`,
	}, {
		Title: logBlock,
		Text:  say("WAN_IN and WAN_LOCAL are the rule sets that the setup wizard makes."),
		Type: `set firewall name WAN_IN enable-default-log
set firewall name WAN_LOCAL enable-default-log
commit
save
exit`,
	}},
	names: []Step{
		{Title: leases, Type: "configure\nset system syslog host {{.Address}} facility daemon level info\ncommit\nsave\nexit"},
		{Title: lookups, Type: "configure\nset service dns forwarding options log-queries\nset system syslog host {{.Address}} facility daemon level info\ncommit\nsave\nexit"},
	},
	why: map[Check]phrase.Phrase{
		Connection: say("No rule logs: a rule needs log enable, a rule set enable-default-log."),
		Outgoing:   say("No rule set that logs is on the way out: WAN_OUT at eth0, or at pppoe 0."),
		Allowed:    say("No rule that accepts logs: rule 9000 of WAN_OUT needs log enable."),
	},
}, {
	ID: "vyos", Name: "VyOS", Sends: Syslog, aliases: []string{"vyatta"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Up to VyOS 1.4 the word is host instead of remote."),
		Type: `configure
set system syslog remote {{.Address}} facility kern level debug
set system syslog remote {{.Address}} port {{.Port}}
commit`,
	}, {
		Title: logAll,
		Text:  say("This rule comes last, so what reaches it is allowed."),
		Type: `set firewall ipv4 forward filter rule 900000 action accept
set firewall ipv4 forward filter rule 900000 description 'LinkLog: new connections'
set firewall ipv4 forward filter rule 900000 state new
set firewall ipv4 forward filter rule 900000 log
commit`,
	}, {
		Title: logBlock,
		Text:  say("Add log to each rule that drops, and default-log to your own rule sets. Then:"),
		Type:  "commit\nsave\nexit",
	}},
	names: []Step{
		{Title: leases, Type: "configure\nset system syslog remote {{.Address}} facility daemon level info\ncommit\nsave\nexit"},
	},
	flows: []Step{{
		Title: flows,
		Text:  say("Here eth1 is the interface of your network."),
		Type: `configure
set system flow-accounting interface eth1
set system flow-accounting enable-egress
set system flow-accounting netflow version 9
set system flow-accounting netflow server {{.Address}} port {{.FlowPort}}
set system flow-accounting netflow timeout max-active-life 60
commit
save
exit`,
	}},
	notes: []phrase.Phrase{
		say("If the default action of your forward filter is drop, leave rule 900000 out: it would allow everything. Add log to the rules that accept instead."),
	},
	why: map[Check]phrase.Phrase{
		Connection: say("No rule logs: each rule that you want to see needs log."),
		Outgoing:   say("Rule 900000 of the forward filter is missing, or a rule in front of it accepts without log."),
		Allowed:    say("Rule 900000 of the forward filter is missing, or a rule in front of it accepts without log."),
	},
}}
