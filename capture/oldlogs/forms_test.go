package oldlogs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/capture"
)

// said is a line of a router without what log daemons put in front.
type said struct {
	program string // "": the router names none
	process bool   // log daemons write its number
	message string
	want    string // as told has it, without time and router
}

// dialects are the lines of the catalogue of what routers send.
var dialects = []said{
	{"kernel", false, "[12345.678901] reject wan in: IN=pppoe-wan OUT= MAC= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=54321 PROTO=TCP SPT=45123 DPT=23 WINDOW=65535 RES=0x00 SYN URGP=0",
		`in TCP blocked 203.0.113.9:45123 -> 198.51.100.7:23 "reject wan in"`},
	{"kernel", false, "DROPIN=eth0 OUT= MAC=02:00:5e:10:00:01:02:00:5e:10:00:02:08:00 SRC=203.0.113.9 DST=198.51.100.7 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=1 PROTO=TCP SPT=40001 DPT=23 SEQ=1 ACK=0 WINDOW=65535 RES=0x00 SYN URGP=0 OPT (020405B4)",
		`in TCP blocked 203.0.113.9:40001 -> 198.51.100.7:23 "DROP"`},
	{"kernel", false, "[WAN_OUT-2000-A]IN=eth1 OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=51768 DF PROTO=TCP SPT=43189 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0",
		`out TCP allowed 192.168.1.10:43189 -> 203.0.113.9:443 "[WAN_OUT-2000-A]"`},
	{"kernel", false, "REJECT(src wan)IN=eth0 OUT=br0 SRC=203.0.113.9 DST=192.168.1.5 LEN=60 PROTO=UDP SPT=5 DPT=53 LEN=40",
		`in UDP blocked 203.0.113.9:5 -> 192.168.1.5:53 "REJECT(src wan)"`},
	{"kernel", false, "Shorewall6:net-loc:DROP:IN=eth0 OUT=br0 SRC=2001:db8:ffff::9 DST=2001:db8:1::5 LEN=60 TC=0 HOPLIMIT=60 FLOWLBL=0 PROTO=TCP SPT=5 DPT=22 SYN",
		`in TCP blocked 2001:db8:ffff::9:5 -> 2001:db8:1::5:22 "Shorewall6:net-loc:DROP"`},
	{"", false, `[WAN_LAN-D-10001] DESCR="Block all" IN=eth8 OUT=br0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:02:08:00 SRC=203.0.113.9 DST=192.168.1.2 LEN=60 TOS=00 PREC=0x00 TTL=49 ID=1 DF PROTO=TCP SPT=36051 DPT=4443 SEQ=1 ACK=0 WINDOW=65535 SYN URGP=0 MARK=1a0000`,
		`in TCP blocked 203.0.113.9:36051 -> 192.168.1.2:4443 "[WAN_LAN-D-10001] DESCR=\"Block all\""`},
	{"filterlog", true, "5,,,1000000103,igb0,match,block,in,4,0x0,,245,54321,0,none,6,tcp,40,203.0.113.9,198.51.100.7,45123,23,0,S,1,,65535,,",
		`in TCP blocked 203.0.113.9:45123 -> 198.51.100.7:23 "igb0 rule 1000000103"`},
	{"filterlog", true, "98,,,881dabcd,re0,match,pass,out,6,0x00,0x0ea87,51,udp,17,73,2001:db8:1::2,2001:db8::1,6881,51918,73",
		`out UDP allowed 2001:db8:1::2:6881 -> 2001:db8::1:51918 "re0 rule 881dabcd"`},
	{"", false, "firewall,info D|input| input: in:ether1 out:(unknown 0), connection-state:new src-mac 02:00:5e:10:00:02, proto TCP (SYN), 203.0.113.9:44355->198.51.100.7:23, len 40",
		`in TCP blocked 203.0.113.9:44355 -> 198.51.100.7:23 "D|input| input"`},
	{"", false, "forward: in:bridge out:ether1, connection-state:new src-mac 02:00:5e:10:00:22, proto UDP, 192.168.88.10:53212->198.51.100.53:53, len 52",
		`out UDP  192.168.88.10:53212 -> 198.51.100.53:53 "forward"`},
	{"", false, "CEF:0|Ubiquiti|UniFi Network|10.0.140|201|Threat Detected and Blocked|7|proto=TCP src=203.0.113.10 spt=46621 dst=198.51.100.40 dpt=80 act=blocked app=HTTP UNIFIdirection=incoming",
		`in TCP blocked 203.0.113.10:46621 -> 198.51.100.40:80 "Threat Detected and Blocked"`},
	{"", false, `src="203.0.113.33:11031" dst="198.51.100.45:23" msg="Match default rule DROP" note="ACCESS BLOCK" user="" dir="WAN:ZyWALL" protoID=6`,
		`in TCP blocked 203.0.113.33:11031 -> 198.51.100.45:23 "Match default rule DROP"`},
	{"RAS", false, "FW 203.0.113.9     :137  ->198.51.100.7      :137  |UDP|default permit:<2,0>|B",
		`in UDP blocked 203.0.113.9:137 -> 198.51.100.7:137 "default permit:<2,0>"`},
	{"", false, "MAC:[FILTER][Block][LAN/RT/VPN->WAN, 121:50:32 ][@S:R=14:1, 192.168.1.10:5000->203.0.113.9:443][TCP][HLen=20, TLen=60]",
		`out TCP blocked 192.168.1.10:5000 -> 203.0.113.9:443 "S:R=14:1"`},
	{"", false, "Local User (MAC=02-00-5E-10-00-22): 192.168.1.10:49152 -> 203.0.113.9:443 (TCP) Web",
		`out TCP  192.168.1.10:49152 -> 203.0.113.9:443 "Web"`},
	{"", false, "Open port: 203.0.113.9:49152 -> 192.168.1.10:443 (TCP)",
		`in TCP  203.0.113.9:49152 -> 192.168.1.10:443 ""`},
	{"PACKET_ALERT", false, "Dst: 198.51.100.7:80 {gw}, Src: 203.0.113.9:4353 {} (TCP): port filter",
		`in TCP blocked 203.0.113.9:4353 -> gw/198.51.100.7:80 "port filter"`},
	{"", false, "System Log: Blocked incoming UDP packet from 203.0.113.9:5000 to 198.51.100.7:53",
		`in UDP blocked 203.0.113.9:5000 -> 198.51.100.7:53 ""`},
	{"", false, "[LAN access from remote] from 203.0.113.9:5000 to 192.168.1.10:443",
		`in  allowed 203.0.113.9:5000 -> 192.168.1.10:443 "LAN access from remote"`},
	{"", false, "TCP packet dropped - Source:203.0.113.9,4787,WAN - Destination:198.51.100.7,21,LAN - [rule]",
		`in TCP blocked 203.0.113.9:4787 -> 198.51.100.7:21 "rule"`},
	{"", false, `id=firewall sn=0017C5000000 time="2026-11-28 05:42:17 UTC" fw=198.51.100.7 pri=6 c=262144 m=98 msg="Connection Opened" src=192.168.1.10:5353:X0 dst=203.0.113.9:137:X1 proto=udp/netbios-ns`,
		`out UDP allowed 192.168.1.10:5353 -> 203.0.113.9:137 "Connection Opened"`},
	{"%PIX-4-106023", false, `Deny tcp src outside:203.0.113.9/60014 dst inside:198.51.100.7/113 by access-group "out"`,
		`in TCP blocked 203.0.113.9:60014 -> 198.51.100.7:113 "access-group \"out\""`},
	{"%SEC-6-IPACCESSLOGP", false, "list 101 denied tcp 203.0.113.9(51234) -> 198.51.100.7(22), 1 packet",
		`in TCP blocked 203.0.113.9:51234 -> 198.51.100.7:22 "list 101"`},
}

