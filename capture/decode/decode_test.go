package decode

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/capturetest"
	"linklog/capture/send"
	"linklog/capture/snmp"

	"github.com/gosnmp/gosnmp"
)

const netfilter = "<4>Nov 28 06:42:10 OpenWrt kernel: [12345.678901] reject wan in: IN=pppoe-wan OUT= MAC= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=54321 PROTO=TCP SPT=45123 DPT=23 WINDOW=65535 RES=0x00 SYN URGP=0"

const usual = "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80"

var (
	sender  = netip.MustParseAddrPort("192.168.1.1:2048")
	arrival = time.Date(2026, 11, 23, 2, 48, 23, 5e6, time.UTC)
)

func decode(d *Decoder, data []byte) (ev capture.Event, awaited bool) {
	awaited = d.Decode(&capture.Datagram{Data: data, From: sender, Time: arrival}, &ev)
	return ev, awaited
}

// TestCorpus decodes the datagrams of real routers' form byte by byte.
func TestCorpus(t *testing.T) {
	want := map[string]capture.Event{
		"new-in-udp.bin":       capturetest.Attempt(capture.In, capture.UDP, capturetest.End("203.0.113.9", "", 27960), capturetest.End("192.168.1.61", "", 27960)),
		"new-out-name-ip.bin":  capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("192.168.1.100", "", 1234), capturetest.End("93.184.216.34", "www.example.com", 80)),
		"new-out-nodot.bin":    capturetest.Attempt(capture.Out, capture.TCP, capturetest.End("192.168.1.2", "", 55516), capturetest.End("1.1.1.1", "", 80)),
		"old-in-short.bin":     capturetest.Attempt(capture.In, 0, capturetest.End("24.26.198.27", "", 27960), capturetest.End("192.168.1.61", "", 27960)),
		"old-long-116.bin":     capturetest.Attempt(capture.Out, 0, capturetest.End("192.168.0.2", "", 8080), capturetest.End("24.159.204.248", "", 10325)),
		"old-out-hostname.bin": capturetest.Attempt(capture.Out, 0, capturetest.End("192.168.1.61", "", 32949), capturetest.End("", "slashdot.org", 80)),
		"sys-ppp-ip.bin":       {Kind: capture.WAN, Dst: capturetest.End("198.51.100.7", "", 0), Text: "IP=198.51.100.7."},
		"sys-wan-ip.bin":       {Kind: capture.WAN, Dst: capturetest.End("198.51.100.7", "", 0), Text: "WAN IP = 198.51.100.7"},
	}
	files, err := filepath.Glob("testdata/*.bin")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files in testdata (%v), want %d", len(files), err, len(want))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w, ok := want[filepath.Base(file)]
		if !ok {
			t.Errorf("%s: not expected", file)
		}
		w.Time, w.Router = arrival, sender.Addr()
		if got, _ := decode(new(Decoder), data); got != w {
			t.Errorf("%s:\n got %+v\nwant %+v", file, got, w)
		}
		if _, _, ok := snmp.Usual(data); !ok {
			t.Errorf("%s: does not take the fast path", file)
		}
	}
}

