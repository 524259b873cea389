package router

import (
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/capturetest"
	"linklog/capture/syslog"
)

// lines are what routers send, dialect by dialect, with what they say.
var lines = []struct {
	name, line string
	want       capture.Event
	host       string
}{
	{"OpenWrt", "<4>Nov 28 06:42:10 OpenWrt kernel: [12345.678901] reject wan in: IN=pppoe-wan OUT= MAC= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=54321 PROTO=TCP SPT=45123 DPT=23 WINDOW=65535 RES=0x00 SYN URGP=0",
		blocked(capture.In, capture.TCP, "203.0.113.9", 45123, "198.51.100.7", 23, "reject wan in"), "OpenWrt"},
	{"ASUS", "<4>Nov 28 06:42:12 kernel: DROPIN=eth0 OUT= MAC=02:00:5e:10:00:01:02:00:5e:10:00:02:08:00 SRC=203.0.113.9 DST=198.51.100.7 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=1 PROTO=TCP SPT=40001 DPT=23 SEQ=1 ACK=0 WINDOW=65535 RES=0x00 SYN URGP=0 OPT (020405B4)",
		blocked(capture.In, capture.TCP, "203.0.113.9", 40001, "198.51.100.7", 23, "DROP"), ""},
	{"EdgeOS", "<4>Nov 28 06:42:15 ubnt kernel: [WAN_OUT-2000-A]IN=eth1 OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=51768 DF PROTO=TCP SPT=43189 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0",
		allowed(capture.Out, capture.TCP, "192.168.1.10", 43189, "203.0.113.9", 443, "[WAN_OUT-2000-A]"), "ubnt"},
	{"UniFi", `<4>Nov 28 06:42:15 UDM-SE UDM-SE [WAN_LAN-D-10001] DESCR="Block all" IN=eth8 OUT=br0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:02:08:00 SRC=203.0.113.9 DST=192.168.1.2 LEN=60 TOS=00 PREC=0x00 TTL=49 ID=1 DF PROTO=TCP SPT=36051 DPT=4443 SEQ=1 ACK=0 WINDOW=65535 SYN URGP=0 MARK=1a0000`,
		blocked(capture.In, capture.TCP, "203.0.113.9", 36051, "192.168.1.2", 4443, `[WAN_LAN-D-10001] DESCR="Block all"`), "UDM-SE"},
	{"UniFi, a trap in its text", `<4>Nov 28 06:42:15 UDM-SE UDM-SE [WAN_LAN-A-10001] DESCR="drop OUT=x IN=y SRC=1.1.1.1" IN=eth8 OUT=br0 SRC=203.0.113.9 DST=192.168.1.2 LEN=60 PROTO=TCP SPT=36051 DPT=4443 SYN URGP=0`,
		allowed(capture.In, capture.TCP, "203.0.113.9", 36051, "192.168.1.2", 4443, `[WAN_LAN-A-10001] DESCR="drop OUT=x IN=y SRC=1.1.1.1"`), "UDM-SE"},
	{"netfilter, RFC 5424", "<4>1 2026-11-28T06:42:10+01:00 gw kernel - - - [12.5] ACCEPT IN=br0 OUT=eth0 SRC=192.168.1.10 DST=198.51.100.53 LEN=60 PROTO=UDP SPT=53001 DPT=53 LEN=40",
		allowed(capture.Out, capture.UDP, "192.168.1.10", 53001, "198.51.100.53", 53, "ACCEPT"), "gw"},
	{"netfilter, an ICMP error", "<4>Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=56 PROTO=ICMP TYPE=3 CODE=1 [SRC=198.51.100.7 DST=203.0.113.9 LEN=60 PROTO=TCP SPT=5 DPT=6 ]",
		blocked(capture.In, capture.ICMP, "203.0.113.9", 0, "198.51.100.7", 0, "DROP"), "gw"},
	{"netfilter, a fragment", "<4>Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=56 FRAG:185 PROTO=UDP",
		blocked(capture.In, capture.UDP, "203.0.113.9", 0, "198.51.100.7", 0, "DROP"), "gw"},
	{"netfilter, to the router", "<4>Nov 28 06:42:10 gw kernel: IN=eth0 OUT= SRC=2001:db8:ffff::9 DST=2001:db8:1::1 LEN=80 PROTO=TCP SPT=5 DPT=22 SYN",
		unknown(capture.In, capture.TCP, "2001:db8:ffff::9", 5, "2001:db8:1::1", 22, ""), "gw"},
	{"Proxmox, no OUT=", "<4>Nov 28 06:42:10 pve pve-fw: 101 6 tap101i0-IN 20/Jun/2022:13:09:14 +0200 DROP: IN=fwbr101i0 SRC=203.0.113.9 DST=192.168.1.5 LEN=60 PROTO=TCP SPT=5 DPT=22 SYN",
		blocked(capture.In, capture.TCP, "203.0.113.9", 5, "192.168.1.5", 22, "pve-fw: 101 6 tap101i0-IN 20/Jun/2022:13:09:14 +0200 DROP"), "pve"},

	{"pfSense", "<134>Nov 28 06:42:17 filterlog[12345]: 5,,,1000000103,igb0,match,block,in,4,0x0,,245,54321,0,none,6,tcp,40,203.0.113.9,198.51.100.7,45123,23,0,S,1,,65535,,",
		blocked(capture.In, capture.TCP, "203.0.113.9", 45123, "198.51.100.7", 23, "igb0 rule 1000000103"), ""},
	{"OPNsense", `<134>1 2026-11-28T06:42:17+01:00 opnsense filterlog 69805 - [meta sequenceId="1"] 98,,,881dabcd,re0,match,pass,in,6,0x00,0x0ea87,51,udp,17,73,2001:db8::1,2001:db8:1::2,6881,51918,73`,
		allowed(capture.In, capture.UDP, "2001:db8::1", 6881, "2001:db8:1::2", 51918, "re0 rule 881dabcd"), "opnsense"},
	{"OPNsense, ICMP", `<134>1 2026-11-28T06:42:17+01:00 opnsense filterlog 69805 - - 9,,,0,igb1,match,pass,out,4,0x0,,64,1,0,none,1,icmp,84,192.168.1.10,203.0.113.9,request,1,2`,
		allowed(capture.Out, capture.ICMP, "192.168.1.10", 0, "203.0.113.9", 0, "igb1 rule 9"), "opnsense"},

	{"MikroTik", "firewall,info D|input| input: in:ether1 out:(unknown 0), connection-state:new src-mac 02:00:5e:10:00:02, proto TCP (SYN), 203.0.113.9:44355->198.51.100.7:23, len 40",
		blocked(capture.In, capture.TCP, "203.0.113.9", 44355, "198.51.100.7", 23, "D|input| input"), ""},
	{"MikroTik, no prefix", "<134>Nov 28 06:42:18 MikroTik forward: in:bridge out:ether1, connection-state:new src-mac 02:00:5e:10:00:22, proto UDP, 192.168.88.10:53212->198.51.100.53:53, len 52",
		unknown(capture.Out, capture.UDP, "192.168.88.10", 53212, "198.51.100.53", 53, "forward"), "MikroTik"},
	{"MikroTik, IPv6", "firewall,info A|out| forward: in:bridge out:pppoe-out1, proto TCP (SYN), [2001:db8:1::10]:5000->[2001:db8::9]:443, len 60",
		allowed(capture.Out, capture.TCP, "2001:db8:1::10", 5000, "2001:db8::9", 443, "A|out| forward"), ""},
	{"MikroTik, ICMP", "firewall,info drop-icmp input: in:ether1 out:(unknown 0), proto ICMP (type 8, code 0), 203.0.113.9->198.51.100.7, len 60",
		blocked(capture.In, capture.ICMP, "203.0.113.9", 0, "198.51.100.7", 0, "drop-icmp input"), ""},
	{"MikroTik, ICMPv6", "firewall,info A|out| forward: in:bridge out:pppoe-out1, proto ICMPv6 (type 128, code 0), 2001:db8:1::10->2001:db8::9, len 60",
		allowed(capture.Out, capture.ICMPv6, "2001:db8:1::10", 0, "2001:db8::9", 0, "A|out| forward"), ""},
	{"MikroTik, NAT", "firewall,info R|x| forward: in:bridge out:ether1, connection-state:new,snat proto TCP (SYN), 192.168.88.10:5->203.0.113.9:443, NAT (192.168.88.10:5->198.51.100.7:5)->203.0.113.9:443, len 60",
		blocked(capture.Out, capture.TCP, "192.168.88.10", 5, "203.0.113.9", 443, "R|x| forward"), ""},

	{"MikroTik, a tag", "<134>Nov 28 06:42:18 MikroTik: firewall,info D|input| input: in:ether1 out:(unknown 0), proto TCP (SYN), 203.0.113.9:44355->198.51.100.7:23, len 40",
		blocked(capture.In, capture.TCP, "203.0.113.9", 44355, "198.51.100.7", 23, "D|input| input"), ""},
	{"MikroTik, a tag without topics", "<134>Nov 28 06:42:18 MikroTik: A|out| forward: in:bridge out:ether1, proto TCP (SYN), 192.168.88.10:5->203.0.113.9:443, len 40",
		allowed(capture.Out, capture.TCP, "192.168.88.10", 5, "203.0.113.9", 443, "MikroTik: A|out| forward"), ""},
	{"MikroTik, RFC 5424", "<134>1 2026-11-28T06:42:18+01:00 gw MikroTik - - - firewall,info R|x| forward: in:bridge out:ether1, proto TCP (SYN), 192.168.88.10:5->203.0.113.9:443, len 40",
		blocked(capture.Out, capture.TCP, "192.168.88.10", 5, "203.0.113.9", 443, "R|x| forward"), "gw"},

	{"UniFi CEF", "<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|201|Threat Detected and Blocked|7|proto=TCP src=203.0.113.10 spt=46621 dst=198.51.100.40 dpt=80 act=blocked app=HTTP UNIFIdirection=incoming",
		blocked(capture.In, capture.TCP, "203.0.113.10", 46621, "198.51.100.40", 80, "Threat Detected and Blocked"), "UDM"},
	{"UniFi CEF, no destination", "<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|proto=TCP src=203.0.113.10 spt=1002 act=blocked",
		toRouter(blocked(capture.In, capture.TCP, "203.0.113.10", 1002, "203.0.113.1", 0, "Blocked by Firewall")), "UDM"},
	{"UniFi CEF, no port of the destination", "<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|proto=TCP src=203.0.113.10 spt=1002 dst=198.51.100.40 act=blocked",
		blocked(capture.In, capture.TCP, "203.0.113.10", 1002, "198.51.100.40", 0, "Blocked by Firewall"), "UDM"},
	{"UniFi CEF, no ports", "<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|act=allowed src=192.168.1.10 dst=198.51.100.40 proto=UDP",
		allowed(capture.Out, capture.UDP, "192.168.1.10", 0, "198.51.100.40", 0, "Blocked by Firewall"), "UDM"},
	{"UniFi CEF, no protocol", "<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|src=203.0.113.10 spt=1002 dst=198.51.100.40 dpt=22 act=blocked",
		blocked(capture.In, 0, "203.0.113.10", 1002, "198.51.100.40", 22, "Blocked by Firewall"), "UDM"},
	{"UniFi CEF, an empty protocol", "<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|proto= src=203.0.113.10 spt=1002 dst=198.51.100.40 dpt=22 act=blocked",
		blocked(capture.In, 0, "203.0.113.10", 1002, "198.51.100.40", 22, "Blocked by Firewall"), "UDM"},
	{"UniFi CEF, no protocol and no destination", "<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|src=203.0.113.10 spt=1002 dpt=22 act=blocked",
		toRouter(blocked(capture.In, 0, "203.0.113.10", 1002, "203.0.113.1", 22, "Blocked by Firewall")), "UDM"},
	{"UniFi CEF, ICMP", "<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|proto=ICMP src=203.0.113.10 spt=8 dst=198.51.100.40 dpt=0 act=blocked",
		blocked(capture.In, capture.ICMP, "203.0.113.10", 0, "198.51.100.40", 0, "Blocked by Firewall"), "UDM"},
	{"Zyxel", `<142>May 22 17:24:08 2026 usgflex src="203.0.113.33:11031" dst="198.51.100.45:23" msg="Match default rule DROP" note="ACCESS BLOCK" user="" dir="WAN:ZyWALL" protoID=6`,
		blocked(capture.In, capture.TCP, "203.0.113.33", 11031, "198.51.100.45", 23, "Match default rule DROP"), "usgflex"},
	{"Zyxel, Prestige", "<14>Nov 28 06:42:10 prestige RAS: FW 203.0.113.9 :51234 ->198.51.100.40 :23 |TCP|default permit:<2,0>|B",
		blocked(capture.In, capture.TCP, "203.0.113.9", 51234, "198.51.100.40", 23, "default permit:<2,0>"), "prestige"},
	{"Zyxel, Prestige, no blanks", "RAS: FW 192.168.1.33:5353 ->203.0.113.5 :53 |UDP|default permit:<2,0>|F",
		allowed(capture.Out, capture.UDP, "192.168.1.33", 5353, "203.0.113.5", 53, "default permit:<2,0>"), ""},
	{"Zyxel, Prestige, padded", "<14>Nov 28 06:42:10 prestige RAS: FW 172.21.1.80   :137 ->203.0.113.80    :137  |UDP|default permit:<2,0>|B",
		blocked(capture.Out, capture.UDP, "172.21.1.80", 137, "203.0.113.80", 137, "default permit:<2,0>"), "prestige"},
	{"Zyxel, Prestige, no ports", "<14>Nov 28 06:42:10 prestige RAS: FW 172.21.1.80   ->203.0.113.80  |ICMP|default permit:<2,0>|B",
		blocked(capture.Out, capture.ICMP, "172.21.1.80", 0, "203.0.113.80", 0, "default permit:<2,0>"), "prestige"},
	{"DrayTek", "<134>Feb 11 15:03:45 vigor: 020000000001:[FILTER][Block][LAN/RT/VPN->WAN, 121:50:32    ][@S:R=14:1, 192.168.1.99:55000->203.0.113.1:80][TCP][HLen=20, TLen=40, Flag=S]",
		blocked(capture.Out, capture.TCP, "192.168.1.99", 55000, "203.0.113.1", 80, "S:R=14:1"), ""},
	{"DrayTek, a number", "<134>Feb 11 15:03:45 vigor: [FILTER][Pass][WAN->LAN/RT/VPN, 1:50:32    ][@S:R=2:1, 203.0.113.1->192.168.1.99][PR 47][HLen=20]",
		allowed(capture.In, capture.GRE, "203.0.113.1", 0, "192.168.1.99", 0, "S:R=2:1"), ""},
	{"DrayTek, a user with a MAC", "<134>Feb 11 15:03:45 vigor: Local User (MAC=02-00-5E-10-00-22): 192.168.1.4:2428 -> 198.51.100.102:80 (TCP) Web",
		unknown(capture.Out, capture.TCP, "192.168.1.4", 2428, "198.51.100.102", 80, "Web"), ""},
	{"LANCOM", "<12>Nov 28 06:42:10 lancom PACKET_ALERT: Dst: 198.51.100.40:80 {nas}, Src: 203.0.113.9:4353 {} (TCP): port filter",
		func() capture.Event {
			ev := blocked(capture.In, capture.TCP, "203.0.113.9", 4353, "198.51.100.40", 80, "port filter")
			ev.Dst.Name = "nas"
			return ev
		}(), "lancom"},
	{"D-Link DIR", "Apr 25 11:30:52 192.168.0.1 Fri Apr 24 10:30:07 2009 D-Link Systems DIR-655 System Log: Blocked incoming UDP packet from 203.0.113.74:6346 to 198.51.100.40:45594",
		blocked(capture.In, capture.UDP, "203.0.113.74", 6346, "198.51.100.40", 45594, ""), "192.168.0.1"},
	{"Netgear FVS", "Nov 28 06:42:10 fvs TCP packet dropped - Source:203.0.113.9,4787,WAN - Destination:198.51.100.40,21,LAN - [Any(ALL) rule not match]",
		blocked(capture.In, capture.TCP, "203.0.113.9", 4787, "198.51.100.40", 21, "Any(ALL) rule not match"), "fvs"},
	{"SonicWall", `Jan 16 23:29:58 192.168.168.1 id=firewall sn=0040100000 time="2009-01-16 23:29:58" fw=198.51.100.40 pri=6 msg="Connection Opened" n=0 src=192.168.168.10:1025:X0 dst=203.0.113.5:80:X1 proto=tcp/http`,
		allowed(capture.Out, capture.TCP, "192.168.168.10", 1025, "203.0.113.5", 80, "Connection Opened"), "192.168.168.1"},
	{"Cisco PIX", "Nov 28 06:42:10 pix %PIX-4-106023: Deny tcp src outside:203.0.113.9/60014 dst inside:198.51.100.40/113 by access-group \"outside_in\"",
		blocked(capture.In, capture.TCP, "203.0.113.9", 60014, "198.51.100.40", 113, "access-group \"outside_in\""), "pix"},
	{"Cisco IOS", "Jul 30 10:11:12 192.168.1.1 45: Jul 30 10:11:11.123: %SEC-6-IPACCESSLOGP: list 101 denied tcp 203.0.113.9(51234) -> 198.51.100.40(22), 1 packet",
		blocked(capture.In, capture.TCP, "203.0.113.9", 51234, "198.51.100.40", 22, "list 101"), "192.168.1.1"},
	{"Fortinet", `<189>date=2026-11-28 time=06:42:10 devname="fw" type="traffic" srcip=192.168.1.10 srcport=5000 dstip=203.0.113.9 dstport=443 action="deny" policyid=7 proto=6`,
		blocked(capture.Out, capture.TCP, "192.168.1.10", 5000, "203.0.113.9", 443, "rule 7"), ""},
}

