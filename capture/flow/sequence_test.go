package flow

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// played is a datagram of an exporter that numbers what it sends.
type played struct {
	sequence uint32
	records  int           // of data
	after    time.Duration // since arrival0, by our clock and the exporter's
	up       time.Duration // of the exporter, at arrival0; 0: uptime0
	delayed  time.Duration // until it arrives
	port     uint16        // 0: that of exporter
	add      byte          // what makes it differ from one that is otherwise the same
}

// bytes is the datagram, in a version. The template is known.
func (p played) bytes(version int) (b []byte) {
	data := []byte{}
	for range p.records {
		data = append(data, usual9Record...)
	}
	uptime := uint32(uptime0)
	if p.up != 0 {
		uptime = uint32(p.up.Milliseconds())
	}
	uptime += uint32(p.after.Milliseconds())
	seconds := secondsOf(arrival0.Add(p.after))
	switch version {
	case 5:
		records := make([][]byte, p.records)
		for i := range records {
			records[i] = recordOf5("192.168.1.10", "198.51.100.80", 50000, 443, 6, p.add, 3, 1500, uptime, uptime)
		}
		b = five(p.sequence, records...)
		binary.BigEndian.PutUint32(b[4:], uptime)
		binary.BigEndian.PutUint32(b[8:], seconds)
	case 9:
		b = nine(p.sequence, setOf(256, data, make([]byte, p.add)))
		binary.BigEndian.PutUint32(b[4:], uptime)
		binary.BigEndian.PutUint32(b[8:], seconds)
	case 10:
		b = ix(p.sequence, setOf(256, data, make([]byte, p.add)))
		binary.BigEndian.PutUint32(b[4:], seconds)
	}
	return b
}

// sum adds what Reports tell of sequences.
type sum struct {
	flows, missingFlows, missingPackets          uint64
	duplicates, late, restarts, waiting, givenUp int
}

func (s *sum) add(r Report) {
	s.flows += uint64(r.Flows)
	s.missingFlows += r.MissingFlows
	s.missingPackets += r.MissingPackets
	s.waiting += r.Waiting
	s.givenUp += r.GivenUp
	for n, set := range map[*int]bool{&s.duplicates: r.Duplicate, &s.late: r.Late, &s.restarts: r.Restarted} {
		if set {
			*n++
		}
	}
}

// knowing is a Decoder that knows the usual template, in both forms.
func knowing() *Decoder {
	d := New()
	d.Decode(netip.AddrPortFrom(exporter.Addr(), 1), nine(0, setOf(0, usual9)), arrival0, nil)
	d.Decode(netip.AddrPortFrom(exporter.Addr(), 1), ix(0, setOf(2, usual9)), arrival0, nil)
	return d
}

func play(version int, datagrams ...played) (s sum) {
	d := knowing()
	for _, p := range datagrams {
		from := exporter
		if p.port != 0 {
			from = netip.AddrPortFrom(exporter.Addr(), p.port)
		}
		s.add(d.Decode(from, p.bytes(version), arrival0.Add(p.after+p.delayed), func(*Record) {}))
	}
	return s
}

