package send

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
)

// Router is one whose system log can be played, as it sends it by UDP.
type Router struct {
	Name string // one word, as a flag takes it
	Help string // what it is, in a few words

	in, out string // lines about an attempt from outside and one from inside, see expand
	names   names  // lines of its DHCP and DNS server
	allows  bool   // what goes out is allowed, and it says so
}

// names are lines of a DHCP and DNS server, about a device with its address and, in leases, its
// hardware address and name, a host outside that it asked for, and a question's number; "": not
// played.
type names struct{ lease, asked, answered string }

// dnsmasq are the lines of most routers' server, behind a header.
func dnsmasq(header string) names {
	return names{
		lease:    header + "dnsmasq-dhcp[1234]: DHCPACK(br0) {device} {hardware} {name}",
		asked:    header + "dnsmasq[1234]: query[A] {host} from {device}",
		answered: header + "dnsmasq[1234]: reply {host} is {address}",
	}
}

// The common parts of lines.
const (
	netfilterTail = "SRC={src} DST={dst} LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID={id} DF PROTO={proto} SPT={sport} DPT={dport} {flags}"
	pfTail        = ",0,DF,{number},{lower},60,{src},{dst},{sport},{dport},{pfflags}"
)

// Routers lists the routers whose system log can be played.
func Routers() []Router {
	return []Router{
		{Name: "asus", Help: "ASUS and Merlin: system log", allows: true, names: dnsmasq("<30>{bsd} "),
			in:  "<4>{bsd} kernel: DROPIN=eth0 OUT= MAC={mac} " + netfilterTail,
			out: "<4>{bsd} kernel: ACCEPT IN=br0 OUT=eth0 MAC={mac} " + netfilterTail},
		{Name: "unifi", Help: "UniFi gateways: activity logging", allows: true,
			names: names{lease: "<30>{bsd} UDM-SE UDM-SE dnsmasq-dhcp[3861005]: DHCPACK(br0) {device} {hardware} {name}"},
			in:    `<4>{bsd} UDM-SE UDM-SE [WAN_LOCAL-D-2147483647] DESCR="[WAN_LOCAL]Block All Traffic" IN=eth8 OUT= MAC={mac} ` + netfilterTail + " MARK=1a0000",
			out:   `<4>{bsd} UDM-SE UDM-SE [LAN_WAN-A-10001] DESCR="Allow all" IN=br0 OUT=eth8 MAC={mac} ` + netfilterTail + " MARK=1a0000"},
		{Name: "unificef", Help: "UniFi gateways: detections", allows: true,
			in:  "<6>{bsd} UDM-SE CEF:0|Ubiquiti|UniFi Network|10.0.140|201|Threat Detected and Blocked|7|proto={proto} src={src} spt={sport} dst={dst} dpt={dport} act=blocked UNIFIdirection=incoming",
			out: "<6>{bsd} UDM-SE CEF:0|Ubiquiti|UniFi Network|10.0.140|201|Threat Detected|7|proto={proto} src={src} spt={sport} dst={dst} dpt={dport} act=allowed UNIFIdirection=outgoing"},
		{Name: "openwrt", Help: "OpenWrt, GL.iNet, Turris: zone log, and what the firewall allows", allows: true, names: dnsmasq("<30>{bsd} OpenWrt "),
			in:  "<4>{bsd} OpenWrt kernel: [12345.678901] reject wan in: IN=pppoe-wan OUT= MAC= " + netfilterTail,
			out: "<4>{bsd} OpenWrt kernel: [12345.678901] ACCEPT forward: IN=br-lan OUT=pppoe-wan MAC={mac} " + netfilterTail},
		{Name: "mikrotik", Help: "MikroTik RouterOS: rules with log=yes and a prefix", allows: true,
			names: names{
				lease:    "dhcp,info defconf assigned {device} for {hardware} {name}",
				asked:    "dns query from {device}: #{question} {host}. A",
				answered: "dns done query: #{question} {host} {address}",
			},
			in:  "firewall,info D| input: in:ether1 out:(unknown 0), connection-state:new src-mac {macsrc}, proto {mtproto}, {src}:{sport}->{dst}:{dport}, len 60",
			out: "firewall,info A| forward: in:bridge out:ether1, connection-state:new src-mac {macsrc}, proto {mtproto}, {src}:{sport}->{dst}:{dport}, len 60"},
		{Name: "pfsense", Help: "pfSense: firewall events", allows: true,
			names: names{lease: "<190>{bsd} dhcpd[40152]: DHCPACK on {device} to {hardware} ({name}) via igb1"},
			in:    "<134>{bsd} filterlog[12345]: 5,,,1000000103,igb0,match,block,in,4,0x0,,63,{id}" + pfTail,
			out:   "<134>{bsd} filterlog[12345]: 91,,,1528823891,igb1,match,pass,in,4,0x0,,64,{id}" + pfTail},
		{Name: "opnsense", Help: "OPNsense: remote logging of filter", allows: true,
			names: names{lease: `<190>1 {iso} opnsense dhcpd 40152 - [meta sequenceId="1"] DHCPACK on {device} to {hardware} ({name}) via igb1`},
			in:    `<134>1 {iso} opnsense filterlog 69805 - [meta sequenceId="{id}"] 12,,,02f4bab031b57d1e30553ce08e0ec131,igb0,match,block,in,4,0x0,,63,{id}` + pfTail,
			out:   `<134>1 {iso} opnsense filterlog 69805 - [meta sequenceId="{id}"] 98,,,fae559338f65e11c53669fc3642c93c2,igb1,match,pass,in,4,0x0,,64,{id}` + pfTail},
		{Name: "tomato", Help: "FreshTomato: logging of connections", allows: true, names: dnsmasq("<30>{bsd} unknown "),
			in:  "<4>{bsd} unknown kernel: DROP IN=vlan2 OUT= MACSRC={macsrc} MACDST={macdst} MACPROTO=0800 " + netfilterTail,
			out: "<4>{bsd} unknown kernel: ACCEPT IN=br0 OUT=vlan2 MACSRC={macsrc} MACDST={macdst} MACPROTO=0800 " + netfilterTail},
		{Name: "ddwrt", Help: "DD-WRT: firewall log", allows: true, names: dnsmasq("<30>{bsd} DD-WRT "),
			in:  "<4>{bsd} DD-WRT kernel: [12345.678901] DROP IN=vlan2 OUT= MAC={mac} " + netfilterTail,
			out: "<4>{bsd} DD-WRT kernel: [12345.678901] ACCEPT IN=br0 OUT=vlan2 MAC={mac} " + netfilterTail},
		{Name: "edgeos", Help: "EdgeOS: rules with log enable", allows: true, names: dnsmasq("<30>{bsd} ubnt "),
			in:  "<4>{bsd} ubnt kernel: [WAN_LOCAL-default-D]IN=eth0 OUT= MAC={mac} " + netfilterTail,
			out: "<4>{bsd} ubnt kernel: [WAN_OUT-2000-A]IN=eth1 OUT=eth0 MAC={mac} " + netfilterTail},
		{Name: "vyos", Help: "VyOS: rules with log", allows: true, names: dnsmasq("<30>{bsd} vyos "),
			in:  "<4>{bsd} vyos kernel: [12345.678901] [ipv4-INP-filter-default-D]IN=eth0 OUT= MAC={mac} " + netfilterTail,
			out: "<4>{bsd} vyos kernel: [12345.678901] [ipv4-FWD-filter-900000-A]IN=eth1 OUT=eth0 MAC={mac} " + netfilterTail},
		{Name: "zyxel", Help: "Zyxel USG and ZyWALL", allows: true,
			names: names{lease: `<142>{bsd} {year} usgflex src="0.0.0.0:0" dst="0.0.0.0:0" msg="DHCP server assigned {device} to {name}({HARDWARE})" note="DHCP ACK" user="unknown" devID="02005e100001" cat="DHCP"`},
			in:    `<142>{bsd} {year} usgflex src="{src}:{sport}" dst="{dst}:{dport}" msg="Match default rule, DROP" note="ACCESS BLOCK" user="" devID="02005e100001" cat="Security Policy Control" dir="WAN:ZyWALL" protoID={number} proto="others"`,
			out:   `<142>{bsd} {year} usgflex src="{src}:{sport}" dst="{dst}:{dport}" msg="priority:1, from LAN1 to WAN, {proto}, service others, ACCEPT" note="ACCESS FORWARD" user="" devID="02005e100001" cat="Security Policy Control" dir="LAN1:WAN" protoID={number} proto="others"`},
		{Name: "prestige", Help: "Zyxel's older Prestige", allows: true,
			in:  "<134>{bsd} RAS: FW {src} :{sport} ->{dst} :{dport} |{proto}|default policy:<2,0>|B",
			out: "<134>{bsd} RAS: FW {src} :{sport} ->{dst} :{dport} |{proto}|default permit:<2,0>|F"},
		{Name: "draytek", Help: "DrayTek Vigor: firewall syslog", allows: true,
			in:  "<134>{bsd} Vigor: 02005e100001:[FILTER][Block][WAN->LAN/RT/VPN, 121:50:32    ][@S:R=14:1, {src}:{sport}->{dst}:{dport}][{proto}][HLen=20, TLen=60]",
			out: "<134>{bsd} Vigor: 02005e100001:[FILTER][Pass][LAN/RT/VPN->WAN, 121:50:32    ][@S:R=2:1, {src}:{sport}->{dst}:{dport}][{proto}][HLen=20, TLen=60]"},
		{Name: "lancom", Help: "LANCOM: packets that the firewall rejects",
			in:  "<12>{bsd} lancom PACKET_ALERT: Dst: {dst}:{dport} {}, Src: {src}:{sport} {} ({proto}): port filter",
			out: "<12>{bsd} lancom PACKET_ALERT: Dst: {dst}:{dport} {}, Src: {src}:{sport} {} ({proto}): port filter"},
		{Name: "netgear", Help: "Netgear ProSafe FVS: dropped packets",
			in:  "<13>{bsd} fvs {proto} packet dropped - Source:{src},{sport},WAN - Destination:{dst},{dport},LAN - [Any(ALL) rule not match]",
			out: "<13>{bsd} fvs {proto} packet dropped - Source:{src},{sport},LAN - Destination:{dst},{dport},WAN - [Outbound rule]"},
		{Name: "dlink", Help: "D-Link DIR and DGL: blocked packets",
			in:  "<14>{weekday} {bsd} {year} D-Link Systems DIR-655 System Log: Blocked incoming {proto} packet from {src}:{sport} to {dst}:{dport}",
			out: "<14>{weekday} {bsd} {year} D-Link Systems DIR-655 System Log: Blocked outgoing {proto} packet from {src}:{sport} to {dst}:{dport}"},
		{Name: "fortinet", Help: "Fortinet FortiGate: traffic log", allows: true,
			in:  `<189>date={date} time={clock} devname="fw" devid="FGT60F0000000001" logid="0000000013" type="traffic" subtype="local" level="notice" srcip={src} srcport={sport} srcintf="wan1" dstip={dst} dstport={dport} dstintf="root" proto={number} action="deny" policyid=0`,
			out: `<189>date={date} time={clock} devname="fw" devid="FGT60F0000000001" logid="0000000013" type="traffic" subtype="forward" level="notice" srcip={src} srcport={sport} srcintf="lan" dstip={dst} dstport={dport} dstintf="wan1" proto={number} action="accept" policyid=1`},
		{Name: "sophos", Help: "Sophos XG and XGS: firewall log, device standard format", allows: true,
			in:  `<30>device="SFW" date={date} time={clock} timezone="UTC" device_name="XGS87" device_id=C01001 log_id=010102600002 log_type="Firewall" log_component="Appliance Access" log_subtype="Denied" status="Deny" priority=Information fw_rule_id=0 in_interface="Port2" out_interface="" src_mac={macsrc} src_ip={src} dst_ip={dst} protocol="{proto}" src_port={sport} dst_port={dport}`,
			out: `<30>device="SFW" date={date} time={clock} timezone="UTC" device_name="XGS87" device_id=C01001 log_id=010101600001 log_type="Firewall" log_component="Firewall Rule" log_subtype="Allowed" status="Allow" priority=Information fw_rule_id=5 in_interface="Port1" out_interface="Port2" src_mac={macsrc} src_ip={src} dst_ip={dst} protocol="{proto}" src_port={sport} dst_port={dport}`},
		{Name: "sonicwall", Help: "SonicWall: connections, and what is dropped", allows: true,
			in:  `<133>id=firewall sn=02005E100001 time="{date} {clock}" fw=198.51.100.120 pri=5 c=64 m=36 msg="{proto} packet dropped" n=1 src={src}:{sport}:X1 dst={dst}:{dport}:X0 proto={lower}/{dport}`,
			out: `<134>id=firewall sn=02005E100001 time="{date} {clock}" fw=198.51.100.120 pri=6 c=262144 m=98 msg="Connection Opened" n=1 src={src}:{sport}:X0 dst={dst}:{dport}:X1 proto={lower}/{dport}`},
		{Name: "cisco", Help: "Cisco ASA and PIX: connections, and what is denied", allows: true,
			in:  `<164>{bsd} asa %ASA-4-106023: Deny {lower} src outside:{src}/{sport} dst inside:{dst}/{dport} by access-group "outside_in"`,
			out: `<166>{bsd} asa %ASA-6-{built}: Built outbound {proto} connection {id} for outside:{dst}/{dport} ({dst}/{dport}) to inside:{src}/{sport} (198.51.100.120/{sport})`},
	}
}

