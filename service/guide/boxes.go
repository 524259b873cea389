package guide

import "linklog/phrase"

// boxes are routers with the firmware of their makers.
//
// Sources. ASUS: Main_LogStatus_Content.asp and Advanced_BasicFirewall_Content.asp of
// Asuswrt-Merlin; firewall.c of older releases logs what it allows only in the chain of the Network
// Services Filter. UniFi: help.ui.com, "UniFi System Logs & SIEM Integration"; the menus also from
// users of Network 9 and 10. Zyxel: the guides of USG FLEX and VMG. DrayTek: draytek.co.uk,
// "Syslog Messages - Interpreting Firewall and CSM logs". LANCOM: its reference manual of LCOS,
// SYSLOG and "SYSLOG notifications". D-Link, Netgear: manuals of DIR and FVS, and what users
// published of their logs. Linksys: what its routers were seen to send.
var boxes = []*Router{{
	ID: "linksys", Name: "Linksys", Which: say("with a Logviewer IP address"), Sends: Traps, Logs: Undecided, fixed: true, aliases: []string{"wrt54g", "wrt54gl", "befsr41", "rv042", "e4200", "cisco linksys"},
	steps: []Step{{
		Title: say("Turn the log on"),
		Text:  say("Administration › Log (older: Log): Log: Enable. Enter this at Logviewer IP Address, Log Viewer IP Address or Send Log To:"),
		Type:  "{{.Address}}",
	}, {
		Title: say("Save the settings"),
		Text:  say("Save Settings or Apply. Some models need a restart after that."),
	}},
	notes: []phrase.Phrase{
		say("If only the last number can be entered, 255 sends to all computers in the network; LinkLog receives that, too."),
		say("Several models have a page that no menu shows, LogManage.htm behind the router's address, for more kinds of messages (logins, firewall)."),
		say("Newer Linksys routers (Smart Wi-Fi, Velop) have no such field."),
	},
	why: map[Check]phrase.Phrase{
		Arrives:    say("Is Log set to Enable, and was it saved? Some models need a restart after that. Newer Linksys routers (Smart Wi-Fi, Velop) have no such field."),
		Connection: say("The router reports connection attempts once its log is enabled: open any web page on any device."),
		Unlimited:  say("Under load the router skips messages itself; there is no setting for that."),
	},
}, {
	ID: "zyxel", Name: "Zyxel", Sends: Syslog, aliases: []string{"zywall", "prestige", "usg flex", "usgflex", "atp", "vmg", "nebula"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("USG FLEX, ATP, ZyWALL: Configuration › Log & Report › Log Settings › Remote Server 1: Active, Log Format VRPT/Syslog, Server Address {{.Address}}, Server Port {{.Port}}, and at Active Log normal for Security Policy Control."),
	}, {
		Title: logAll,
		Text:  say("Configuration › Security Policy › Policy Control: in each policy, also in LAN_Outgoing and the default one, choose log at Log matched traffic."),
	}, {
		Title: say("On home routers (VMG, EX, DX), do this instead"),
		Text:  say("Maintenance › Log Setting: Syslog Logging Enable, Mode Remote, Syslog Server {{.Address}}, UDP Port {{.Port}}, and tick what is about the firewall or security. They log mostly what they block."),
	}},
	names: []Step{
		{Title: leases, Text: say("At Active Log, choose normal for DHCP, too.")},
	},
	why: map[Check]phrase.Phrase{
		Connection: say("No policy has log at Log matched traffic, or Active Log of the remote server leaves out Security Policy Control."),
		Outgoing:   say("In the policy LAN_Outgoing, Log matched traffic is set to no: choose log."),
		Allowed:    say("In the policy LAN_Outgoing, Log matched traffic is set to no: choose log."),
	},
}, {
	ID: "draytek", Name: "DrayTek", Also: "Vigor", Sends: Syslog, Logs: Undecided, aliases: []string{"vigor", "dray-tek"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("System Maintenance › SysLog / Mail Alert Setup: Enable, Syslog Save to Syslog Server, Server IP Address {{.Address}}, Destination Port {{.Port}}. At Enable syslog message tick Firewall Log and User Access Log. Then OK."),
	}, {
		Title: logAll,
		Text:  say("User Access Log covers outgoing connections. For blocked ones, tick Syslog at Firewall › General Setup › Default Rule and in each rule at Firewall › Filter Setup."),
	}},
	why: map[Check]phrase.Phrase{
		Connection: say("At Enable syslog message, Firewall Log and User Access Log are not ticked."),
		Outgoing:   say("At Enable syslog message, User Access Log is not ticked."),
	},
}, {
	ID: "lancom", Name: "LANCOM", Sends: Syslog, Logs: OnlyBlocked, aliases: []string{"lcos", "lanconfig"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("LANconfig: Log & Trace (or Messages) › SYSLOG › SYSLOG servers, or WEBconfig: LCOS menu tree › Setup › SYSLOG: add a server {{.Address}} (and its port {{.Port}}, where it can be entered) with the source Router and the priorities Alert and Information."),
	}, {
		Title: logBlock,
		Text:  say("LANconfig: Firewall/QoS: in each rule that blocks, turn on Send SYSLOG message."),
	}},
	why: map[Check]phrase.Phrase{
		Connection: say("The server needs the source Router and the priority Alert; and the router logs only what it blocks."),
	},
}, {
	ID: "netgear", Name: "Netgear", Also: "ProSafe FVS, SRX, DGN", Sends: Syslog, Logs: OnlyBlocked, fixed: true, aliases: []string{"prosafe", "fvs", "dgn", "net-gear"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Monitoring › Firewall Logs & E-mail (older: Security › Logs and E-mail): enable SysLogs and enter the SysLog Server {{.Address}}. The port is always 514."),
	}, {
		Title: logBlock,
		Text:  say("On the same page, at Routing Logs, tick Dropped Packets for each way; where there is Accepted Packets, tick that, too."),
	}},
	notes: []phrase.Phrase{
		say("Nighthawk, Orbi and most other Netgear home routers only show their log or send it by e-mail; linklog import reads such a file."),
	},
	why: map[Check]phrase.Phrase{
		Arrives:    say("Nighthawk, Orbi and most other Netgear home routers cannot send their log; linklog import reads the one that they send by e-mail."),
		Connection: say("At Routing Logs nothing is ticked."),
	},
}, {
	ID: "d-link", Name: "D-Link", Which: say("older DIR and DGL"), Sends: Syslog, Logs: OnlyBlocked, fixed: true, aliases: []string{"dlink", "d link", "dir", "dgl"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Tools › SysLog: tick Enable Logging To SysLog Server and enter {{.Address}} at SysLog Server IP Address. Then Save Settings. The port is always 514."),
	}, {
		Title: logBlock,
		Text:  say("Status › Logs: tick Firewall & Security, and Informational. Then Apply Log Settings Now."),
	}},
	notes: []phrase.Phrase{
		say("Newer D-Link routers (EAGLE PRO, COVR, R series) have no such page."),
	},
	why: map[Check]phrase.Phrase{
		Arrives:    say("Newer D-Link routers (EAGLE PRO, COVR, R series) cannot send their log."),
		Connection: say("Status › Logs: Firewall & Security or Informational is not ticked."),
	},
}, {
	ID: "fortinet", Name: "Fortinet", Also: "FortiGate", Sends: Syslog, aliases: []string{"fortigate", "fortios", "forti"},
	// docs.fortinet.com, FortiOS CLI reference: config log syslogd setting and filter.
	steps: []Step{{
		Title: sendLog,
		Text:  say("In the CLI console:"),
		Type: `config log syslogd setting
set status enable
set server "{{.Address}}"
set port {{.Port}}
set mode udp
set format default
end
config log syslogd filter
set severity information
set forward-traffic enable
set local-traffic enable
end`,
	}, {
		Title: logAll,
		Text:  say("Policy & Objects › Firewall Policy: in each policy Log Allowed Traffic: All Sessions, and in the Implicit Deny policy Log Violation Traffic."),
	}},
	flows: []Step{{
		// docs.fortinet.com, FortiOS CLI reference: config system netflow (active-flow-timeout in seconds since 7.2, in minutes before).
		Title: flows,
		Text:  say("In the CLI console; here internal is the interface of your network. From FortiOS 7.4 on, collector-ip and collector-port stand in config collectors, edit 1."),
		Type: `config system netflow
set collector-ip {{.Address}}
set collector-port {{.FlowPort}}
end
config system interface
edit internal
set netflow-sampler both
end`,
	}},
	why: map[Check]phrase.Phrase{
		Outgoing: say("Log Allowed Traffic is Security Events by default: choose All Sessions."),
		Allowed:  say("Log Allowed Traffic is Security Events by default: choose All Sessions."),
	},
}, {
	ID: "sophos", Name: "Sophos", Sends: Syslog, aliases: []string{"sfos", "xgs", "sophos xg", "sophos xgs"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("System services › Log settings: add a syslog server with the address {{.Address}}, port {{.Port}}, facility DAEMON, severity Information and the format Device standard format. In the table below tick Firewall for it."),
	}, {
		Title: logAll,
		Text:  say("Rules and policies › Firewall rules: tick Log firewall traffic in each rule."),
	}},
	why: map[Check]phrase.Phrase{
		Outgoing: say("Log firewall traffic is not ticked in the rule from LAN to WAN."),
		Allowed:  say("Log firewall traffic is not ticked in the rule from LAN to WAN."),
	},
}, {
	ID: "sonicwall", Name: "SonicWall", Sends: Syslog, aliases: []string{"sonicos", "sonic wall"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Device › Log › Syslog (older: Log › Syslog): add a server {{.Address}}, port {{.Port}}, Syslog Format Default."),
	}, {
		Title: logAll,
		Text:  say("Device › Log › Settings: Logging Level Inform, and tick Syslog for Network (Connection Opened) and Firewall (dropped packets)."),
	}},
	why: map[Check]phrase.Phrase{
		Outgoing: say("Device › Log › Settings: the event Connection Opened is not sent to syslog."),
		Allowed:  say("Device › Log › Settings: the event Connection Opened is not sent to syslog."),
	},
}, {
	ID: "cisco", Name: "Cisco", Also: "ASA, PIX, IOS", Sends: Syslog, aliases: []string{"asa", "pix", "ios", "firepower"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("ASA and PIX, in configuration mode; inside is the interface towards this computer:"),
		Type: `logging enable
logging trap informational
logging host inside {{.Address}} udp/{{.Port}}`,
	}, {
		Title: logAll,
		Text:  say("ASA and PIX now report each connection (302013, 302015) and what an access list denies (106023)."),
	}, {
		Title: say("On IOS routers, do this instead"),
		Text:  say("Add log to the entries of the access lists, and in configuration mode:"),
		Type:  "logging trap informational\nlogging host {{.Address}} transport udp port {{.Port}}",
	}},
	flows: []Step{{
		Title: flows,
		Text:  say("IOS, in configuration mode; here GigabitEthernet0/1 is the interface of your network:"),
		Type: `ip flow-export version 9
ip flow-export destination {{.Address}} {{.FlowPort}}
ip flow-cache timeout active 1
interface GigabitEthernet0/1
ip flow ingress
ip flow egress`,
	}},
	why: map[Check]phrase.Phrase{
		Outgoing: say("logging trap has to be informational, and the messages 302013 and 302015 must not be switched off. IOS: the access list that permits needs log."),
		Allowed:  say("logging trap has to be informational, and the messages 302013 and 302015 must not be switched off. IOS: the access list that permits needs log."),
	},
}, {
	ID: "fritzbox", Name: "FRITZ!Box", Sends: Nothing, aliases: []string{"fritz", "fritz!box", "fritz box", "fritz!", "avm"},
	answer: say("A FRITZ!Box does not report connections to a computer: no page and no setting for that is known. Its own list (System › Events) has no connections in it."),
	notes:  insteadOf,
}, {
	ID: "none", Name: say("Provider's box or mesh kit").Format, InWords: true, Also: "Speedport, Livebox, eero, Google Wifi, Deco, Orbi", Sends: Nothing,
	aliases: []string{"speedport", "livebox", "vodafone", "vodafone station", "eero", "google", "google wifi", "nest", "nest wifi", "deco", "tp-link", "tplink", "archer", "orbi", "nighthawk", "velop", "o2", "homebox", "freebox", "xfinity", "huawei", "zte", "arris", "technicolor", "sagemcom", "isp", "provider", "amplifi", "xiaomi"},
	answer:  say("Most providers' boxes, mesh kits and many home routers do not report connections to a computer. If yours has a page with “Syslog” or “Remote log”, follow the steps for another router."),
	notes:   insteadOf,
}, {
	ID: "other", Name: say("Another router").Format, InWords: true, Sends: Syslog, aliases: []string{"another", "unknown", "generic", "syslog"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Look in the router's pages for Syslog, Remote log, Log server or Logviewer, often at Administration, System or Log: enter {{.Address}}, and {{.Port}} where a port is asked for (UDP)."),
	}, {
		Title: logAll,
		Text:  say("Look at Firewall or Log for what is logged: accepted (allowed, passed) and dropped (blocked, denied) packets, or both."),
	}},
	flows: []Step{{
		Title: flows,
		Text:  say("Look for NetFlow, IPFIX or Flow: the collector is {{.Address}}, port {{.FlowPort}} (UDP), version 9 or IPFIX, sampling off. On a Linux router, softflowd does it; here br0 is the interface of your network:"),
		Type:  "softflowd -i br0 -n {{.Address}}:{{.FlowPort}} -v 9 -t maxlife=60",
	}},
	notes: []phrase.Phrase{
		say("LinkLog understands the lines of many firewalls. Those that it does not are shown by linklog log --system, with the reason."),
	},
}}