func TestSequences(t *testing.T) {
	const top = 1<<32 - 1
	s := time.Second
	for _, test := range []struct {
		name      string
		versions  []int
		datagrams []played
		want      sum
	}{
		{"nothing is missing", []int{5, 10}, []played{{sequence: 10, records: 2}, {sequence: 12, records: 3, after: s}, {sequence: 15, records: 1, after: 9 * s}}, sum{flows: 6}},
		{"nothing is missing", []int{9}, []played{{sequence: 10, records: 2}, {sequence: 11, records: 3, after: s}, {sequence: 12, records: 1, after: 9 * s}}, sum{flows: 6}},
		{"flows are missing", []int{5, 10}, []played{{sequence: 10, records: 2}, {sequence: 17, records: 1, after: s}, {sequence: 18, records: 1, after: 9 * s}}, sum{flows: 4, missingFlows: 5}},
		{"datagrams are missing", []int{9}, []played{{sequence: 10, records: 2}, {sequence: 17, records: 1, after: s}, {sequence: 18, records: 1, after: 9 * s}}, sum{flows: 4, missingPackets: 6}},
		{"the numbers begin again at 0", []int{5, 10}, []played{{sequence: top - 1, records: 2}, {sequence: 0, records: 1, after: s}, {sequence: 3, records: 1, after: 2 * s}, {sequence: 4, records: 1, after: 9 * s}}, sum{flows: 5, missingFlows: 2}},
		{"the numbers begin again at 0", []int{9}, []played{{sequence: top, records: 2}, {sequence: 0, records: 1, after: s}, {sequence: 3, records: 1, after: 2 * s}, {sequence: 4, records: 1, after: 9 * s}}, sum{flows: 5, missingPackets: 2}},
		{"overtaken", []int{5, 10}, []played{{sequence: 10, records: 2}, {sequence: 14, records: 1}, {sequence: 12, records: 2, after: -s}, {sequence: 15, records: 1, after: 9 * s}}, sum{flows: 6, late: 1}},
		{"overtaken", []int{9}, []played{{sequence: 10, records: 2}, {sequence: 12, records: 1}, {sequence: 11, records: 2, after: -s}, {sequence: 13, records: 1, after: 9 * s}}, sum{flows: 6, late: 1}},
		{"overtaken, by more than one and for a second and a half", []int{9}, []played{{sequence: 10, records: 3}, {sequence: 12, records: 1, after: s}, {sequence: 13, records: 1, after: 2 * s}, {sequence: 11, records: 2, after: s / 2, delayed: 2 * s}, {sequence: 14, records: 1, after: 9 * s}}, sum{flows: 8, late: 1}},
		{"one of three came late", []int{9}, []played{{sequence: 10, records: 1}, {sequence: 14, records: 1}, {sequence: 12, records: 1, after: -s}, {sequence: 15, records: 1, after: 9 * s}}, sum{flows: 4, late: 1, missingPackets: 2}},
		{"came after it was told to be missing", []int{9}, []played{{sequence: 10, records: 1}, {sequence: 12, records: 1, after: 3 * s}, {sequence: 13, records: 1, after: 9 * s}, {sequence: 11, records: 1, after: s}, {sequence: 14, records: 1, after: 10 * s}}, sum{flows: 5, late: 1, missingPackets: 1}},
		{"twice", []int{5, 9, 10}, []played{{sequence: 10, records: 2}, {sequence: 10, records: 2}}, sum{flows: 2, duplicates: 1}},
		{"the exporter was started anew", []int{5, 9, 10}, []played{{sequence: 1000, records: 2}, {sequence: 0, records: 2, after: 100 * s, up: -99 * s}, {sequence: 2, records: 1, after: 101 * s, up: -99 * s}}, sum{flows: 5, restarts: 1}},
		{"the exporter was started anew, on another port", []int{5, 9, 10}, []played{{sequence: 1000, records: 2}, {sequence: 0, records: 2, after: s, port: 9}}, sum{flows: 4}},
		{"two exporters of one address", []int{5, 10}, []played{{sequence: 1000, records: 2}, {sequence: 5, records: 2, port: 9}, {sequence: 1002, records: 1, after: s}, {sequence: 7, records: 1, after: s, port: 9}, {sequence: 1005, records: 1, after: 2 * s}, {sequence: 1006, records: 1, after: 9 * s}}, sum{flows: 8, missingFlows: 2}},
		{"far ahead is another beginning", []int{5, 9, 10}, []played{{sequence: 10, records: 2}, {sequence: 1 << 30, records: 2, after: s}, {sequence: 1<<30 + 2, records: 1, after: 9 * s, add: 1}}, sum{flows: 5, restarts: 1}},
		{"counts records in place of datagrams", []int{9}, []played{{sequence: 10, records: 3}, {sequence: 13, records: 2}, {sequence: 15, records: 2}, {sequence: 17, records: 2}, {sequence: 23, records: 2, after: s}, {sequence: 25, records: 2, after: 9 * s}}, sum{flows: 13, missingFlows: 4}},
		{"counts datagrams in place of records", []int{10}, []played{{sequence: 10, records: 3}, {sequence: 11, records: 2}, {sequence: 12, records: 2}, {sequence: 13, records: 2}, {sequence: 16, records: 2, after: s}, {sequence: 17, records: 2, after: 9 * s}}, sum{flows: 13, missingPackets: 2}},
		{"counts the records of the datagram too", []int{5, 10}, []played{{sequence: 13, records: 3}, {sequence: 15, records: 2}, {sequence: 16, records: 1}, {sequence: 19, records: 3}, {sequence: 25, records: 3, after: s}, {sequence: 27, records: 2, after: 9 * s}}, sum{flows: 14, missingFlows: 3}},
		{"counts otherwise all at once", []int{9}, []played{{sequence: 10, records: 3}, {sequence: 11, records: 2}, {sequence: 12, records: 2}, {sequence: 14, records: 3}, {sequence: 17, records: 2}, {sequence: 19, records: 4}, {sequence: 23, records: 2}, {sequence: 25, records: 2, after: 9 * s}}, sum{flows: 20}},
		{"a loss that looks as if records were counted", []int{9}, []played{{sequence: 10, records: 3}, {sequence: 13, records: 2, after: s}, {sequence: 14, records: 2, after: 9 * s}}, sum{flows: 7, missingPackets: 2}},
	} {
		for _, version := range test.versions {
			t.Run(test.name, func(t *testing.T) {
				if got := play(version, test.datagrams...); got != test.want {
					t.Errorf("version %d: got %+v, want %+v", version, got, test.want)
				}
			})
		}
	}
}