// ParseRouter finds a router by its name, in whatever case, and with hyphens (dd-wrt) or without.
func ParseRouter(name string) (r Router, ok bool) {
	name = strings.ToLower(strings.ReplaceAll(name, "-", ""))
	for _, r := range Routers() {
		if r.Name == name {
			return r, true
		}
	}
	return r, false
}

// Append appends a line about an attempt that m makes up, written at a time.
func (r *Router) Append(dst []byte, m *Messages, at time.Time) []byte {
	a := m.attempt()
	return r.attempt(dst, &a, at)
}

// attempt appends the line about an attempt. What comes from outside meets the router's
// own address, as most of it does.
func (r *Router) attempt(dst []byte, a *attempt, at time.Time) []byte {
	if a.dir == capture.In {
		a.dst = wan
		return r.expand(dst, r.in, a, at)
	}
	return r.expand(dst, r.out, a, at)
}

// expand appends a line with what is in braces replaced.
func (r *Router) expand(dst []byte, line string, a *attempt, at time.Time) []byte {
	for {
		before, rest, more := strings.Cut(line, "{")
		dst = append(dst, before...)
		if !more {
			return dst
		}
		var name string
		name, line, _ = strings.Cut(rest, "}")
		dst = value(dst, name, a, at)
	}
}

