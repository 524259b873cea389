package flow

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// usual9 is the template many routers have, and usual9Record a record for it.
var (
	usual9       = templateOf(256, 10, pairs(8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 6, 1, 1, 4, 2, 4, 22, 4, 21, 4))
	usual9Record = be("192.168.1.10", "198.51.100.80", uint16(50000), uint16(443), uint8(6), uint8(0x1b), uint32(1500), uint32(3), uint32(uptime0-5000), uint32(uptime0-1000))
	usual9Want   = Record{Received: arrival0, Src: port("192.168.1.10:50000"), Dst: port("198.51.100.80:443"), Proto: 6, Flags: 0x1b, Bytes: 1500, Packets: 3,
		First: ago(5 * time.Second), Last: ago(time.Second), Domain: 7, Version: 9}

	usualIX       = templateOf(256, 10, pairs(8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 6, 1, 1, 8, 2, 8, 152, 8, 153, 8))
	usualIXRecord = be("192.168.1.10", "198.51.100.80", uint16(50000), uint16(443), uint8(6), uint8(0x1b), uint64(1500), uint64(3), milli(ago(5*time.Second)), milli(ago(time.Second)))
)

func usualIXWant() Record {
	r := usual9Want
	r.Version = 10
	return r
}

func milli(t time.Time) uint64 { return uint64(t.UnixMilli()) }