func TestDecode(t *testing.T) {
	number := capturetest.Varbind(capturetest.LinksysOID, capturetest.TagInteger, []byte{5})
	v3 := capturetest.Element(capturetest.TagSequence, capturetest.Element(capturetest.TagInteger, []byte{3}), capturetest.Element(capturetest.TagSequence), capturetest.Element(capturetest.TagString), capturetest.Element(capturetest.TagSequence))
	sysUpTime := capturetest.Varbind([]byte{0x2b, 6, 1, 2, 1, 1, 3, 0}, capturetest.TagTimeTicks, []byte{1})
	many := make([][]byte, 0, 256+1)
	for range 256 + 1 {
		many = append(many, capturetest.TextBind(usual))
	}
	for _, test := range []struct {
		name    string
		data    []byte
		kind    capture.Kind
		reason  capture.Reason
		awaited bool
	}{
		{"v1", capturetest.TrapV1(capturetest.TextBind(usual)), capture.Traffic, 0, false},
		{"v1, bytes behind it", append(capturetest.TrapV1(capturetest.TextBind(usual)), 0, 0, 7), capture.Traffic, 0, false},
		{"v1, text in the second capturetest.Varbind", capturetest.TrapV1(number, capturetest.TextBind(usual)), capture.Traffic, 0, false},
		{"v1, system text before traffic", capturetest.TrapV1(capturetest.TextBind("System is ready"), capturetest.TextBind(usual)), capture.Traffic, 0, false},
		{"v1, unknown text before system text", capturetest.TrapV1(capturetest.TextBind("\x01"), capturetest.TextBind("System is ready")), capture.System, 0, false},
		{"v1, 64 varbinds", capturetest.TrapV1(append(many[:0:0], many[:64]...)...), capture.Traffic, 0, false},
		{"v1, no capturetest.Varbind", capturetest.TrapV1(), capture.Other, capture.NoText, false},
		{"v1, a number", capturetest.TrapV1(number), capture.Other, capture.NoText, false},
		{"v1, unknown text", capturetest.TrapV1(capturetest.TextBind("\x01\x02")), capture.Other, capture.UnknownText, false},
		{"v1, broken message", capturetest.TrapV1(capturetest.TextBind("@in TCP from")), capture.Other, capture.BadTraffic, false},
		{"v1, too many varbinds", capturetest.TrapV1(many...), capture.Rejected, capture.Malformed, false},
		{"v2c", capturetest.MessageV2(capturetest.TagTrapV2, sysUpTime, capturetest.TextBind(usual)), capture.Traffic, 0, false},
		{"v2c, bytes behind it", append(capturetest.MessageV2(capturetest.TagTrapV2, sysUpTime, capturetest.TextBind(usual)), 1), capture.Traffic, 0, false},
		{"INFORM", capturetest.MessageV2(capturetest.TagInform, sysUpTime, capturetest.TextBind(usual)), capture.Traffic, 0, true},
		{"INFORM, no text", capturetest.MessageV2(capturetest.TagInform, sysUpTime), capture.Other, capture.NoText, true},
		{"v2c GetRequest", capturetest.MessageV2(0xa0, number), capture.Rejected, capture.WrongPDU, false},
		{"v2c Response", capturetest.MessageV2(capturetest.TagResponse, number), capture.Rejected, capture.WrongPDU, false},
		{"v1 PDU in v2c", bytes.Replace(capturetest.TrapV1(capturetest.TextBind(usual)), []byte{2, 1, 0, 4, 6}, []byte{2, 1, 1, 4, 6}, 1), capture.Rejected, capture.WrongPDU, false},
		{"v3", v3, capture.Rejected, capture.WrongVersion, false},
		{"empty", nil, capture.Rejected, capture.NotSNMP, false},
		{"text", []byte("<14>syslog line"), capture.System, 0, false},
		{"text without a header", []byte("interface,info ether1 link up (speed 1G, full duplex)"), capture.System, 0, false},
		{"text that begins as SNMP does", []byte("000123: *Nov 28 06:42:10: %SYS-5-RESTART: System restarted"), capture.System, 0, false},
		{"a short text that begins as SNMP does", []byte("000123: %SYS-5-RESTART"), capture.System, 0, false},
		{"text in Latin 1", []byte("<14>Nov 28 06:42:10 gw login: f\xfcr Anna"), capture.System, 0, false},
		{"text in Latin 1 without a header", []byte("firewall,info A|G\xe4ste| forward: in:bridge out:ether1, connection-state:new proto TCP (SYN), 192.168.88.10:2000->203.0.113.9:443, len 52"), capture.Traffic, 0, false},
		{"text in Latin 1 that begins with it", []byte("\xdcbersicht: system,info,account user admin logged in"), capture.System, 0, false},
		{"a rule in Cyrillic, Windows 1251", []byte("firewall,info D|\xc3\xee\xf1\xf2\xe8| input: in:ether1 out:(unknown 0), proto TCP (SYN), 203.0.113.9:44355->198.51.100.7:23, len 40"), capture.Traffic, 0, false},
		{"a text cut within a character", []byte("system,info,account user J\xc3"), capture.System, 0, false},
		{"a text with a character that hides itself", []byte("firewall,info A|\u200bTV| forward: in:bridge out:ether1, proto TCP (SYN), 192.168.88.10:2000->203.0.113.9:443, len 52"), capture.Traffic, 0, false},
		{"a text with a replaced character", []byte("firewall,info A|G\ufffdste| forward: in:bridge out:ether1, proto TCP (SYN), 192.168.88.10:2000->203.0.113.9:443, len 52"), capture.Traffic, 0, false},
		{"a mark of UTF-8 before a header", []byte("\ufeff<4>Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=1 DPT=23 SYN"), capture.Traffic, 0, false},
		{"a mark of UTF-8 among blanks", []byte("\n\ufeff <14>syslog line"), capture.System, 0, false},
		{"a mark of UTF-8 before a text without a header", []byte("\ufeffsystem,info router rebooted"), capture.System, 0, false},
		{"a mark of UTF-8 alone", []byte("\ufeff"), capture.Rejected, capture.NotSNMP, false},
		{"other bytes than text, few", []byte("ab\xe4\xf6cd"), capture.Rejected, capture.NotSNMP, false},
		{"other bytes than text, many", []byte("d1:ad2:id20:" + strings.Repeat("\xe4\x9b", 10) + "e1:q4:ping"), capture.Rejected, capture.NotSNMP, false},
		{"a text that goes on as none", []byte("d1:ad2:id20:abcdefghijklmnop\xe4rst9:info_hash" + strings.Repeat("a", 40) + "\x02\x00b"), capture.Rejected, capture.NotSNMP, false},
		{"NTP", append([]byte("\x23\x02\x06\xe8\x00\x00\x03\xff"), make([]byte, 40)...), capture.Rejected, capture.NotSNMP, false},
		{"DTLS", []byte("\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40client hello and more of it, in letters"), capture.Rejected, capture.NotSNMP, false},
		{"text with NULs around", []byte("\x00<14>syslog line\r\n\x00"), capture.System, 0, false},
		{"a header alone", []byte("<14>"), capture.Other, capture.NoText, false},
		{"a header and no text", []byte("<14>\x01\x02\x03"), capture.Other, capture.UnknownText, false},
		{"a broken header", []byte("<1234>\x01text"), capture.Rejected, capture.NotSNMP, false},
		{"blanks", []byte(" \r\n\x00"), capture.Rejected, capture.NotSNMP, false},
		{"digits", []byte("12345"), capture.Rejected, capture.NotSNMP, false},
		{"NetFlow", []byte("\x00\x05\x00\x01abcdefghijklmnop"), capture.Rejected, capture.NotSNMP, false},
		{"a line", []byte("<4>Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=1 DPT=23 SYN"), capture.Traffic, 0, false},
		{"a line cut off", []byte("<4>Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40"), capture.Other, capture.CutOff, false},
		{"a broken line", []byte("<4>Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.900 DST=198.51.100.7 PROTO=TCP SPT=1 DPT=2 SYN"), capture.Other, capture.BadTraffic, false},
		{"a line of no dialect", []byte("<4>Nov 28 06:42:10 gw fw: refused TCP 203.0.113.9/51234 => 198.51.100.7/23"), capture.Other, capture.Unfamiliar, false},
		{"two addresses, no traffic", []byte("<4>Nov 28 06:42:10 gw dnsmasq[9]: using nameserver 198.51.100.53 via 192.168.1.1"), capture.System, 0, false},
		{"a repetition", []byte("<4>Nov 28 06:42:10 gw last message repeated 2 times"), capture.Other, capture.Repetition, false},
		{"a repetition, rsyslog's", []byte("<4>Nov 28 06:42:10 gw kernel: message repeated 2 times: [ DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 PROTO=TCP SPT=1 DPT=2 SYN]"), capture.Other, capture.Repetition, false},
		{"a log message to this computer", []byte("<4>Nov 28 06:42:10 gw kernel: IN= OUT=br0 SRC=192.168.1.1 DST=192.168.1.5 LEN=240 PROTO=UDP SPT=514 DPT=514"), capture.Other, capture.OwnLog, false},
		{"a knock at the log port", []byte("<4>Nov 28 06:42:10 gw kernel: IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=240 PROTO=UDP SPT=514 DPT=514"), capture.Traffic, 0, false},
		{"a lease", []byte("<30>Nov 28 06:42:20 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living"), capture.Other, capture.Sighted, false},
		{"a stranger's words", []byte("<30>Nov 28 06:42:20 gw sshd[7]: Invalid user x IN=eth0 OUT= SRC=198.51.100.1 DST=198.51.100.7 PROTO=TCP SPT=1 DPT=23 SYN from 203.0.113.9 port 5"), capture.System, 0, false},
		{"linksysd", []byte("<14>Nov 28 06:42:10 pc linksysd: [192.168.7.1] @in TCP from 203.0.113.9:51234 to 192.168.1.10:80"), capture.Traffic, 0, false},
		{"a sequence of something else", capturetest.Element(capturetest.TagSequence, capturetest.Element(capturetest.TagString, []byte("x"))), capture.Rejected, capture.NotSNMP, false},
		{"cut off", capturetest.TrapV1(capturetest.TextBind(usual))[:70], capture.Rejected, capture.Malformed, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ev, awaited := decode(new(Decoder), test.data)
			if ev.Kind != test.kind || ev.Reason != test.reason || awaited != test.awaited {
				t.Errorf("got %v, %q, awaited %v; want %v, %q, awaited %v", ev.Kind, ev.Reason, awaited, test.kind, test.reason, test.awaited)
			}
			if kept := string(test.data[:min(len(test.data), capture.MaxRaw)]); ev.Reason != 0 && !ev.Reason.CountOnly() && ev.Raw != kept {
				t.Errorf("kept %d bytes of %d", len(ev.Raw), len(test.data))
			}
			if ev.Router != sender.Addr() || ev.Time != arrival {
				t.Errorf("from %v at %v", ev.Router, ev.Time)
			}
			capturetest.Check(t, &ev)
		})
	}
}