func blocked(dir capture.Direction, proto capture.Protocol, src string, sport uint16, dst string, dport uint16, text string) capture.Event {
	return decided(capture.Blocked, dir, proto, src, sport, dst, dport, text)
}

func allowed(dir capture.Direction, proto capture.Protocol, src string, sport uint16, dst string, dport uint16, text string) capture.Event {
	return decided(capture.Allowed, dir, proto, src, sport, dst, dport, text)
}

func unknown(dir capture.Direction, proto capture.Protocol, src string, sport uint16, dst string, dport uint16, text string) capture.Event {
	return decided(0, dir, proto, src, sport, dst, dport, text)
}

func decided(v capture.Verdict, dir capture.Direction, proto capture.Protocol, src string, sport uint16, dst string, dport uint16, text string) capture.Event {
	ev := capturetest.Attempt(dir, proto, capturetest.End(src, "", sport), capturetest.End(dst, "", dport))
	ev.Verdict, ev.Text = v, text
	return ev
}

// toRouter is an attempt to the router itself, of which a line does not say the address.
func toRouter(ev capture.Event) capture.Event {
	ev.Dst.Addr, ev.Dst.Name = netip.Addr{}, "WAN"
	return ev
}

func TestLines(t *testing.T) {
	var r Reader
	for _, test := range lines {
		t.Run(test.name, func(t *testing.T) {
			h := syslog.Parse(test.line)
			var ev capture.Event
			found, err := r.Line(&ev, &h)
			if !found || err != nil {
				t.Fatalf("found %v, %v", found, err)
			}
			if ev != test.want {
				t.Errorf("\n got %+v\nwant %+v", ev, test.want)
			}
			if h.Host != test.host {
				t.Errorf("host %q, want %q", h.Host, test.host)
			}
		})
	}
}