// forms are how log daemons write a line into a file. tag is the program as they have it, with
// number, colon and blank, or nothing.
var forms = []struct {
	name  string
	write func(at time.Time, s *said) string
}{
	{"traditional", func(at time.Time, s *said) string { return at.Format(time.Stamp) + " gw " + s.tag() + s.message }},
	{"traditional, no host", func(at time.Time, s *said) string { return at.Format(time.Stamp) + " " + s.tag() + s.message }},
	{"traditional, PRI", func(at time.Time, s *said) string {
		return "<134>" + at.Format(time.Stamp) + " gw " + s.tag() + s.message
	}},
	{"traditional, PRI, no host", func(at time.Time, s *said) string { return "<134>" + at.Format(time.Stamp) + " " + s.tag() + s.message }},
	{"traditional, an address", func(at time.Time, s *said) string {
		return at.Format(time.Stamp) + " 192.168.1.1 " + s.tag() + s.message
	}},
	{"traditional, an address of IPv6", func(at time.Time, s *said) string { return at.Format(time.Stamp) + " fd00::1 " + s.tag() + s.message }},
	{"traditional, with a year", func(at time.Time, s *said) string {
		return at.Format("Jan _2 2006 15:04:05") + " gw " + s.tag() + s.message
	}},
	{"syslog-ng, microseconds", func(at time.Time, s *said) string { return at.Format(time.StampMicro) + " gw " + s.tag() + s.message }},
	{"ISO", func(at time.Time, s *said) string { return at.Format(time.RFC3339) + " gw " + s.tag() + s.message }},
	{"ISO, no host", func(at time.Time, s *said) string { return at.Format(time.RFC3339) + " " + s.tag() + s.message }},
	{"ISO, PRI", func(at time.Time, s *said) string {
		return "<134>" + at.Format(time.RFC3339) + " gw " + s.tag() + s.message
	}},
	{"ISO, PRI, no host", func(at time.Time, s *said) string {
		return "<134>" + at.Format(time.RFC3339) + " " + s.tag() + s.message
	}},
	{"rsyslog, microseconds", func(at time.Time, s *said) string {
		return at.In(time.FixedZone("", 3600)).Format("2006-01-02T15:04:05.000000-07:00") + " gw " + s.tag() + s.message
	}},
	{"rsyslog, an address", func(at time.Time, s *said) string {
		return at.Format("2006-01-02T15:04:05.000000-07:00") + " 192.168.1.1 " + s.tag() + s.message
	}},
	{"ISO with a blank", func(at time.Time, s *said) string { return at.Format(time.DateTime) + " gw " + s.tag() + s.message }},
	{"RFC 5424", func(at time.Time, s *said) string { return "<134>" + s.rfc5424(at, "-") }},
	{"RFC 5424, data", func(at time.Time, s *said) string {
		return "<134>" + s.rfc5424(at, `[meta sequenceId="1"][x@1 y="a \"]\" b"]`)
	}},
	{"RFC 5424, no PRI", func(at time.Time, s *said) string { return s.rfc5424(at, "-") }},
	{"RFC 5424, no PRI, data", func(at time.Time, s *said) string { return s.rfc5424(at, `[meta sequenceId="1"]`) }},
	{"busybox", func(at time.Time, s *said) string {
		return at.Format(time.Stamp) + " gw kern.warn " + s.tag() + s.message
	}},
	{"OpenWrt's logread", func(at time.Time, s *said) string { return at.Format(time.ANSIC) + " kern.warn " + s.tag() + s.message }},
	{"rsyslog, facility and level", func(at time.Time, s *said) string {
		return at.Format(time.RFC3339) + " gw local0.notice " + s.tag() + s.message
	}},
	{"journalctl -o short-iso", func(at time.Time, s *said) string {
		return at.Format("2006-01-02T15:04:05-0700") + " gw " + s.tag() + s.message
	}},
	{"journalctl -o short-full", func(at time.Time, s *said) string {
		return at.Format("Mon 2006-01-02 15:04:05 MST") + " gw " + s.tag() + s.message
	}},
	{"journalctl -o short-unix", func(at time.Time, s *said) string {
		return fmt.Sprintf("%d.000000 gw %s%s", at.Unix(), s.tag(), s.message)
	}},
	{"journalctl -o json", func(at time.Time, s *said) string {
		text, _ := json.Marshal(map[string]string{"__REALTIME_TIMESTAMP": fmt.Sprint(at.UnixMicro()), "_HOSTNAME": "gw", "SYSLOG_IDENTIFIER": s.program, "MESSAGE": s.message})
		return string(text)
	}},
	{"grep", func(at time.Time, s *said) string {
		return "/var/log/router.log:" + at.Format(time.RFC3339) + " gw " + s.tag() + s.message
	}},
}

