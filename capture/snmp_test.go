package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

// element encodes one element with the shortest length.
func element(tag byte, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	b := []byte{tag}
	switch n := len(body); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, body...)
}

var linksysOID = []byte{0x2b, 6, 1, 4, 1, 0x9e, 0x73, 1, 1, 0}

func varbind(oid []byte, tag byte, value []byte) []byte {
	return element(tagSequence, element(tagOID, oid), element(tag, value))
}

func trapV1(varbinds ...[]byte) []byte {
	return element(tagSequence, element(tagInteger, []byte{versionV1}), element(tagString, []byte("public")),
		element(tagTrapV1, element(tagOID, linksysOID[:9]), element(tagIPAddress, []byte{192, 168, 1, 1}),
			element(tagInteger, []byte{6}), element(tagInteger, []byte{1}), element(tagTimeTicks, []byte{0, 0, 1, 0}),
			element(tagSequence, varbinds...)))
}

func messageV2(tag byte, varbinds ...[]byte) []byte {
	return element(tagSequence, element(tagInteger, []byte{versionV2c}), element(tagString, []byte("public")),
		element(tag, element(tagInteger, []byte{1, 2, 3, 4}), element(tagInteger, []byte{0}), element(tagInteger, []byte{0}),
			element(tagSequence, varbinds...)))
}

func textBind(text string) []byte { return varbind(linksysOID, tagString, []byte(text)) }

const usual = "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80"

var (
	router  = netip.MustParseAddrPort("192.168.1.1:2048")
	arrival = time.Date(2026, 11, 23, 2, 48, 23, 5e6, time.UTC)
)

func decode(d *Decoder, data []byte) (ev Event, awaited bool) {
	awaited = d.Decode(&Datagram{Data: data, From: router, Time: arrival}, &ev)
	return ev, awaited
}

// TestCorpus decodes the datagrams of real routers' form byte by byte.
func TestCorpus(t *testing.T) {
	want := map[string]Event{
		"new-in-udp.bin":       traffic(In, UDP, ep("203.0.113.9", "", 27960), ep("192.168.1.61", "", 27960)),
		"new-out-name-ip.bin":  traffic(Out, TCP, ep("192.168.1.100", "", 1234), ep("93.184.216.34", "www.example.com", 80)),
		"new-out-nodot.bin":    traffic(Out, TCP, ep("192.168.1.2", "", 55516), ep("1.1.1.1", "", 80)),
		"old-in-short.bin":     traffic(In, 0, ep("24.26.198.27", "", 27960), ep("192.168.1.61", "", 27960)),
		"old-long-116.bin":     traffic(Out, 0, ep("192.168.0.2", "", 8080), ep("24.159.204.248", "", 10325)),
		"old-out-hostname.bin": traffic(Out, 0, ep("192.168.1.61", "", 32949), ep("", "slashdot.org", 80)),
		"sys-ppp-ip.bin":       {Kind: WAN, Dst: ep("198.51.100.7", "", 0), Text: "IP=198.51.100.7."},
		"sys-wan-ip.bin":       {Kind: WAN, Dst: ep("198.51.100.7", "", 0), Text: "WAN IP = 198.51.100.7"},
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
		w.Time, w.Router = arrival, router.Addr()
		if got, _ := decode(NewDecoder(), data); got != w {
			t.Errorf("%s:\n got %+v\nwant %+v", file, got, w)
		}
		if _, _, ok := usualTrap(data); !ok {
			t.Errorf("%s: does not take the fast path", file)
		}
	}
}