// TestOtherLines are of the same routers, and not about traffic.
func TestOtherLines(t *testing.T) {
	var r Reader
	for _, line := range []string{
		"", "<", "<13>", "<30>Nov 28 06:42:20 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living",
		"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1234]: query[A] www.example.com from 192.168.1.10",
		"<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi OS|4.0|1|Admin Accessed|5|src=192.168.1.7 suser=anna",
		"[Internet connected] IP address: 198.51.100.123, Friday, May 07,2021 17:04:30",
		"%ASA-6-605005: Login permitted from 192.168.1.7/51000 to inside:192.168.1.1/ssh for user \"anna\"",
	} {
		h := syslog.Parse(line)
		var ev capture.Event
		if found, err := r.Line(&ev, &h); found || err != nil || ev != (capture.Event{}) {
			t.Errorf("%q: found %v, %v, %+v", line, found, err, ev)
		}
	}
}

// TestBrokenLines are of a dialect and tell what is wrong with them.
func TestBrokenLines(t *testing.T) {
	var r Reader
	for line, reason := range map[string]string{
		"Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40":                                                   "cut off before its protocol",
		"Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9":                                                                           "cut off before its addresses",
		"Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.900 DST=198.51.100.7 PROTO=TCP":                                              `not an address: "203.0.113.900"`,
		"Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 PROTO=TCP":                                                "cut off before its ports",
		"Nov 28 06:42:17 filterlog[1]: 5,,,1000000103,igb0,match,block,in,4,0x0,,245,54321,0,none,6,tcp":                                         "cut off before its addresses",
		"Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|proto=TCP src= spt=1002 act=blocked":                "no host",
		"Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|proto=TCP src=203.0.113.10 spt=10":                  "cut off before its addresses",
		"Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|proto=TCP src=203.0.113.10 spt=x dpt=1 act=blocked": `not a port: "x"`,
		"Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi Network|10.0.140|203|Blocked by Firewall|4|src=203.0.113.1000 spt=1 dst=198.51.100.40 dpt=22":  `not a host: "203.0.113.1000"`,
	} {
		h := syslog.Parse(line)
		var ev capture.Event
		if found, err := r.Line(&ev, &h); !found || err == nil || err.Error() != reason {
			t.Errorf("%q: found %v, %v", line, found, err)
		}
	}
}