func (s *said) tag() string {
	switch {
	case s.program == "":
		return ""
	case s.process:
		return s.program + "[12345]: "
	}
	return s.program + ": "
}

func (s *said) rfc5424(at time.Time, data string) string {
	program, process := "-", "-"
	if s.program != "" {
		program = s.program
	}
	if s.process {
		process = "69805"
	}
	return strings.Join([]string{"1", at.Format(time.RFC3339), "gw", program, process, "-", data, s.message}, " ")
}

// Every dialect is read from whatever log daemon wrote it into a file, and found to be a system
// log.
func TestForms(t *testing.T) {
	at := time.Date(2026, 11, 8, 5, 42, 17, 0, time.UTC)
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			for i := range dialects {
				s := &dialects[i]
				line := f.write(at, s)
				r, err := Open(strings.NewReader(line+"\n"), Options{Location: time.UTC, Now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)})
				if err != nil {
					t.Errorf("%v\n%s", err, line)
					continue
				}
				ev, err := r.Next()
				var bad *LineError
				if errors.As(err, &bad) || err == io.EOF {
					t.Errorf("%v, as %s\n%s", err, r.Format(), line)
					continue
				}
				if when := ev.Time; !when.Equal(at) {
					t.Errorf("time %v\n%s", when, line)
				}
				ev.Time, ev.Router = time.Time{}, netip.Addr{}
				_, got, _ := strings.Cut(told(&ev), " - ")
				if got != s.want {
					t.Errorf("got  %s\nwant %s\n%s", got, s.want, line)
				}
				if want := strings.Contains(f.name, "json"); (r.Format() == JSON) != want || ev.Kind != capture.Traffic {
					t.Errorf("%s, kind %v\n%s", r.Format(), ev.Kind, line)
				}
			}
		})
	}
}