// ntpOf is a time as of NTP.
func ntpOf(t time.Time) uint64 {
	seconds := uint64(t.Unix() + 2_208_988_800)
	return seconds<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

func with(r Record, change func(*Record)) Record {
	change(&r)
	return r
}

func TestDecode(t *testing.T) {
	v6 := be("2001:db8::10", "2001:db8:1::80")
	ends := func(version uint8) Record {
		return Record{Received: arrival0, Src: port("192.168.1.10:0"), Dst: port("198.51.100.80:0"), Domain: 7, Version: version}
	}
	addresses := be("192.168.1.10", "198.51.100.80")
	for _, test := range []struct {
		name      string
		datagrams [][]byte
		want      []Record
		report    Report // of the last datagram
	}{
		{"NetFlow 5", [][]byte{five(100,
			recordOf5("192.168.1.10", "198.51.100.80", 50000, 443, 6, 0x1b, 3, 1500, uptime0-5000, uptime0-1000),
			recordOf5("192.168.1.10", "198.51.100.80", 0, 0x0800, 1, 0, 1, 84, uptime0, uptime0+200))},
			[]Record{
				with(usual9Want, func(r *Record) { r.Version, r.Input, r.Output = 5, 1, 2 }),
				with(ends(5), func(r *Record) {
					r.Proto, r.ICMP, r.Packets, r.Bytes, r.Input, r.Output, r.First, r.Last = 1, 0x0800, 1, 84, 1, 2, arrival0, arrival0
				}),
			}, Report{Version: 5, Flows: 2}},
		{"NetFlow 5, the uptime began anew", [][]byte{func() []byte {
			b := five(0, recordOf5("192.168.1.10", "198.51.100.80", 50000, 443, 6, 0x1b, 3, 1500, math.MaxUint32-3999, 0))
			binary.BigEndian.PutUint32(b[4:], 1000)
			return b
		}()}, []Record{with(usual9Want, func(r *Record) { r.Version, r.Input, r.Output = 5, 1, 2 })}, Report{Version: 5, Flows: 1}},
		{"NetFlow 5 with sampling", [][]byte{func() []byte {
			b := five(0, recordOf5("192.168.1.10", "198.51.100.80", 50000, 443, 6, 0x1b, 3, 1500, uptime0-5000, uptime0-1000))
			binary.BigEndian.PutUint16(b[22:], 1<<14|100)
			return b
		}()}, []Record{with(usual9Want, func(r *Record) { r.Version, r.Input, r.Output, r.Sampling = 5, 1, 2, 100 })}, Report{Version: 5, Flows: 1}},
		{"NetFlow 9, template and data in one", [][]byte{nine(1, setOf(0, usual9), setOf(256, usual9Record))}, []Record{usual9Want}, Report{Version: 9, Flows: 1, Templates: 1}},
		{"NetFlow 9, data after the template, padded", [][]byte{nine(1, setOf(0, usual9)), nine(2, setOf(256, usual9Record, usual9Record, []byte{0, 0}))},
			[]Record{usual9Want, usual9Want}, Report{Version: 9, Flows: 2}},
		{"data before the template, in one datagram", [][]byte{nine(1, setOf(256, usual9Record), setOf(0, usual9))}, []Record{usual9Want}, Report{Version: 9, Flows: 1, Templates: 1, Waiting: 1}},
		{"data before the template", [][]byte{nine(1, setOf(256, usual9Record)), nine(2, setOf(256, usual9Record, usual9Record)), nine(3, setOf(0, usual9))},
			[]Record{usual9Want, usual9Want, usual9Want}, Report{Version: 9, Flows: 3, Templates: 1}},
		{"a template that is told again", [][]byte{nine(1, setOf(0, usual9)), nine(2, setOf(0, usual9), setOf(256, usual9Record))}, []Record{usual9Want}, Report{Version: 9, Flows: 1}},
		{"a template that changes", [][]byte{nine(1, setOf(0, usual9)), nine(2, setOf(0, templateOf(256, 2, pairs(8, 4, 12, 4))), setOf(256, addresses))},
			[]Record{ends(9)}, Report{Version: 9, Flows: 1, Templates: 1}},
		{"several templates in a set, and padding", [][]byte{nine(1, setOf(0, templateOf(300, 1, pairs(1, 4)), usual9, []byte{0, 0, 0, 0}), setOf(300, be(uint32(5), uint32(6))), setOf(256, usual9Record))},
			[]Record{usual9Want}, Report{Version: 9, Flows: 1, Others: 2, Templates: 2}},
		{"IPFIX", [][]byte{ix(0, setOf(2, usualIX), setOf(256, usualIXRecord))}, []Record{usualIXWant()}, Report{Version: 10, Flows: 1, Templates: 1}},
		{"IPFIX, IPv6, and numbers without their upper bytes", [][]byte{ix(0, setOf(2, templateOf(256, 5, pairs(27, 16, 28, 16, 1, 3, 2, 1, 4, 1))), setOf(256, v6, []byte{1, 0, 2}, be(uint8(9), uint8(17))))},
			[]Record{{Received: arrival0, Src: port("[2001:db8::10]:0"), Dst: port("[2001:db8:1::80]:0"), Bytes: 0x10002, Packets: 9, Proto: 17, Domain: 7, Version: 10}}, Report{Version: 10, Flows: 1, Templates: 1}},
		{"IPv4 in its IPv6-mapped form", [][]byte{ix(0, setOf(2, templateOf(256, 2, pairs(27, 16, 28, 16))), setOf(256, be("::ffff:192.168.1.10", "::ffff:198.51.100.80")))},
			[]Record{ends(10)}, Report{Version: 10, Flows: 1, Templates: 1}},
		{"both versions of IP in one template", [][]byte{nine(1, setOf(0, templateOf(256, 4, pairs(8, 4, 12, 4, 27, 16, 28, 16))), setOf(256, addresses, be("::", "::"), be("0.0.0.0", "0.0.0.0"), v6))},
			[]Record{ends(9), {Received: arrival0, Src: port("[2001:db8::10]:0"), Dst: port("[2001:db8:1::80]:0"), Domain: 7, Version: 9}}, Report{Version: 9, Flows: 2, Templates: 1}},
		{"fields of variable length", [][]byte{ix(0, setOf(2, templateOf(256, 4, pairs(8, 4, 371, variable, 12, 4, 94, variable))),
			setOf(256, be("192.168.1.10"), []byte{3, 'a', 'b', 'c'}, be("198.51.100.80"), []byte{255, 1, 0}, make([]byte, 256), be("192.168.1.10"), []byte{0}, be("198.51.100.80"), []byte{0}, []byte{0, 0, 0}))},
			[]Record{ends(10), ends(10)}, Report{Version: 10, Flows: 2, Templates: 1}},
		{"padding nearly as long as the shortest record", [][]byte{ix(0, setOf(2, templateOf(256, 3, pairs(94, variable, 8, 4, 12, 4))), setOf(256, []byte{1, 'x'}, addresses, make([]byte, 8)))},
			[]Record{ends(10)}, Report{Version: 10, Flows: 1, Templates: 1}},
		{"fields of enterprises", [][]byte{ix(0, setOf(2, templateOf(256, 4, enterprise(9, 1, 4), pairs(8, 4), enterprise(35632, 12, variable), pairs(12, 4))), setOf(256, be(uint32(99), "192.168.1.10"), []byte{2, 'a', 'b'}, be("198.51.100.80")))},
			[]Record{ends(10)}, Report{Version: 10, Flows: 1, Templates: 1}},
		{"both ways in one record", [][]byte{ix(0, setOf(2, templateOf(256, 12, pairs(8, 4, 12, 4, 1, 4, 2, 4, 6, 1, 239, 1), enterprise(reversed, 1, 4), enterprise(reversed, 2, 4), enterprise(reversed, 6, 2), enterprise(reversed, 152, 8), enterprise(reversed, 153, 8), pairs(136, 1))),
			setOf(256, addresses, be(uint32(1000), uint32(10), uint8(2), uint8(1), uint32(90000), uint32(70), uint16(0x112), milli(ago(4*time.Second)), milli(ago(2*time.Second)), uint8(3))))},
			[]Record{with(ends(10), func(r *Record) {
				r.Bytes, r.Packets, r.Flags, r.Biflow, r.Initiator, r.End = 1000, 10, 2, true, SrcBegan, Ended
				r.Reverse = Reverse{Bytes: 90000, Packets: 70, Flags: 0x12, First: ago(4 * time.Second), Last: ago(2 * time.Second)}
			})}, Report{Version: 10, Flows: 1, Templates: 1}},
		{"initiator and responder", [][]byte{nine(0, setOf(0, templateOf(256, 6, pairs(8, 4, 12, 4, 231, 4, 232, 4, 298, 4, 299, 4))), setOf(256, addresses, be(uint32(1), uint32(2), uint32(3), uint32(4))))},
			[]Record{with(ends(9), func(r *Record) { r.Bytes, r.Packets, r.Biflow, r.Reverse = 1, 3, true, Reverse{Bytes: 2, Packets: 4} })}, Report{Version: 9, Flows: 1, Templates: 1}},
		{"translated", [][]byte{nine(0, setOf(0, templateOf(256, 10, pairs(8, 4, 12, 4, 7, 2, 11, 2, 225, 4, 226, 4, 227, 2, 228, 2, 61, 1, 89, 1))),
			setOf(256, addresses, be(uint16(1), uint16(2), "203.0.113.5", "198.51.100.80", uint16(3), uint16(2), uint8(1), uint8(0x42))))},
			[]Record{with(ends(9), func(r *Record) {
				r.Src, r.Dst, r.PostSrc, r.PostDst = port("192.168.1.10:1"), port("198.51.100.80:2"), port("203.0.113.5:3"), port("198.51.100.80:2")
				r.Egress, r.Forwarding = true, 0x42
			})}, Report{Version: 9, Flows: 1, Templates: 1}},
		{"translated, IPv6, and a firewall", [][]byte{ix(0, setOf(2, templateOf(256, 7, pairs(27, 16, 28, 16, 281, 16, 282, 16, 233, 1, 10, 4, 14, 2))), setOf(256, v6, v6, be(uint8(3), uint32(70000), uint16(8))))},
			[]Record{{Received: arrival0, Src: port("[2001:db8::10]:0"), Dst: port("[2001:db8:1::80]:0"), PostSrc: port("[2001:db8::10]:0"), PostDst: port("[2001:db8:1::80]:0"), Firewall: Denied, Input: 70000, Output: 8, Domain: 7, Version: 10}},
			Report{Version: 10, Flows: 1, Templates: 1}},
		{"totals, and bytes as they left", [][]byte{ix(0, setOf(2, templateOf(256, 6, pairs(8, 4, 12, 4, 85, 4, 86, 4, 23, 4, 24, 4))), setOf(256, addresses, be(uint32(1), uint32(2), uint32(3), uint32(4))))},
			[]Record{with(ends(10), func(r *Record) { r.Bytes, r.Packets, r.Total = 1, 2, true })}, Report{Version: 10, Flows: 1, Templates: 1}},
		{"bytes as they left only", [][]byte{nine(0, setOf(0, templateOf(256, 4, pairs(8, 4, 12, 4, 23, 4, 24, 4))), setOf(256, addresses, be(uint32(3), uint32(4))))},
			[]Record{with(ends(9), func(r *Record) { r.Bytes, r.Packets = 3, 4 })}, Report{Version: 9, Flows: 1, Templates: 1}},
		{"deltas before totals", [][]byte{ix(0, setOf(2, templateOf(256, 4, pairs(8, 4, 12, 4, 85, 4, 1, 4))), setOf(256, addresses, be(uint32(1), uint32(2))))},
			[]Record{with(ends(10), func(r *Record) { r.Bytes = 2 })}, Report{Version: 10, Flows: 1, Templates: 1}},
		{"ICMP of both versions of IP", [][]byte{ix(0, setOf(2, templateOf(256, 5, pairs(8, 4, 12, 4, 4, 1, 139, 2, 32, 2))), setOf(256, addresses, be(uint8(1), uint16(0), uint16(0x0301))),
			setOf(2, templateOf(257, 5, pairs(8, 4, 12, 4, 4, 1, 178, 1, 179, 1))), setOf(257, addresses, be(uint8(58), uint8(128), uint8(1))))},
			[]Record{with(ends(10), func(r *Record) { r.Proto, r.ICMP = 1, 0x0301 }), with(ends(10), func(r *Record) { r.Proto, r.ICMP = 58, 0x8001 })}, Report{Version: 10, Flows: 2, Templates: 2}},
		{"withdrawn, and all of it", [][]byte{ix(0, setOf(2, usualIX, templateOf(257, 1, pairs(8, 4)), templateOf(258, 1, pairs(8, 4)))), ix(0, setOf(2, be(uint16(257), uint16(0))), setOf(2, be(uint16(2), uint16(0))))},
			nil, Report{Version: 10, Withdrawn: 3}},
		{"withdrawn, then data", [][]byte{ix(0, setOf(2, usualIX)), ix(0, setOf(2, be(uint16(256), uint16(0)))), ix(0, setOf(256, usualIXRecord))}, nil, Report{Version: 10, Waiting: 1}},
		{"sampling in options of NetFlow 9", [][]byte{nine(0, setOf(1, be(uint16(257), uint16(4), uint16(8)), pairs(1, 0, 34, 4, 35, 1), []byte{0, 0}), setOf(257, be(uint32(64), uint8(1)), []byte{0, 0, 0})), nine(1, setOf(0, usual9), setOf(256, usual9Record))},
			[]Record{with(usual9Want, func(r *Record) { r.Sampling = 64 })}, Report{Version: 9, Flows: 1, Templates: 1}},
		{"sampling by sampler", [][]byte{
			ix(0, setOf(3, be(uint16(257), uint16(3), uint16(1)), pairs(302, 8, 305, 4, 306, 4)), setOf(257, be(uint64(5), uint32(1), uint32(9)), be(uint64(6), uint32(2), uint32(98)))),
			ix(2, setOf(2, templateOf(256, 3, pairs(8, 4, 12, 4, 302, 2))), setOf(256, addresses, be(uint16(5)), addresses, be(uint16(6))))},
			[]Record{with(ends(10), func(r *Record) { r.Sampling = 10 }), with(ends(10), func(r *Record) { r.Sampling = 50 })}, Report{Version: 10, Flows: 2, Templates: 1}},
		{"sampling in flows", [][]byte{ix(0, setOf(2, templateOf(256, 4, pairs(8, 4, 12, 4, 309, 4, 310, 4)), templateOf(257, 3, pairs(8, 4, 12, 4, 311, 8)), templateOf(258, 3, pairs(8, 4, 12, 4, 34, 4))),
			setOf(256, addresses, be(uint32(2), uint32(7))), setOf(257, addresses, be(math.Float64bits(0.001))), setOf(258, addresses, be(uint32(12))))},
			[]Record{with(ends(10), func(r *Record) { r.Sampling = 4 }), with(ends(10), func(r *Record) { r.Sampling = 1000 }), with(ends(10), func(r *Record) { r.Sampling = 12 })}, Report{Version: 10, Flows: 3, Templates: 3}},
		{"uptimes of IPFIX: when it was started is told later, in options", [][]byte{
			ix(0, setOf(2, templateOf(256, 4, pairs(8, 4, 12, 4, 22, 4, 21, 4))), setOf(256, addresses, be(uint32(1000), uint32(2000))),
				setOf(3, be(uint16(257), uint16(2), uint16(1)), pairs(149, 4, 160, 8)), setOf(257, be(uint32(7), milli(ago(time.Minute))))),
			ix(2, setOf(256, addresses, be(uint32(1000), uint32(2000))))},
			[]Record{ends(10), with(ends(10), func(r *Record) { r.First, r.Last = ago(59*time.Second), ago(58*time.Second) })}, Report{Version: 10, Flows: 1}},
		{"uptimes of IPFIX: when it was started stands behind them", [][]byte{ix(0, setOf(2, templateOf(256, 5, pairs(8, 4, 12, 4, 22, 4, 21, 4, 160, 8))), setOf(256, addresses, be(uint32(1000), uint32(2000), milli(ago(time.Minute)))))},
			[]Record{with(ends(10), func(r *Record) { r.First, r.Last = ago(59*time.Second), ago(58*time.Second) })}, Report{Version: 10, Flows: 1, Templates: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			records, report := decodeAll(New(), test.datagrams...)
			if report != test.report {
				t.Errorf("report %+v\nwant   %+v", report, test.report)
			}
			compare(t, records, test.want)
			for _, b := range test.datagrams {
				if !Is(b) {
					t.Errorf("% x: not taken for flows", b)
				}
			}
		})
	}
}

func compare(t *testing.T, got, want []Record) {
	t.Helper()
	if !slices.Equal(got, want) {
		text := ""
		for i := range max(len(got), len(want)) {
			if i < len(got) {
				text += fmt.Sprintf("\n got %+v", got[i])
			}
			if i < len(want) {
				text += fmt.Sprintf("\nwant %+v", want[i])
			}
		}
		t.Error(text)
	}
}

func TestTimes(t *testing.T) {
	first, last := ago(10*time.Second), ago(4*time.Second)
	year := 365 * 24 * time.Hour
	for _, test := range []struct {
		name      string
		elements  [2]uint16
		length    uint16
		values    [2]any
		clock     time.Duration // by which the exporter's is ahead
		wantFirst time.Time
		wantLast  time.Time
		bad       int
	}{
		{"milliseconds", [2]uint16{152, 153}, 8, [2]any{milli(first), milli(last)}, 0, first, last, 0},
		{"seconds", [2]uint16{150, 151}, 4, [2]any{secondsOf(first), secondsOf(last)}, 0, first, last, 0},
		{"microseconds", [2]uint16{154, 155}, 8, [2]any{ntpOf(first), ntpOf(last)}, 0, first, last, 0},
		{"nanoseconds", [2]uint16{156, 157}, 8, [2]any{ntpOf(first), ntpOf(last)}, 0, first, last, 0},
		{"microseconds ago", [2]uint16{158, 159}, 4, [2]any{uint32(10_000_000), uint32(4_000_000)}, 0, first, last, 0},
		{"a clock two seconds ahead is near enough", [2]uint16{152, 153}, 8, [2]any{milli(first), milli(last)}, 2 * time.Second, first, last, 0},
		{"a clock of 1970", [2]uint16{152, 153}, 8, [2]any{uint64(90_000), uint64(96_000)}, -time.Duration(arrival0.Unix()-100) * time.Second, first, last, 0},
		{"a clock a year ahead", [2]uint16{152, 153}, 8, [2]any{milli(first.Add(year)), milli(last.Add(year))}, year, first, last, 0},
		{"a little after the datagram", [2]uint16{152, 153}, 8, [2]any{milli(first), milli(ago(-20 * time.Second))}, 0, first, arrival0, 0},
		{"long after the datagram", [2]uint16{152, 153}, 8, [2]any{milli(first), milli(ago(-2 * time.Minute))}, 0, time.Time{}, time.Time{}, 1},
		{"long before", [2]uint16{152, 153}, 8, [2]any{milli(ago(Oldest + time.Minute)), milli(last)}, 0, time.Time{}, time.Time{}, 1},
		{"the end before the beginning", [2]uint16{152, 153}, 8, [2]any{milli(last), milli(first)}, 0, time.Time{}, time.Time{}, 1},
		{"numbers that are no times", [2]uint16{152, 153}, 8, [2]any{uint64(math.MaxUint64), uint64(math.MaxInt64)}, 0, time.Time{}, time.Time{}, 1},
		{"numbers that are no NTP times", [2]uint16{154, 155}, 8, [2]any{uint64(math.MaxUint64), uint64(0)}, 0, time.Time{}, time.Time{}, 1},
		{"a time that has no bytes", [2]uint16{154, 155}, 4, [2]any{uint32(1), uint32(2)}, 0, time.Time{}, time.Time{}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := ix(0, setOf(2, templateOf(256, 4, pairs(8, 4, 12, 4, test.elements[0], test.length, test.elements[1], test.length))), setOf(256, be("192.168.1.10", "198.51.100.80", test.values[0], test.values[1])))
			binary.BigEndian.PutUint32(b[4:], uint32(arrival0.Add(test.clock).Unix()))
			records, report := decodeAll(New(), b)
			if len(records) != 1 || report.Wrong[BadTime] != test.bad {
				t.Fatalf("%d records, report %+v", len(records), report)
			}
			near := func(got, want time.Time) bool {
				return got.IsZero() == want.IsZero() && got.Sub(want).Abs() < time.Microsecond
			}
			if r := records[0]; !near(r.First, test.wantFirst) || !near(r.Last, test.wantLast) {
				t.Errorf("got %v to %v, want %v to %v", r.First, r.Last, test.wantFirst, test.wantLast)
			}
		})
	}
}

