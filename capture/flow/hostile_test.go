package flow

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

func only(f Fault) (wrong [Faults]int) {
	wrong[f] = 1
	return wrong
}

func TestBroken(t *testing.T) {
	many := make([]byte, 0, 4*65535)
	for range 15000 {
		many = append(many, pairs(1, 4)...)
	}
	some := many[:4*(maxFields+1)]
	lie := func(b []byte, at int, n uint16) []byte {
		b = append([]byte(nil), b...)
		binary.BigEndian.PutUint16(b[at:], n)
		return b
	}
	whole := nine(0, setOf(0, usual9), setOf(256, usual9Record))
	wholeIX := ix(0, setOf(2, usualIX), setOf(256, usualIXRecord))
	for _, test := range []struct {
		name      string
		datagrams [][]byte
		flows     int // of all
		report    Report
	}{
		{"nothing", [][]byte{nil}, 0, Report{Wrong: only(NotFlows)}},
		{"one byte", [][]byte{{0}}, 0, Report{Wrong: only(NotFlows)}},
		{"NetFlow 7", [][]byte{lie(five(0), 0, 7)}, 0, Report{Wrong: only(NotFlows)}},
		{"a header that is cut off", [][]byte{whole[:headerV9-1]}, 0, Report{Version: 9, Wrong: only(CutOff)}},
		{"a header of IPFIX that is cut off", [][]byte{wholeIX[:headerIX-1]}, 0, Report{Version: 10, Wrong: only(CutOff)}},
		{"a header of NetFlow 5 that is cut off", [][]byte{five(0)[:headerV5-1]}, 0, Report{Version: 5, Wrong: only(CutOff)}},
		{"NetFlow 5 with fewer records than it says", [][]byte{lie(five(0, recordOf5("192.168.1.10", "198.51.100.80", 1, 2, 6, 0, 1, 40, uptime0, uptime0)), 2, 65535)}, 1, Report{Version: 5, Flows: 1, Wrong: only(CutOff)}},
		{"NetFlow 5 with more", [][]byte{append(five(0, recordOf5("192.168.1.10", "198.51.100.80", 1, 2, 6, 0, 1, 40, uptime0, uptime0)), 1)}, 1, Report{Version: 5, Flows: 1, Wrong: only(BadLength)}},
		{"IPFIX shorter than its header", [][]byte{lie(wholeIX, 2, 15)}, 0, Report{Version: 10, Wrong: only(BadLength)}},
		{"IPFIX longer than it says", [][]byte{append(append([]byte(nil), wholeIX...), 1, 2, 3, 4)}, 1, Report{Version: 10, Flows: 1, Templates: 1, Wrong: only(BadLength)}},
		{"IPFIX shorter than it says", [][]byte{lie(wholeIX, 2, 65535)}, 1, Report{Version: 10, Flows: 1, Templates: 1, Wrong: only(CutOff)}},
		{"a set that is cut off: what is whole is read", [][]byte{nine(0, setOf(0, usual9)), nine(1, setOf(256, usual9Record, usual9Record))[:headerV9+header+len(usual9Record)+3]}, 1, Report{Version: 9, Flows: 1, Wrong: only(CutOff)}},
		{"a set shorter than its header", [][]byte{nine(0, be(uint16(256), uint16(3)))}, 0, Report{Version: 9, Wrong: only(BadLength)}},
		{"sets that are neither", [][]byte{nine(0, setOf(2, usual9)), ix(0, setOf(0, usual9))}, 0, Report{Version: 10, Wrong: only(BadSet)}},
		{"a reserved set", [][]byte{ix(0, setOf(255, usual9))}, 0, Report{Version: 10, Wrong: only(BadSet)}},
		{"a template without fields, then data: what hangs goflow2", [][]byte{nine(0, setOf(0, be(uint16(256), uint16(0)))), nine(1, setOf(256, usual9Record))}, 0, Report{Version: 9, Wrong: only(Unreadable)}},
		{"a template of options without fields, then data", [][]byte{nine(0, setOf(1, be(uint16(256), uint16(0), uint16(0)))), nine(1, setOf(256, usual9Record))}, 0, Report{Version: 9, Wrong: only(Unreadable)}},
		{"the same of IPFIX", [][]byte{ix(0, setOf(3, be(uint16(256), uint16(0), uint16(0)))), ix(0, setOf(256, usual9Record))}, 0, Report{Version: 10, Waiting: 1}},
		{"fields without a length, then data", [][]byte{nine(0, setOf(0, templateOf(256, 2, pairs(8, 0, 12, 0)))), nine(1, setOf(256, usual9Record))}, 0, Report{Version: 9, Wrong: only(Unreadable)}},
		{"a field without a length beside others", [][]byte{ix(0, setOf(2, templateOf(256, 3, pairs(8, 4, 1, 0, 12, 4)))), ix(0, setOf(256, be("192.168.1.10", "198.51.100.80")))}, 1, Report{Version: 10, Flows: 1}},
		{"more fields than there are", [][]byte{nine(0, setOf(0, templateOf(256, 65535, pairs(8, 4, 12, 4))))}, 0, Report{Version: 9, Wrong: only(CutOff)}},
		{"too many fields", [][]byte{nine(0, setOf(0, templateOf(256, 15000, many))), nine(1, setOf(256, usual9Record))}, 0, Report{Version: 9, Wrong: only(Unreadable)}},
		{"one field too many, and the template behind is good", [][]byte{nine(0, setOf(0, templateOf(300, maxFields+1, some), usual9), setOf(256, usual9Record))}, 1, Report{Version: 9, Flows: 1, Templates: 2, Wrong: only(BadTemplate)}},
		{"as many fields as may be", [][]byte{nine(0, setOf(0, templateOf(300, maxFields, some[4:]))), nine(1, setOf(300, make([]byte, 4*maxFields)))}, 0, Report{Version: 9, Others: 1}},
		{"records longer than any datagram", [][]byte{nine(0, setOf(0, templateOf(256, 2, pairs(1, 65535, 2, 65535)))), nine(1, setOf(256, usual9Record))}, 0, Report{Version: 9, Wrong: only(Unreadable)}},
		{"addresses of a wrong length", [][]byte{nine(0, setOf(0, templateOf(256, 2, pairs(8, 3, 12, 5)))), nine(1, setOf(256, make([]byte, 16)))}, 0, Report{Version: 9, Others: 2}},
		{"a template whose number is that of a set", [][]byte{nine(0, setOf(0, templateOf(255, 1, pairs(8, 4))))}, 0, Report{Version: 9, Wrong: only(BadTemplate)}},
		{"an enterprise that is cut off", [][]byte{ix(0, setOf(2, be(uint16(256), uint16(1), uint16(0x8001), uint16(4))))}, 0, Report{Version: 10, Wrong: only(CutOff)}},
		{"a field that ends outside", [][]byte{ix(0, setOf(2, templateOf(256, 3, pairs(8, 4, 12, 4, 94, variable))), setOf(256, be("192.168.1.10", "198.51.100.80"), []byte{200, 1}))}, 0, Report{Version: 10, Templates: 1, Wrong: only(BadLength)}},
		{"a long field whose length ends outside", [][]byte{ix(0, setOf(2, templateOf(256, 3, pairs(8, 4, 12, 4, 94, variable))), setOf(256, be("192.168.1.10", "198.51.100.80"), []byte{255, 1}))}, 0, Report{Version: 10, Templates: 1, Wrong: only(BadLength)}},
		{"a scope of more fields than there are", [][]byte{ix(0, setOf(3, be(uint16(256), uint16(1), uint16(2)), pairs(1, 4, 1, 4)))}, 0, Report{Version: 10, Wrong: only(BadTemplate)}},
		{"a scope of half a field", [][]byte{nine(0, setOf(1, be(uint16(256), uint16(3), uint16(5)), pairs(1, 4, 1, 4)))}, 0, Report{Version: 9, Wrong: only(BadTemplate)}},
		{"options whose lengths are the largest", [][]byte{nine(0, setOf(1, be(uint16(256), uint16(65532), uint16(65532)), pairs(1, 4, 1, 4)))}, 0, Report{Version: 9, Wrong: only(CutOff)}},
		{"a sampling that is no number", [][]byte{ix(0, setOf(2, templateOf(256, 3, pairs(8, 4, 12, 4, 311, 8))), setOf(256, be("192.168.1.10", "198.51.100.80", uint64(0x7ff8_0000_0000_0001))))}, 1, Report{Version: 10, Flows: 1, Templates: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			records, report := decodeAll(New(), test.datagrams...)
			if report != test.report || len(records) != test.flows {
				t.Errorf("%d flows, report %+v\nwant %d, %+v", len(records), report, test.flows, test.report)
			}
		})
	}
}

