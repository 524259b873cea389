package decode

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/capturetest"
	"linklog/capture/snmp"

	"github.com/gosnmp/gosnmp"
)

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
		{"text", []byte("<14>syslog line"), capture.Rejected, capture.NotSNMP, false},
		{"a sequence of something else", capturetest.Element(capturetest.TagSequence, capturetest.Element(capturetest.TagString, []byte("x"))), capture.Rejected, capture.NotSNMP, false},
		{"cut off", capturetest.TrapV1(capturetest.TextBind(usual))[:70], capture.Rejected, capture.Malformed, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ev, awaited := decode(new(Decoder), test.data)
			if ev.Kind != test.kind || ev.Reason != test.reason || awaited != test.awaited {
				t.Errorf("got %v, %q, awaited %v; want %v, %q, awaited %v", ev.Kind, ev.Reason, awaited, test.kind, test.reason, test.awaited)
			}
			if kept := string(test.data[:min(len(test.data), capture.MaxRaw)]); ev.Reason != 0 && ev.Raw != kept {
				t.Errorf("kept %d bytes of %d", len(ev.Raw), len(test.data))
			}
			capturetest.Check(t, &ev)
		})
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
	f.Add(capturetest.TrapV1(capturetest.TextBind("a"), capturetest.TextBind(usual)))
	f.Add(capturetest.MessageV2(capturetest.TagTrapV2, capturetest.TextBind(usual)))
	f.Add(capturetest.MessageV2(capturetest.TagInform, capturetest.TextBind(usual), capturetest.Varbind(capturetest.LinksysOID, capturetest.TagOID, capturetest.LinksysOID)))
	d := new(Decoder)
	f.Fuzz(func(t *testing.T, data []byte) {
		ev, awaited := decode(d, data)
		capturetest.Check(t, &ev)
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

func TestDecodeAllocates0(t *testing.T) {
	d := new(Decoder)
	var ev capture.Event
	for name, data := range map[string][]byte{
		"plain": capturetest.TrapV1(capturetest.TextBind(usual)),
		"named": capturetest.TrapV1(capturetest.TextBind("@out UDP from 192.168.1.10:53001 to dns.example(198.51.100.53):53.")),
		"old":   capturetest.TrapV1(capturetest.TextBind("@out 192.168.1.61 32949 slashdot.org 80.")),
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