func TestIs(t *testing.T) {
	for _, text := range []string{"", "\x00\x05", "<134>Nov 30 12:00:00 router kernel: IN=eth0", "0\x82\x00\x10\x02\x01\x00\x04\x06public", "\x00\x05\x00\x01abcdefghijklmnop", "\x00\x09aaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		if Is([]byte(text)) {
			t.Errorf("%q: taken for flows", text)
		}
	}
}

// Two that share an address, and two domains of one, have templates of their own.
func TestTemplatesOfASource(t *testing.T) {
	d := New()
	other := templateOf(256, 2, pairs(8, 4, 12, 4))
	flows := func(from netip.AddrPort, b []byte) (records []Record) {
		d.Decode(from, b, arrival0, func(r *Record) { records = append(records, *r) })
		return records
	}
	flows(exporter, nine(0, setOf(0, usual9)))
	flows(netip.MustParseAddrPort("192.168.1.2:40000"), nine(0, setOf(0, other)))
	b := nine(0, setOf(0, other))
	b[19]++
	flows(exporter, b)
	flows(exporter, ix(0, setOf(2, other))) // a different protocol
	compare(t, flows(exporter, nine(1, setOf(256, usual9Record))), []Record{usual9Want})
	// IPv4-mapped, and another port: the same exporter.
	compare(t, flows(netip.MustParseAddrPort("[::ffff:192.168.1.1]:40001"), nine(2, setOf(256, usual9Record))), []Record{usual9Want})
}