// TestSyslog tells what a router says about itself, and what it calls itself.
func TestSyslog(t *testing.T) {
	for line, want := range map[string]struct{ text, program, host string }{
		"<30>Nov 28 06:42:20 OpenWrt dropbear[1234]: Password auth succeeded for 'root' from 192.168.1.10:5000": {"dropbear: Password auth succeeded for 'root' from 192.168.1.10:5000", "dropbear", "OpenWrt"},
		`<30>1 2026-11-28T06:42:17+01:00 opnsense configd.py 69805 - [meta sequenceId="1"] message restarting`:  {"configd.py: message restarting", "configd.py", "opnsense"},
		"<6>Nov 28 06:42:20 kernel: [12.5] eth0: link up":                                                       {"kernel: eth0: link up", "kernel", ""},
		"system,info,account user admin logged in":                                                              {"system,info,account user admin logged in", "", ""},
		"<14>Nov 28 06:42:10 UDM CEF:0|Ubiquiti|UniFi OS|4.0|1|Admin Accessed|5|src=192.168.1.7 suser=anna":     {"CEF:0|Ubiquiti|UniFi OS|4.0|1|Admin Accessed|5|src=192.168.1.7 suser=anna", "", "UDM"},
		"<14>Nov 28 06:42:10 gw a\x1b[31mred\u202e":                                                             {"", "", "gw"},
		"<14>Nov 28 06:42:10 gw " + strings.Repeat("ü", capture.MaxText):                                        {strings.Repeat("ü", capture.MaxText/2), "", "gw"},
	} {
		d := new(Decoder)
		ev, _ := decode(d, []byte(line))
		if want.text == "" && ev.Reason != capture.UnknownText || want.text != "" && (ev.Kind != capture.System || ev.Text != want.text) {
			t.Errorf("%q: %+v", line, ev)
		}
		if h := d.Header(); h == nil || h.Program != want.program || h.Host != want.host {
			t.Errorf("%q: header %+v", line, h)
		}
		capturetest.Check(t, &ev)
	}
}

