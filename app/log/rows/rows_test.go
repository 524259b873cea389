package rows

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
	"linklog/filter"
)

// addr gives one of few addresses, so that events share hosts.
func addr(n int) netip.Addr {
	switch n % 8 {
	case 0:
		return netip.Addr{}
	case 1:
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 15: byte(n)})
	}
	return netip.AddrFrom4([4]byte{17, 5, byte(n % 3), byte(n)})
}

var names = []string{"", "", "", "time.apple.com", "nas", "cdn.example", "a"}

// random makes events of all kinds from a seed: cheap enough for a whole chunk.
func random(seed uint64, n int, seq uint64, step uint64) []capture.Event {
	list := make([]capture.Event, n)
	x := seed*2 + 1
	roll := func(n int) int {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		return int(x>>33) % n
	}
	at := time.Date(2024, 11, 23, 20, 14, 3, 123456789, time.UTC)
	for i := range list {
		ev := &list[i]
		ev.Seq = seq + uint64(i)*step
		ev.Time = at.Add(time.Duration(i) * time.Second)
		ev.Router, ev.RouterName = addr(roll(3)+2), []string{"", "openwrt", "gw"}[roll(3)]
		ev.Kind = capture.Traffic
		if roll(10) == 0 {
			ev.Kind = capture.Kind(roll(6) + 1)
		}
		ev.Reason = capture.Reason(roll(3))
		switch ev.Kind {
		case capture.Traffic:
			ev.Dir = capture.Direction(roll(2) + 1)
			ev.Proto = []capture.Protocol{0, capture.TCP, capture.UDP, capture.ICMP}[roll(4)]
			ev.New = roll(50) == 0
			ev.Src = capture.Endpoint{Addr: addr(roll(40)), Name: names[roll(len(names))], Port: uint16(roll(2000))}
			ev.Dst = capture.Endpoint{Addr: addr(roll(40)), Name: names[roll(len(names))], Port: []uint16{443, 53, 22, 8080}[roll(4)]}
			if roll(100) == 0 {
				ev.Text = "more"
			}
			if roll(5) == 0 {
				ev.Src.Sent, ev.Dst.Sent = capture.Volume{Bytes: uint64(roll(200)), Packets: 1}, capture.Volume{Bytes: uint64(roll(200))}
			}
		case capture.Gap:
			ev.Since, ev.Lost, ev.Text = ev.Time.Add(-time.Hour), uint64(roll(100)), "not running"
		case capture.Rejected:
			ev.Raw = fmt.Sprint("raw", roll(5))
		default:
			ev.Text = fmt.Sprint("WAN IP = 203.0.113.", roll(5))
			ev.Dst.Addr = addr(roll(40))
		}
	}
	return list
}

func compile(t interface{ Fatal(...any) }, query string) *filter.Matcher {
	f, err := filter.Parse(query)
	if err != nil {
		t.Fatal(query, err)
	}
	m, err := f.Compile(nil, time.Now())
	if err != nil {
		t.Fatal(query, err)
	}
	return m
}

// drawQuery writes a random filter.
func drawQuery(t *rapid.T) string {
	terms := []string{
		"dir:in", "dir:out", "!dir:in", "proto:tcp", "!proto:udp", "ip:17.5.0.0/24", "src:17.*", "!dst:2001:db8:0:*", "dst:17.5.1.1-17.5.1.20",
		"host:*.com", "!host:nas", "host.src:*", "!host.dst:*apple*", "port:443", "port:0-500", "!port.src:1000-2000", "port.dst:53,22",
		"text:more", "!text:wan", "is:new", "router:17.5.2.2", "!router:17.5.0.*", "apple", "17.5", "!nas", `"n"`, "203", "!more,443",
		"bytes:>100", "!bytes:1-50", "packets:*", "since:2024-11-23T20:20:00Z", "until:2024-11-24T01:00:00Z", "date:2024-11-23",
	}
	query := ""
	for _, term := range rapid.SliceOfNDistinct(rapid.SampledFrom(terms), 0, 7, func(s string) string { return s }).Draw(t, "terms") {
		if _, err := filter.Parse(query + " " + term); err == nil {
			query += " " + term
		}
	}
	return query
}

// model is the plain form of a Store.
type model struct {
	events []capture.Event
	named  map[netip.Addr]string
}

func (m *model) add(events []capture.Event) {
	list := slices.Clone(events)
	for i := range list {
		for _, e := range []*capture.Endpoint{&list[i].Src, &list[i].Dst} {
			if e.Name == "" {
				e.Name = m.named[e.Addr]
			}
		}
	}
	m.events = append(m.events, list...)
}

// rename does what SetName says. An event that comes later with the name of an
// earlier one is the same host to the Store, so the model forgets nothing either:
// it asks the Store for such rows.
func (m *model) rename(a netip.Addr, name string) {
	m.named[a] = name
	for i := range m.events {
		for _, e := range []*capture.Endpoint{&m.events[i].Src, &m.events[i].Dst} {
			if e.Addr == a && a.IsValid() {
				e.Name = name
			}
		}
	}
}

func TestViewAgreesWithMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New(chunkSize + 1000)
		seq := uint64(1 << 40)
		var views []*View
		var matchers []*filter.Matcher
		var snapshots []*Snapshot
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			size := rapid.SampledFrom([]int{1, 3, 100, 1500, 40_000}).Draw(t, "size")
			seed := rapid.Uint64().Draw(t, "seed")
			step := rapid.Uint64Range(1, 2).Draw(t, "step")
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2, 3, 4:
				s.Append(random(seed, size, seq, step))
				seq += uint64(size) * step
			case 5:
				s.SetName(Owner{Addr: addr(int(seed % 40))}, false, names[size%len(names)])
			case 6:
				if size == 1 {
					s.Clear()
				}
			case 7, 8:
				m := compile(t, drawQuery(t))
				v, err := s.Select(context.Background(), m)
				if err != nil {
					t.Fatal(err)
				}
				views, matchers = append(views, v), append(matchers, m)
			case 9:
				snapshots = append(snapshots, s.Snapshot())
			}
			if len(views) > 0 && rapid.Bool().Draw(t, "update") {
				views[len(views)-1].Update()
			}
		}
		for _, sn := range snapshots { // taken long ago
			m := compile(t, drawQuery(t))
			v, err := sn.Select(context.Background(), m)
			if err != nil {
				t.Fatal(err)
			}
			views, matchers = append(views, v), append(matchers, m)
		}
		for i, v := range views {
			v.Update()
			check(t, s, v, matchers[i])
		}
	})
}

func check(t *rapid.T, s *Store, v *View, m *filter.Matcher) {
	var ev, again capture.Event
	i := 0
	for pos := s.First(); pos < s.Next(); pos++ {
		if !s.Event(pos, &ev) {
			t.Fatalf("no event at %d", pos)
		}
		if found := v.Find(pos); found != i {
			t.Fatalf("Find(%d) = %d, want %d", pos, found, i)
		}
		if !m.Match(&ev) {
			continue
		}
		if i >= v.Len() || v.ID(i) != pos {
			t.Fatalf("event %d of %d at %d passes and is not in the view: %+v", i, v.Len(), pos, ev)
		}
		if i%97 == 0 {
			if v.Event(i, &again); again != ev {
				t.Fatalf("event %d: %+v, want %+v", i, again, ev)
			}
		}
		i++
	}
	if i != v.Len() || v.Find(s.Next()) != i {
		t.Fatalf("Len %d, want %d; Find of the end %d", v.Len(), i, v.Find(s.Next()))
	}
}

// What is dropped is told as the View had it, with the Seqs to get it again.
func TestDropped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New(2 * chunkSize)
		m := compile(t, drawQuery(t))
		v, err := s.Select(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		type row struct {
			id  int64
			seq uint64
		}
		var want, got []row // of all that was dropped from a position on
		from := rapid.Int64Range(0, chunkSize).Draw(t, "from")
		s.OnDrop = func(kept int64) {
			v.Update()
			var ev capture.Event
			for i := v.Find(from); i < v.Find(kept); i++ {
				v.Event(i, &ev)
				want = append(want, row{v.ID(i), ev.Seq})
			}
			d := v.Dropped(from, kept, 100)
			for i := range d.Len() {
				if id := d.ID(i); d.Find(id) != i || d.Find(id+1) != i+1 {
					t.Fatalf("row %d is at %d, which is that of row %d", i, id, d.Find(id))
				}
				r := row{id: d.ID(i)}
				if (i+1)%100 == 0 || i+1 == d.Len() {
					r.seq = d.End(i / 100)
				} else {
					r.seq = s.Seq(r.id)
				}
				got = append(got, r)
			}
			from = max(from, kept)
		}
		seq := uint64(1)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			size := rapid.SampledFrom([]int{1, 1500, 40_000}).Draw(t, "size")
			step := rapid.Uint64Range(1, 3).Draw(t, "step")
			s.Append(random(rapid.Uint64().Draw(t, "seed"), size, seq, step))
			seq += uint64(size) * step
			if rapid.Bool().Draw(t, "update") {
				v.Update()
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d rows, want %d", len(got), len(want))
		}
	})
}

func TestEventsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, m := New(0), model{named: map[netip.Addr]string{}}
		seq := uint64(1 << 40)
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			size := rapid.SampledFrom([]int{1, 3, 100, 30_000}).Draw(t, "size")
			seed := rapid.Uint64().Draw(t, "seed")
			step := rapid.Uint64Range(1, 3).Draw(t, "step")
			list := random(seed, size, seq, step)
			seq += uint64(size) * step
			s.Append(list)
			m.add(list)
		}
		if s.Len() != len(m.events) || s.FirstSeq() != m.events[0].Seq || s.LastSeq() != m.events[len(m.events)-1].Seq {
			t.Fatalf("%d events, %d to %d", s.Len(), s.FirstSeq(), s.LastSeq())
		}
		a, name := addr(rapid.IntRange(0, 40).Draw(t, "addr")), rapid.SampledFrom(names).Draw(t, "name")
		s.SetName(Owner{Addr: a}, false, name)
		m.rename(a, name)
		var ev capture.Event
		for i, want := range m.events {
			if s.Event(s.First()+int64(i), &ev); ev != want {
				t.Fatalf("event %d:\n%+v, want\n%+v", i, ev, want)
			}
		}
	})
}