func TestDecode(t *testing.T) {
	number := varbind(linksysOID, tagInteger, []byte{5})
	v3 := element(tagSequence, element(tagInteger, []byte{3}), element(tagSequence), element(tagString), element(tagSequence))
	sysUpTime := varbind([]byte{0x2b, 6, 1, 2, 1, 1, 3, 0}, tagTimeTicks, []byte{1})
	many := make([][]byte, 0, maxVarbinds+1)
	for range maxVarbinds + 1 {
		many = append(many, textBind(usual))
	}
	for _, test := range []struct {
		name    string
		data    []byte
		kind    Kind
		reason  Reason
		awaited bool
	}{
		{"v1", trapV1(textBind(usual)), Traffic, 0, false},
		{"v1, bytes behind it", append(trapV1(textBind(usual)), 0, 0, 7), Traffic, 0, false},
		{"v1, text in the second varbind", trapV1(number, textBind(usual)), Traffic, 0, false},
		{"v1, system text before traffic", trapV1(textBind("System is ready"), textBind(usual)), Traffic, 0, false},
		{"v1, unknown text before system text", trapV1(textBind("\x01"), textBind("System is ready")), System, 0, false},
		{"v1, 64 varbinds", trapV1(append(many[:0:0], many[:64]...)...), Traffic, 0, false},
		{"v1, no varbind", trapV1(), Other, NoText, false},
		{"v1, a number", trapV1(number), Other, NoText, false},
		{"v1, unknown text", trapV1(textBind("\x01\x02")), Other, UnknownText, false},
		{"v1, broken message", trapV1(textBind("@in TCP from")), Other, BadTraffic, false},
		{"v1, too many varbinds", trapV1(many...), Rejected, Malformed, false},
		{"v2c", messageV2(tagTrapV2, sysUpTime, textBind(usual)), Traffic, 0, false},
		{"v2c, bytes behind it", append(messageV2(tagTrapV2, sysUpTime, textBind(usual)), 1), Traffic, 0, false},
		{"INFORM", messageV2(tagInform, sysUpTime, textBind(usual)), Traffic, 0, true},
		{"INFORM, no text", messageV2(tagInform, sysUpTime), Other, NoText, true},
		{"v2c GetRequest", messageV2(0xa0, number), Rejected, WrongPDU, false},
		{"v2c Response", messageV2(tagResponse, number), Rejected, WrongPDU, false},
		{"v1 PDU in v2c", bytes.Replace(trapV1(textBind(usual)), []byte{2, 1, 0, 4, 6}, []byte{2, 1, 1, 4, 6}, 1), Rejected, WrongPDU, false},
		{"v3", v3, Rejected, WrongVersion, false},
		{"empty", nil, Rejected, NotSNMP, false},
		{"text", []byte("<14>syslog line"), Rejected, NotSNMP, false},
		{"a sequence of something else", element(tagSequence, element(tagString, []byte("x"))), Rejected, NotSNMP, false},
		{"cut off", trapV1(textBind(usual))[:70], Rejected, Malformed, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ev, awaited := decode(NewDecoder(), test.data)
			if ev.Kind != test.kind || ev.Reason != test.reason || awaited != test.awaited {
				t.Errorf("got %v, %q, awaited %v; want %v, %q, awaited %v", ev.Kind, ev.Reason, awaited, test.kind, test.reason, test.awaited)
			}
			if kept := string(test.data[:min(len(test.data), MaxRaw)]); ev.Reason != 0 && ev.Raw != kept {
				t.Errorf("kept %d bytes of %d", len(ev.Raw), len(test.data))
			}
			checkEvent(t, &ev)
		})
	}
}

func TestDecodeTruncated(t *testing.T) {
	var ev Event
	NewDecoder().Decode(&Datagram{Data: trapV1(textBind(usual)), Truncated: true}, &ev)
	if ev.Kind != Rejected || ev.Reason != TooLong {
		t.Errorf("got %v, %q", ev.Kind, ev.Reason)
	}
}

// crafted is the datagram of 61 bytes that ends a process using gosnmp v1.47.0:
// its varbind claims a length near 2^63, to which gosnmp adds where it stands.
func crafted() []byte {
	return trapV1(append([]byte{tagSequence, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf5}, element(tagOID, linksysOID[:3])...))
}

func TestCraftedVarbindLength(t *testing.T) {
	data := crafted()
	if ev, _ := decode(NewDecoder(), data); ev.Kind != Rejected || ev.Reason != Malformed || ev.Raw != string(data) {
		t.Errorf("got %+v", ev)
	}
	// Behind the check stands the guard: gosnmp, left alone with it, panics.
	if _, _, err := decodeTrap(&gosnmp.GoSNMP{}, data); !errors.Is(err, errDecoderFailed) {
		t.Errorf("gosnmp no longer panics on this datagram (%v): find another to test the guard with", err)
	}
}

// lengthFields returns the offset of every length field of a sound message.
func lengthFields(b []byte, base int) (offsets []int) {
	for len(b) > 0 {
		tag, content, rest, ok := tlv(b)
		if !ok {
			return offsets
		}
		offsets = append(offsets, base+1)
		if tag&0x20 != 0 { // constructed
			offsets = append(offsets, lengthFields(content, base+len(b)-len(rest)-len(content))...)
		}
		base += len(b) - len(rest)
		b = rest
	}
	return offsets
}