// TestSighting tells who is who beside events, and once.
func TestSighting(t *testing.T) {
	d := new(Decoder)
	mac, _ := capture.ParseMAC("02:00:5e:10:00:22")
	device := netip.MustParseAddr("192.168.1.10")
	for _, test := range []struct {
		line string
		want capture.Sighting
	}{
		{"<30>Nov 28 06:42:20 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living", capture.Sighting{Kind: capture.Lease, MAC: mac, Addr: device, Name: "tv-living"}},
		{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1234]: query[A] www.example.com from 192.168.1.10", capture.Sighting{}},
		{"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1234]: reply www.example.com is 203.0.113.9", capture.Sighting{Kind: capture.Answer, Addr: netip.MustParseAddr("203.0.113.9"), Name: "www.example.com", Client: device}},
		{"<4>Nov 28 06:42:22 OpenWrt kernel: LinkLog-out IN=br-lan OUT=eth1 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 PROTO=TCP SPT=5 DPT=443 SYN", capture.Sighting{Kind: capture.Neighbour, MAC: mac, Addr: device}},
		{netfilter, capture.Sighting{}},
		{"<14>hello", capture.Sighting{}},
	} {
		if test.want.Kind != 0 {
			test.want.Time, test.want.Router = arrival, sender.Addr()
		}
		ev, _ := decode(d, []byte(test.line))
		if got, found := d.Sighting(&ev); got != test.want || found != (test.want.Kind != 0) {
			t.Errorf("%q: %+v, %v", test.line, got, found)
		}
	}
	ev, _ := decode(d, capturetest.TrapV1(capturetest.TextBind(usual)))
	if s, found := d.Sighting(&ev); found {
		t.Errorf("a trap: %+v", s)
	}
}