// A flood of templates neither grows without bound nor pushes out the one in use.
func TestTemplateFlood(t *testing.T) {
	d := New()
	decodeAll(d, nine(0, setOf(0, usual9), setOf(256, usual9Record)))
	var flood []byte
	for id := uint16(257); id < 4000; id++ {
		flood = append(flood, templateOf(id, 2, pairs(8, 4, 12, 4))...)
	}
	decodeAll(d, nine(1, setOf(0, flood)))
	for _, s := range d.sources {
		if len(s.templates) > maxTemplates {
			t.Errorf("%d templates are kept", len(s.templates))
		}
	}
	if records, report := decodeAll(d, nine(2, setOf(256, usual9Record))); len(records) != 1 {
		t.Errorf("the template in use is gone: %+v", report)
	}
}

// Exporters that are made up push out neither all others of their own address nor, all of
// one address, those of others.
func TestSourceFlood(t *testing.T) {
	d := New()
	decodeAll(d, nine(0, setOf(0, usual9), setOf(256, usual9Record)))
	for domain := range uint32(1000) {
		b := nine(domain, setOf(0, usual9), setOf(300, usual9Record))
		binary.BigEndian.PutUint32(b[16:], domain)
		d.Decode(netip.MustParseAddrPort("192.168.1.66:1"), b, arrival0, func(*Record) {})
	}
	if len(d.sources) != 1+maxDomains {
		t.Errorf("%d sources are kept", len(d.sources))
	}
	if records, report := decodeAll(d, nine(1, setOf(256, usual9Record))); len(records) != 1 {
		t.Errorf("the exporter of before is forgotten: %+v", report)
	}
	given := 0
	for i := range 1000 {
		addr := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		given += d.Decode(netip.AddrPortFrom(addr, 1), nine(1, setOf(256, usual9Record)), arrival0, func(*Record) {}).GivenUp
	}
	waiting := 0
	for _, s := range d.sources {
		waiting += len(s.waiting)
	}
	if len(d.sources) != maxSources || waiting != maxSources || given != 1000-maxSources+maxDomains {
		t.Errorf("%d sources, %d sets wait, %d given up", len(d.sources), waiting, given)
	}
}