// boundaries are the lengths at which decoders break, for an element of n bytes,
// each encoded in every number of bytes that holds it.
func boundaries(n int) (fields [][]byte) {
	values := []uint64{0, 1, uint64(n), uint64(n) + 1, uint64(max(n, 1) - 1), 0x7e, 0x7f, 0x80, 0x81, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
		1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	for k := uint64(1); k < 130; k++ {
		values = append(values, 1<<31-1-k, 1<<63-1-k, 1<<64-1-k)
	}
	for _, v := range values {
		if v < 0x80 {
			fields = append(fields, []byte{byte(v)})
		}
		for size := 1; size <= 8; size++ {
			if size < 8 && v>>(8*size) != 0 {
				continue
			}
			full := binary.BigEndian.AppendUint64(nil, v)
			fields = append(fields, append([]byte{0x80 | byte(size)}, full[8-size:]...))
		}
	}
	return append(fields, []byte{0x80}, []byte{0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1}, []byte{0xff})
}

// TestBoundaryLengths puts every such length into every length field of every
// kind of message and cuts each message at every place.
func TestBoundaryLengths(t *testing.T) {
	d := NewDecoder()
	var counts Counts
	n := uint64(0)
	try := func(data []byte) {
		ev, _ := decode(d, data)
		checkEvent(t, &ev)
		if ev.Reason == DecoderFailed {
			t.Errorf("gosnmp panicked behind the check: %x", data)
		}
		_, _, _ = decodeTrap(d.snmp, data) // past the check: the guard must hold alone
		counts.Add(&ev)
		n++
	}
	for _, data := range [][]byte{
		trapV1(textBind(usual)), trapV1(textBind("a"), textBind(usual), varbind(linksysOID, tagOID, linksysOID)),
		messageV2(tagTrapV2, textBind(usual)), messageV2(tagInform, varbind(linksysOID, tagInteger, []byte{1})),
	} {
		for _, at := range lengthFields(data, 0) {
			_, content, _, _ := tlv(data[at-1:])
			for _, field := range boundaries(len(content)) {
				mutated := append(append(append([]byte{}, data[:at]...), field...), data[at+1:]...)
				try(mutated)
				// The same with the lengths around it mended, so that the walk gets there.
				if outer := len(mutated) - 2; outer < 0x80 && at > 1 {
					mutated[1] = byte(outer)
					try(mutated)
				}
			}
		}
		for i := range data {
			try(data[:i])
		}
	}
	if counts.Received() != n || n < 20_000 {
		t.Errorf("%d datagrams, %d counted", n, counts.Received())
	}
	t.Logf("%d datagrams: %+v", n, counts)
}

func TestInformResponse(t *testing.T) {
	inform := messageV2(tagInform, textBind(usual))
	prefix := []byte("kept")
	got, ok := AppendInformResponse(prefix, append(inform[:len(inform):len(inform)], 9, 9))
	if !ok || !bytes.HasPrefix(got, prefix) || len(got) != len(prefix)+len(inform) {
		t.Fatalf("ok %v, %d bytes for an INFORM of %d", ok, len(got), len(inform))
	}
	got = got[len(prefix):]
	packet, err := (&gosnmp.GoSNMP{}).SnmpDecodePacket(got)
	if err != nil {
		t.Fatal(err)
	}
	if packet.PDUType != gosnmp.GetResponse || packet.RequestID != 0x01020304 || packet.Error != 0 || len(packet.Variables) != 1 {
		t.Errorf("answered %+v", packet)
	}
	for _, data := range [][]byte{trapV1(textBind(usual)), messageV2(tagTrapV2, textBind(usual)), nil, inform[:20]} {
		if got, ok := AppendInformResponse(prefix, data); ok || !bytes.Equal(got, prefix) {
			t.Errorf("answered %x with %x", data, got)
		}
	}
}

// agree holds the fast path and gosnmp against each other: where both read a
// datagram, they must read the same.
func agree(t *testing.T, g *gosnmp.GoSNMP, data []byte) {
	t.Helper()
	text, fromLinksys, ok := usualTrap(data)
	if !ok {
		return
	}
	f, reason := check(data)
	if reason != 0 {
		t.Errorf("the fast path took what the check calls %q: %x", reason, data)
		return
	}
	texts, linksysToo, err := decodeTrap(g, f.msg)
	if err != nil {
		return // gosnmp may be stricter
	}
	if len(texts) != 1 || !bytes.Equal(bytes.TrimRight(text, "\x00"), texts[0]) || fromLinksys != linksysToo {
		t.Errorf("fast path: %q, Linksys %v; gosnmp: %q, Linksys %v; of %x", text, fromLinksys, texts, linksysToo, data)
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
	f.Add(crafted())
	f.Add(trapV1(textBind("a"), textBind(usual)))
	f.Add(messageV2(tagTrapV2, textBind(usual)))
	f.Add(messageV2(tagInform, textBind(usual), varbind(linksysOID, tagOID, linksysOID)))
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, data []byte) {
		agree(t, d.snmp, data)
		ev, awaited := decode(d, data)
		checkEvent(t, &ev)
		if ev.Reason == DecoderFailed {
			t.Errorf("gosnmp panicked behind the check: %x", data)
		}
		if _, ok := AppendInformResponse(nil, data); ok != awaited && ev.Kind != Rejected {
			t.Errorf("awaited %v, response %v: %x", awaited, ok, data)
		}
		_, _, _ = decodeTrap(d.snmp, data) // past the check: the guard must hold alone
	})
}