// How many records a set has whose template is not known is not known either, and so not
// whether something is missing behind it.
func TestSequenceBehindWaiting(t *testing.T) {
	d := New()
	s := sum{}
	for i, b := range [][]byte{ix(1<<32-2, setOf(3, be(uint16(300), uint16(1), uint16(1)), pairs(149, 4)), setOf(300, be(uint32(1)))), ix(1<<32-1, setOf(300, be(uint32(1)))), ix(0, setOf(300)), ix(0, setOf(256, usual9Record, usual9Record)), ix(2, setOf(256, usual9Record)), ix(3, setOf(2, usual9)), ix(3, setOf(256, usual9Record)), ix(9, setOf(256, usual9Record)), ix(10, setOf(256, usual9Record))} {
		s.add(d.Decode(exporter, b, arrival0.Add(time.Duration(i)*3*time.Second), func(*Record) {}))
	}
	if want := (sum{flows: 6, missingFlows: 5, waiting: 2}); s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
}

// Of datagrams that are lost, doubled or swapped with a neighbour, each flow is told or
// missing once.
func TestSequencesLossy(t *testing.T) {
	for _, version := range []int{5, 9, 10} {
		// The datagrams have about as many records each: what is lost does not look like another
		// way of counting.
		rapid.Check(t, func(t *rapid.T) {
			d := knowing()
			var sent []played
			sequence := rapid.Uint32().Draw(t, "sequence")
			n := rapid.IntRange(2, 60).Draw(t, "datagrams")
			for i := range n + 4 {
				p := played{sequence: sequence, records: rapid.IntRange(7, 9).Draw(t, "records"), after: time.Duration(i) * 500 * time.Millisecond, add: byte(i % 4)}
				sent = append(sent, p)
				if version == 9 {
					sequence++
				} else {
					sequence += uint32(p.records)
				}
			}
			var all, missing uint64 // flows; what was lost
			got := sum{}
			deliver := func(p played, now time.Duration) {
				got.add(d.Decode(exporter, p.bytes(version), arrival0.Add(now), func(*Record) {}))
			}
			lost := 0
			for i := 0; i < len(sent); i++ {
				p := sent[i]
				all += uint64(p.records)
				fate := "arrives"
				if i > 0 && i < n {
					fate = rapid.SampledFrom([]string{"arrives", "arrives", "arrives", "lost", "doubled", "swapped"}).Draw(t, "fate")
				}
				switch {
				case fate == "lost":
					missing += uint64(p.records)
					lost++
				case fate == "doubled":
					deliver(p, p.after)
					deliver(p, p.after)
				case fate == "swapped" && i+1 < n:
					deliver(sent[i+1], p.after)
					deliver(p, p.after)
					all += uint64(sent[i+1].records)
					i++
				default:
					deliver(p, p.after)
				}
			}
			deliver(played{sequence: sequence, records: 1, after: time.Hour}, time.Hour)
			if got.flows != all-missing+1 {
				t.Fatalf("version %d: %d flows, sent %d, lost %d", version, got.flows, all+1, missing)
			}
			if version == 9 {
				if got.missingPackets != uint64(lost) || got.missingFlows != 0 {
					t.Fatalf("%d and %d are missing, lost were %d", got.missingPackets, got.missingFlows, lost)
				}
			} else if got.missingFlows != missing {
				t.Fatalf("version %d: %d are missing, lost were %d", version, got.missingFlows, missing)
			}
		})
	}
}