// TestUnclaimed tells lines that were cut before a dialect could know them from those about
// something else.
func TestUnclaimed(t *testing.T) {
	var r Reader
	for line, want := range map[string]capture.Reason{
		"<4>Nov 28 06:42:12 gw kernel: DROP IN=eth0 OUT= MAC=02:00:5e:10:00:01:02:00:5e":    capture.CutOff,
		"<4>Nov 28 06:42:12 kernel: DROPIN=eth0 OUT=":                                       capture.CutOff,
		"<4>Nov 28 06:42:12 gw kernel: DROP IN= OUT=eth0 SRC=":                              capture.CutOff,
		"<4>Nov 28 06:42:12 ubnt kernel: [WAN_LOCAL-default-D]IN=eth0 OUT= MAC=02:00":       capture.CutOff,
		"<4>Nov 28 06:42:12 pve 101 6 tap101i0-IN DROP: IN=fwbr101i0 MAC=02:00":             capture.CutOff,
		"<4>Nov 28 06:42:12 gw kernel: DROP IN=br0 PHYSIN=eth1 OUT= MAC=02:00":              capture.CutOff,
		"<30>Nov 28 06:42:12 gw sshd[7]: Invalid user IN=eth0 OUT= MAC=02 from 203.0.113.9": 0,
		"<30>Nov 28 06:42:12 gw meter: IN=1200 OUT=77":                                      0,
		"<30>Nov 28 06:42:12 gw meter: LOGIN=anna":                                          0,
	} {
		h := syslog.Parse(line)
		if found, err := r.Line(&capture.Event{}, &h); found || err != nil {
			t.Errorf("%q: found %v, %v", line, found, err)
		}
		if got := Unclaimed(&h).(*Fault); got.Code != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

// TestNetgearTime reads all names of months, whole and cut to three letters.
func TestNetgearTime(t *testing.T) {
	var r Reader
	for month := time.January; month <= time.December; month++ {
		for _, name := range []string{month.String(), month.String()[:3]} {
			h := syslog.Parse("[DoS Attack: SYN/ACK Scan] from source: 203.0.113.6, port 80, Saturday, " + name + " 01, 2017 22:12:34")
			var ev capture.Event
			found, err := r.Line(&ev, &h)
			want := syslog.Stamp{Year: 2017, Month: int(month), Day: 1, Hour: 22, Minute: 12, Second: 34}
			if !found || err != nil || !h.Stamped || h.Stamp != want {
				t.Errorf("%s: found %v, %v, stamped %v, %+v", name, found, err, h.Stamped, h.Stamp)
			}
		}
	}
	h := syslog.Parse("[DoS Attack: SYN/ACK Scan] from source: 203.0.113.6, port 80, Saturday, Aprils 01, 2017 22:12:34")
	if _, _ = r.Line(&capture.Event{}, &h); h.Stamped {
		t.Errorf("%+v", h.Stamp)
	}
}

// TestInside compares with what the library says of the same addresses.
func TestInside(t *testing.T) {
	carrier := netip.MustParsePrefix("100.64.0.0/10")
	for b0 := range 256 {
		for _, b1 := range []int{0, 15, 16, 31, 32, 63, 64, 127, 128, 167, 168, 254, 255} {
			for _, rest := range []byte{0, 1, 255} {
				a := netip.AddrFrom4([4]byte{byte(b0), byte(b1), rest, rest})
				if want := !a.IsGlobalUnicast() || a.IsPrivate() || carrier.Contains(a); inside(a) != want {
					t.Errorf("%v: inside %v", a, inside(a))
				}
			}
		}
	}
}

func TestLinesAllocate0(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector allocates on its own")
	}
	var r Reader
	for _, test := range lines {
		var ev capture.Event
		var h syslog.Header
		if n := testing.AllocsPerRun(100, func() {
			ev, h = capture.Event{}, syslog.Parse(test.line)
			_, _ = r.Line(&ev, &h)
		}); n != 0 && (test.name == "OpenWrt" || test.name == "ASUS" || test.name == "UniFi" || test.name == "pfSense" || test.name == "OPNsense" || test.name == "MikroTik") {
			t.Errorf("%s: %v allocations", test.name, n)
		}
	}
}

// BenchmarkLine reads header and body of usual lines.
func BenchmarkLine(b *testing.B) {
	var r Reader
	for _, test := range lines {
		switch test.name {
		case "OpenWrt", "ASUS", "UniFi", "pfSense", "OPNsense", "MikroTik":
			b.Run(test.name, func(b *testing.B) {
				var ev capture.Event
				var h syslog.Header
				b.ReportAllocs()
				for b.Loop() {
					ev, h = capture.Event{}, syslog.Parse(test.line)
					if found, err := r.Line(&ev, &h); !found || err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// FuzzLine holds what is true of every line, and that what was remembered changes nothing.
func FuzzLine(f *testing.F) {
	for _, l := range lines {
		f.Add(l.line)
	}
	var r Reader
	f.Fuzz(func(t *testing.T, line string) {
		h := syslog.Parse(line)
		var ev, again capture.Event
		found, err := r.Line(&ev, &h)
		switch {
		case !found && ev != capture.Event{}:
			t.Errorf("%q: not known, and left %+v", line, ev)
		case found && err == nil:
			capturetest.Check(t, &ev)
		}
		h = syslog.Parse(line)
		var fresh Reader
		if foundAgain, errAgain := fresh.Line(&again, &h); foundAgain != found || (err == nil) != (errAgain == nil) || again != ev {
			t.Errorf("%q: first %+v, %v, then %+v, %v", line, ev, err, again, errAgain)
		}
	})
}