func TestLanguage(t *testing.T) {
	d := new(Decoder)
	for _, test := range []struct {
		data []byte
		want Language
	}{
		{capturetest.TrapV1(capturetest.TextBind(usual)), SNMP},
		{[]byte("<14>hello"), Syslog},
		{capturetest.MessageV2(capturetest.TagTrapV2, capturetest.TextBind(usual)), SNMP},
		{[]byte("firewall,info hello"), Syslog},
		{[]byte{0, 5, 0, 1}, Unknown},
		{nil, Unknown},
		{capturetest.Crafted(), Unknown},
	} {
		if decode(d, test.data); d.Language() != test.want || (d.Header() != nil) != (test.want == Syslog) {
			t.Errorf("%q: %v, %v", test.data, d.Language(), d.Header())
		}
	}
}

// TestOwnLog tells storms by the ports that this computer listens on, too.
func TestOwnLog(t *testing.T) {
	line := []byte("<4>Nov 28 06:42:10 gw kernel: IN= OUT=br0 SRC=192.168.1.1 DST=192.168.1.5 LEN=240 PROTO=UDP SPT=514 DPT=9514")
	d := new(Decoder)
	if ev, _ := decode(d, line); ev.Kind != capture.Traffic {
		t.Errorf("not ours: %+v", ev)
	}
	d.Listens(9162, 9514)
	if ev, _ := decode(d, line); ev.Reason != capture.OwnLog || ev.Raw != "" {
		t.Errorf("ours: %+v", ev)
	}
}

func TestDecodeTruncated(t *testing.T) {
	var ev capture.Event
	new(Decoder).Decode(&capture.Datagram{Data: capturetest.TrapV1(capturetest.TextBind(usual)), Truncated: true}, &ev)
	if ev.Kind != capture.Rejected || ev.Reason != capture.TooLong {
		t.Errorf("got %v, %q", ev.Kind, ev.Reason)
	}
}

func TestCraftedVarbindLength(t *testing.T) {
	data := capturetest.Crafted()
	if ev, _ := decode(new(Decoder), data); ev.Kind != capture.Rejected || ev.Reason != capture.Malformed || ev.Raw != string(data) {
		t.Errorf("got %+v", ev)
	}
}

func FuzzDatagram(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.bin")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(capturetest.Crafted())
	f.Add([]byte(netfilter))
	f.Add([]byte("firewall,info D|input| input: in:ether1 out:(unknown 0), proto TCP (SYN), 203.0.113.9:44355->198.51.100.7:23, len 40"))
	f.Add([]byte("<30>Nov 28 06:42:20 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living"))
	f.Add(capturetest.TrapV1(capturetest.TextBind("a"), capturetest.TextBind(usual)))
	f.Add(capturetest.MessageV2(capturetest.TagTrapV2, capturetest.TextBind(usual)))
	f.Add(capturetest.MessageV2(capturetest.TagInform, capturetest.TextBind(usual), capturetest.Varbind(capturetest.LinksysOID, capturetest.TagOID, capturetest.LinksysOID)))
	d := new(Decoder)
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.Clone(data)
		ev, awaited := decode(d, data)
		capturetest.Check(t, &ev)
		if before := fmt.Sprintf("%+v", ev); d.Language() == Syslog {
			clear(data)
			if after := fmt.Sprintf("%+v", ev); after != before {
				t.Fatalf("an event refers to its datagram: %s, then %s", before, after)
			}
			return
		}
		if ev.Reason == capture.DecoderFailed {
			t.Errorf("gosnmp panicked behind the check: %x", data)
		}
		if _, ok := snmp.AppendInformResponse(nil, data); ok != awaited && ev.Kind != capture.Rejected {
			t.Errorf("awaited %v, response %v: %x", awaited, ok, data)
		}
	})
}