// What waits for a template is bounded, of one source and of all; one that waits for much
// does not push out what waits of others; all that is pushed out is told.
func TestWaitingIsBounded(t *testing.T) {
	d := New()
	sent, given := 0, 0
	big := nine(0, setOf(300, make([]byte, 30_000)))
	small := netip.MustParseAddrPort("192.168.1.2:1")
	d.Decode(small, nine(0, setOf(256, usual9Record)), arrival0, nil)
	for i := range 500 {
		binary.BigEndian.PutUint32(big[12:], uint32(i))
		addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(i % 20)})
		r := d.Decode(netip.AddrPortFrom(addr, 1), big, arrival0, nil)
		sent += r.Waiting
		given += r.GivenUp
	}
	bytes, waiting := 0, 0
	for _, s := range d.sources {
		n := 0
		for _, w := range s.waiting {
			n += w.size()
		}
		if n != s.bytes || n > waitingBytes {
			t.Errorf("%v: %d bytes wait, counted are %d", s.key, n, s.bytes)
		}
		bytes += n
		waiting += len(s.waiting)
	}
	if bytes != d.waiting || bytes > allWaiting || waiting != 1+sent-given || sent != 500 {
		t.Errorf("%d bytes wait, counted are %d; %d sets wait, of %d, given up are %d", bytes, d.waiting, waiting, sent, given)
	}
	// One that comes anew has room, too.
	late := netip.MustParseAddrPort("192.168.1.3:1")
	if r := d.Decode(late, nine(0, setOf(256, make([]byte, 30_000))), arrival0, nil); r.Waiting != 1 || len(d.last.waiting) != 1 {
		t.Errorf("%+v, %d wait", r, len(d.last.waiting))
	}
	n := 0
	if d.Decode(small, nine(1, setOf(0, usual9)), arrival0, func(*Record) { n++ }); n != 1 {
		t.Error("what waited of another exporter is gone")
	}
}