// popular are those of boxes that most people have.
var popular = []*Router{{
	ID: "asus", Name: "ASUS", Also: "Asuswrt-Merlin", Sends: Syslog, aliases: []string{"asuswrt", "merlin", "asuswrt-merlin", "asus merlin", "rt-ax", "zenwifi", "rog"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Advanced Settings › System Log › General Log: Remote Log Server {{.Address}}, Remote Log Server Port {{.Port}}. If there is “Log only messages more urgent than”, choose debug. Then Apply."),
	}, {
		Title: logAll,
		Text:  say("Advanced Settings › Firewall › General: Enable Firewall: Yes, Logged packets type: Both. Then Apply."),
	}, {
		Title: say("Log what is allowed to go out"),
		Text:  say("Advanced Settings › Firewall › Network Services Filter: Enable: Yes, Filter table type: Deny List (Black List), and leave the list empty, so that nothing is blocked. Many versions log allowed outgoing connections only then."),
	}},
	names: []Step{
		{Title: leases, Text: say("They are in the log already. On Merlin, LAN › DHCP Server › Hide DHCP/RA queries has to be No.")},
		{Title: lookups, Text: say("On Merlin only, with Administration › System › Enable JFFS custom scripts and configs: Yes. By ssh:"), Type: "echo log-queries >> /jffs/configs/dnsmasq.conf.add\nservice restart_dnsmasq"},
	},
	notes: []phrase.Phrase{
		say("Older firmware has no field for the port and always sends to 514."),
	},
	why: map[Check]phrase.Phrase{
		Arrives:    say("A message goes out as soon as the router logs something: Apply on the page Firewall makes it do so."),
		Connection: say("Firewall › General: Logged packets type is not Both, or “Log only messages more urgent than” hides the lines of the firewall: choose debug."),
		Outgoing:   say("Firewall › Network Services Filter has to be on, with an empty Deny List."),
		Allowed:    say("Firewall › General: Logged packets type has to be Both, and Firewall › Network Services Filter on, with an empty Deny List."),
	},
}, {
	ID: "unifi", Name: "UniFi", Also: "Dream Machine, Cloud Gateway, UXG", Sends: Syslog, aliases: []string{"ubiquiti", "unificef", "ubnt", "udm", "udm-pro", "udm pro", "udm-se", "udr", "ucg", "uxg", "usg", "dream machine", "dream router", "cloud gateway"},
	steps: []Step{{
		Title: sendLog,
		Text:  say("Settings › CyberSecure › Traffic Logging › Activity Logging (Syslog): SIEM Server, Server Address {{.Address}}, Port {{.Port}}. At Contents tick at least Firewall Default Policy, Security Detections and Clients. Then Apply Changes."),
	}, {
		Title: logAll,
		Text:  say("Settings › Policy Engine › Zones: open each policy that you want to see, above all those from Internal to External, and turn on Syslog. A policy without it logs nothing."),
	}, {
		Title: say("Log allowed connections to the internet"),
		Text:  say("The built-in Allow All Traffic may have no such switch. Then make a policy of your own in front of it: Internal to External, Any, Allow, with Syslog on."),
	}},
	names: []Step{
		{Title: leases, Text: say("At Contents, tick Gateway as well.")},
	},
	flows: []Step{{
		Title: flows,
		Text:  say("Settings › CyberSecure › Traffic Logging › NetFlow (IPFIX): Sampling Mode Off, Collector Address {{.Address}} (an address, no name), Port {{.FlowPort}}. Then Apply Changes."),
	}},
	notes: []phrase.Phrase{
		say("Before Network 9.3 the menus are elsewhere: search for syslog in the settings."),
		say("Detections arrive in a different form (CEF) from the lines of the firewall; LinkLog reads both."),
	},
	why: map[Check]phrase.Phrase{
		Arrives:    say("Activity Logging has to be set to SIEM Server. The messages come from the gateway's address, not from that of the controller."),
		Connection: say("No policy has Syslog on, or Firewall Default Policy is not ticked at Contents."),
		Outgoing:   say("No policy from Internal to External has Syslog on."),
		Allowed:    say("Only policies that block have Syslog on: turn it on in one that allows Internal to External."),
	},
}}

// insteadOf is what helps where a box reports nothing.
var insteadOf = []phrase.Phrase{
	say("What helps: a router that can report (OpenWrt runs on many cheap ones) between that box and your devices, so that they connect through it, by cable and Wi-Fi."),
	say("A Pi-hole as the DNS server of your network can send its log (dnsmasq) to LinkLog. That shows which names the devices ask for, but not their connections."),
}