// TestMutations agrees over random damage, which fuzzing for coverage rarely
// makes: one to three bytes of a sound trap changed.
func TestMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	d := new(Decoder)
	sound := capturetest.TrapV1(capturetest.TextBind(usual))
	var counts capture.Counts
	for range 200_000 {
		data := append([]byte{}, sound...)
		for range 1 + random.IntN(3) {
			data[random.IntN(len(data))] = byte(random.UintN(256))
		}
		ev, _ := decode(d, data)
		capturetest.Check(t, &ev)
		counts.Add(&ev)
	}
	if counts.Received() != 200_000 {
		t.Errorf("%d counted", counts.Received())
	}
}

// TestLineMutations is TestMutations for the lines of every router: bytes changed, pieces
// left out, repeated and put together, ends cut off.
func TestLineMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	made := send.NewMessages(1)
	d, repeats := new(Decoder), capture.NewRepeats()
	var counts capture.Counts
	const each = 4000
	routers := send.Routers()
	for i := range routers {
		for range each {
			line := routers[i].Append(nil, made, arrival)
			for range 1 + random.IntN(3) {
				at := random.IntN(len(line))
				to := at + random.IntN(len(line)-at+1)
				switch random.IntN(5) {
				case 0:
					line[at] = byte(random.UintN(256))
				case 1:
					line = append(line[:at:at], line[to:]...)
				case 2:
					line = append(line[:to:to], line[at:]...)
				case 3:
					other := routers[random.IntN(len(routers))].Append(nil, made, arrival)
					line = append(line[:at:at], other[random.IntN(len(other)):]...)
				default:
					line = line[:at]
				}
				if len(line) == 0 {
					line = []byte("x")
				}
			}
			ev, awaited := decode(d, line)
			capturetest.Check(t, &ev)
			if awaited {
				t.Errorf("%q awaits an answer", line)
			}
			if d.Language() == Syslog && repeats.Again(&ev) {
				counts.Repeats++
			} else {
				counts.Add(&ev)
			}
		}
	}
	if n := uint64(each * len(routers)); counts.Received() != n || counts.Kinds[capture.Traffic] < n/10 || counts.Kinds[capture.Other] < n/10 {
		t.Errorf("of %d: %+v", n, counts)
	}
}