// What waited too long is given up, and told with the next datagram of anyone.
func TestWaitingEnds(t *testing.T) {
	d := New()
	decodeAll(d, nine(0, setOf(256, usual9Record)), nine(1, setOf(256, usual9Record)))
	other := netip.MustParseAddrPort("192.168.1.2:1")
	if r := d.Decode(other, nine(0, setOf(0, usual9)), arrival0.Add(waitsFor-time.Minute), nil); r.GivenUp != 0 {
		t.Errorf("given up too early: %+v", r)
	}
	if r := d.Decode(other, nine(1, setOf(0, usual9)), arrival0.Add(waitsFor+time.Minute), nil); r.GivenUp != 2 {
		t.Errorf("not given up: %+v", r)
	}
	if r := d.Decode(exporter, nine(2, setOf(0, usual9)), arrival0.Add(waitsFor+time.Minute), nil); r.Flows != 0 || d.waiting != 0 {
		t.Errorf("%+v, %d bytes wait", r, d.waiting)
	}
}

// Flows that waited are told with the time at which they came.
func TestWaitedSince(t *testing.T) {
	d := New()
	decodeAll(d, nine(0, setOf(256, usual9Record)))
	var got []Record
	d.Decode(exporter, nine(1, setOf(0, usual9)), arrival0.Add(10*time.Minute), func(r *Record) { got = append(got, *r) })
	compare(t, got, []Record{usual9Want})
}

// The worst that one datagram can have done costs no more than a few milliseconds of work:
// the count of steps is bounded by its bytes.
func TestWorstRecords(t *testing.T) {
	for _, test := range []struct {
		name     string
		template []byte
		records  int
	}{
		{"options of one byte each", setOf(3, be(uint16(256), uint16(1), uint16(0)), pairs(34, 1)), 60_000},
		{"records of one byte each", setOf(2, templateOf(256, 1, pairs(4, 1))), 60_000},
		{"records of a field of variable length each", setOf(2, templateOf(256, 1, pairs(94, variable))), 60_000},
	} {
		d := New()
		decodeAll(d, ix(0, test.template))
		if _, report := decodeAll(d, ix(0, setOf(256, make([]byte, test.records)))); report.Others != test.records {
			t.Errorf("%s: %+v", test.name, report)
		}
	}
}

// However much is sent, what is kept stays small.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("counts bytes")
	}
	d := New()
	var many []byte
	for range maxFields {
		many = append(many, pairs(94, variable)...)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := uint32(0)
	for round := range 3 {
		for a := range 80 {
			for id := range uint16(100) {
				n++
				addr := netip.AddrFrom4([4]byte{10, 0, byte(round), byte(a)})
				d.Decode(netip.AddrPortFrom(addr, 1), ix(n, setOf(2, templateOf(256+id, maxFields, many)), setOf(1000, make([]byte, 500))), arrival0, nil)
			}
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("%d bytes are kept", grown)
	}
	runtime.KeepAlive(d)
}