func value(dst []byte, name string, a *attempt, at time.Time) []byte {
	tcp := a.proto == "TCP"
	either := func(ofTCP, ofUDP string) []byte {
		if tcp {
			return append(dst, ofTCP...)
		}
		return append(dst, ofUDP...)
	}
	switch name {
	case "": // "{}" is LANCOM's own
		return append(dst, "{}"...)
	case "bsd":
		return at.AppendFormat(dst, time.Stamp)
	case "iso":
		return at.AppendFormat(dst, time.RFC3339)
	case "date":
		return at.AppendFormat(dst, time.DateOnly)
	case "clock":
		return at.AppendFormat(dst, time.TimeOnly)
	case "year":
		return at.AppendFormat(dst, "2006")
	case "weekday":
		return at.AppendFormat(dst, "Mon")
	case "src":
		return a.src.AppendTo(dst)
	case "dst":
		return a.dst.AppendTo(dst)
	case "sport":
		return strconv.AppendUint(dst, uint64(a.srcPort), 10)
	case "dport":
		return strconv.AppendUint(dst, uint64(a.dstPort), 10)
	case "id": // differs from line to line as a rule
		return strconv.AppendUint(dst, uint64(a.srcPort)^uint64(a.dst.As4()[3])<<3, 10)
	case "proto":
		return append(dst, a.proto...)
	case "lower":
		return either("tcp", "udp")
	case "number":
		return either("6", "17")
	case "flags":
		return either("WINDOW=64240 RES=0x00 SYN URGP=0", "LEN=40")
	case "built":
		return either("302013", "302015")
	case "pfflags":
		return either("0,S,2907421734,,64240,,mss", "32")
	case "mtproto":
		return either("TCP (SYN)", "UDP")
	case "mac":
		return fmt.Appendf(dst, "02:00:5e:10:00:01:%s:08:00", macOf(a.src))
	case "macsrc":
		return append(dst, macOf(a.src)...)
	case "macdst":
		return append(dst, "02:00:5e:10:00:01"...)
	}
	return append(dst, name...)
}

// macOf is the hardware address that a packet of an address has: the device's own or, of
// what comes from outside, the provider's.
func macOf(a netip.Addr) string {
	if a.IsPrivate() {
		return fmt.Sprintf("02:00:5e:10:00:%02x", a.As4()[3])
	}
	return "02:00:5e:10:00:fe"
}