func TestDecodeAllocates0(t *testing.T) {
	d := new(Decoder)
	var ev capture.Event
	for name, data := range map[string][]byte{
		"plain": capturetest.TrapV1(capturetest.TextBind(usual)),
		"named": capturetest.TrapV1(capturetest.TextBind("@out UDP from 192.168.1.10:53001 to dns.example(198.51.100.53):53.")),
		"old":   capturetest.TrapV1(capturetest.TextBind("@out 192.168.1.61 32949 slashdot.org 80.")),
		"line":  []byte(netfilter),
	} {
		dg := capture.Datagram{Data: data, From: sender, Time: arrival}
		if n := testing.AllocsPerRun(1000, func() { d.Decode(&dg, &ev) }); n != 0 {
			t.Errorf("%s: %v allocations per datagram", name, n)
		}
		if ev.Kind != capture.Traffic {
			t.Errorf("%s: %+v", name, ev)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, bench := range []struct{ name, text string }{
		{"usual", usual},
		{"named", "@out UDP from 192.168.1.10:53001 to dns.example(198.51.100.53):53."},
		{"old", "@in 24.26.198.27 27960 192.168.1.61 27960."},
		{"system", "System is ready"},
	} {
		data := capturetest.TrapV1(capturetest.TextBind(bench.text))
		b.Run(bench.name, func(b *testing.B) {
			d, dg := new(Decoder), capture.Datagram{Data: data, From: sender, Time: arrival}
			var ev capture.Event
			b.ReportAllocs()
			for b.Loop() {
				d.Decode(&dg, &ev)
			}
			if ev.Kind != capture.Traffic && ev.Kind != capture.System {
				b.Fatal(ev)
			}
		})
	}
	b.Run("line", func(b *testing.B) {
		d, dg := new(Decoder), capture.Datagram{Data: []byte(netfilter), From: sender, Time: arrival}
		var ev capture.Event
		b.ReportAllocs()
		for b.Loop() {
			d.Decode(&dg, &ev)
		}
		if ev.Kind != capture.Traffic {
			b.Fatal(ev)
		}
	})
	// What stands beside it: gosnmp alone, on the same trap, without reading the text.
	b.Run("peer=gosnmp", func(b *testing.B) {
		data, g := capturetest.TrapV1(capturetest.TextBind(usual)), &gosnmp.GoSNMP{}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := g.UnmarshalTrap(data, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("v2c", func(b *testing.B) {
		d, dg := new(Decoder), capture.Datagram{Data: capturetest.MessageV2(capturetest.TagTrapV2, capturetest.TextBind(usual)), From: sender, Time: arrival}
		var ev capture.Event
		b.ReportAllocs()
		for b.Loop() {
			d.Decode(&dg, &ev)
		}
	})
}

// A control character anywhere in the beginning of a message tells that it is none; behind that it
// may be, unless a byte is of no known encoding: then nowhere.
func TestPrintable(t *testing.T) {
	for at := range 80 {
		for c := range 256 {
			data := []byte(strings.Repeat("a", 80))
			data[at] = byte(c)
			want := at >= 64 || ' ' <= c && c != 0x7f || c == '\t' || c == '\n' || c == '\r'
			if printable(data) != want {
				t.Errorf("%#x at %d: %v", c, at, !want)
			}
		}
	}
	if printable([]byte(strings.Repeat("1 ", 40))) {
		t.Error("numbers are no text")
	}
	random := rand.New(rand.NewPCG(5, 6))
	const all = 200_000
	taken := 0
	for range all {
		data := make([]byte, 1+random.IntN(100))
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		if len(data) > 2 && printable(data) { // of two bytes many are letters
			taken++
		}
	}
	if taken > all/500 {
		t.Errorf("%d of %d random datagrams are texts", taken, all)
	}
}

// TestCount counts what stands for several messages as so many, as far as that can be believed.
func TestCount(t *testing.T) {
	const line = "<4>Nov 28 06:42:10 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=1 DPT=23 SYN"
	for text, want := range map[string]uint64{
		line: 1,
		"<4>Nov 28 06:42:10 gw last message repeated 1 time":                                                     1,
		"<4>Nov 28 06:42:10 gw last message repeated 5 times":                                                    5,
		"<4>1 2026-11-28T06:42:10Z gw kernel - - - last message repeated 5 times":                                5,
		"<4>Nov 28 06:42:10 gw kernel: message repeated 7 times: [ DROP IN=eth0 OUT= SRC=203.0.113.9 PROTO=TCP]": 7,
		"<4>Nov 28 06:42:10 gw last message repeated 1000 times":                                                 1000,
		"<4>Nov 28 06:42:10 gw last message repeated 1001 times":                                                 1000,
		"<4>Nov 28 06:42:10 gw last message repeated 4294967296 times":                                           1000,
		"<4>Nov 28 06:42:10 gw last message repeated 99999999999999999999999999 times":                           1000,
	} {
		d := new(Decoder)
		var counts capture.Counts
		ev, _ := decode(d, []byte(text))
		d.Count(&counts, &ev)
		if counts.Received() != want || counts.Kinds[ev.Kind] != want || counts.Reasons[capture.Repetition] != want && text != line {
			t.Errorf("%q: %+v, want %d", text, counts, want)
		}
	}
	for _, text := range []string{"last message repeated 0 times", "last message repeated  times", "last message repeated -5 times", "last message repeated 5"} {
		ev, _ := decode(new(Decoder), []byte("<4>Nov 28 06:42:10 gw "+text))
		if ev.Kind != capture.System {
			t.Errorf("%q: %+v", text, ev)
		}
	}
}