// TestMutations agrees over random damage, which fuzzing for coverage rarely
// makes: one to three bytes of a sound trap changed.
func TestMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	d := NewDecoder()
	sound := trapV1(textBind(usual))
	var counts Counts
	for range 200_000 {
		data := append([]byte{}, sound...)
		for range 1 + random.IntN(3) {
			data[random.IntN(len(data))] = byte(random.UintN(256))
		}
		agree(t, d.snmp, data)
		ev, _ := decode(d, data)
		checkEvent(t, &ev)
		counts.Add(&ev)
	}
	if counts.Received() != 200_000 {
		t.Errorf("%d counted", counts.Received())
	}
}

func TestCountsAddUp(t *testing.T) {
	var c Counts
	for kind := Traffic; kind <= Rejected; kind++ {
		c.Add(&Event{Kind: kind})
	}
	if c.Received() != 5 || c.Events() != 3 {
		t.Errorf("received %d, events %d", c.Received(), c.Events())
	}
}

func TestDecoderMemoryIsBounded(t *testing.T) {
	d := NewDecoder()
	var ev Event
	for i := range 3 * maxStrings {
		name := strings.Repeat("x", 1+i%200) + string(rune('a'+i%26)) + strings.Repeat("y", i/200)
		d.message(&ev, []byte("@out TCP from 192.168.1.2:5 to "+name[:min(len(name), 250)]+".example(1.2.3.4):5"), true)
	}
	if len(d.strings) > maxStrings {
		t.Errorf("remembers %d strings", len(d.strings))
	}
}

func TestDecodeAllocates0(t *testing.T) {
	d := NewDecoder()
	var ev Event
	for name, data := range map[string][]byte{
		"plain": trapV1(textBind(usual)),
		"named": trapV1(textBind("@out UDP from 192.168.1.10:53001 to dns.example(198.51.100.53):53.")),
		"old":   trapV1(textBind("@out 192.168.1.61 32949 slashdot.org 80.")),
	} {
		dg := Datagram{Data: data, From: router, Time: arrival}
		if n := testing.AllocsPerRun(1000, func() { d.Decode(&dg, &ev) }); n != 0 {
			t.Errorf("%s: %v allocations per datagram", name, n)
		}
		if ev.Kind != Traffic {
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
		data := trapV1(textBind(bench.text))
		b.Run(bench.name, func(b *testing.B) {
			d, dg := NewDecoder(), Datagram{Data: data, From: router, Time: arrival}
			var ev Event
			b.ReportAllocs()
			for b.Loop() {
				d.Decode(&dg, &ev)
			}
			if ev.Kind != Traffic && ev.Kind != System {
				b.Fatal(ev)
			}
		})
	}
	// What stands beside it: gosnmp alone, on the same trap, without reading the text.
	b.Run("peer=gosnmp", func(b *testing.B) {
		data, g := trapV1(textBind(usual)), &gosnmp.GoSNMP{}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := g.UnmarshalTrap(data, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("v2c", func(b *testing.B) {
		d, dg := NewDecoder(), Datagram{Data: messageV2(tagTrapV2, textBind(usual)), From: router, Time: arrival}
		var ev Event
		b.ReportAllocs()
		for b.Loop() {
			d.Decode(&dg, &ev)
		}
	})
}
