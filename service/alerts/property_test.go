package alerts

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
	"linklog/service/book/booktest"

	"pgregory.net/rapid"
)

// machine is a service that crashes, and what should come of it.
type machine struct {
	b       *bench
	events  []capture.Event // all there ever were, by Seq-1
	first   map[book.Ref]uint64
	toldMay map[book.Ref]bool // to be told
	ins     map[book.Ref]uint64
	outs    map[book.Ref]uint64
	pairs   map[netip.Addr]map[book.Ref]bool // hosts of each device
	read    map[uint64]Alert
	after   uint64
}

// TestCrashes: in any sequence of events, names, commits and crashes, after which
// the events are shown again from some place at or before the first that was not
// written, New, counts and alerts are as without any crash.
func TestCrashes(t *testing.T) {
	dir := booktest.QuickDir(t)
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		m := &machine{
			first: map[book.Ref]uint64{}, toldMay: map[book.Ref]bool{}, ins: map[book.Ref]uint64{}, outs: map[book.Ref]uint64{},
			pairs: map[netip.Addr]map[book.Ref]bool{}, read: map[uint64]Alert{},
		}
		of := book.Options{
			Delay:  rapid.SampledFrom([]time.Duration{-1, 2 * time.Second}).Draw(t, "delay"),
			Limits: book.Limits{Memory: rapid.SampledFrom([]int{20, 1000}).Draw(t, "memory"), Hosts: 1000, Devices: 100},
		}
		o := Options{
			NameWait: rapid.SampledFrom([]time.Duration{-1, 3 * time.Second}).Draw(t, "name wait"),
			Learning: rapid.SampledFrom([]time.Duration{0, 20 * time.Second}).Draw(t, "learning"),
			Ignore:   []string{"ip:45.0.0.3,45.0.0.5", "host:ignored*"},
		}
		m.b = &bench{clock: booktest.NewClock(), of: of, o: o}
		m.b.of.Now = m.b.clock.Now
		m.open(t, filepath.Join(dir, fmt.Sprintf("%d.db", runs)))
		defer func() { m.b.Close() }()
		learned := m.b.clock.T.Add(o.Learning)
		t.Repeat(map[string]func(*rapid.T){
			"events": func(t *rapid.T) {
				for range rapid.IntRange(1, 8).Draw(t, "n") {
					m.b.clock.Advance(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
					m.event(t, learned)
				}
			},
			"commit": func(t *rapid.T) { m.do(t, m.b.Commit(uint64(len(m.events)))) },
			"tick": func(t *rapid.T) {
				m.b.clock.Advance(time.Duration(rapid.IntRange(0, 70).Draw(t, "s")) * time.Second)
				m.do(t, m.b.Tick(m.b.clock.T))
				m.readAlerts(t)
			},
			"name": func(t *rapid.T) {
				m.b.SetDNSName(public(rapid.IntRange(0, 30).Draw(t, "host")), rapid.SampledFrom([]string{"", "name.example"}).Draw(t, "name"))
			},
			"mute": func(t *rapid.T) {
				m.do(t, m.b.SetMute(m.b.clock.T.Add(time.Duration(rapid.IntRange(-10, 100).Draw(t, "s"))*time.Second)))
			},
			"read": func(t *rapid.T) {
				if _, err := m.b.Hosts(book.HostQuery{}); err != nil {
					t.Fatal(err)
				}
				m.readAlerts(t)
			},
			"close": func(t *rapid.T) {
				m.do(t, m.b.Close())
				m.again(t)
			},
			"crash": func(t *rapid.T) {
				m.do(t, m.b.tryCrash())
				m.follow(t)
			},
		})
		m.end(t)
	})
}

func (m *machine) do(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) open(t *rapid.T, path string) {
	m.do(t, m.b.tryOpen(path))
}

// event makes an event, shows it and notes what it should do.
func (m *machine) event(t *rapid.T, learned time.Time) {
	seq := uint64(len(m.events) + 1)
	dir := rapid.SampledFrom([]capture.Direction{capture.In, capture.Out}).Draw(t, "dir")
	device := capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(rapid.IntRange(1, 4).Draw(t, "device"))}), Port: 80}
	host := capture.Endpoint{Addr: public(rapid.IntRange(0, 30).Draw(t, "host")), Port: uint16(rapid.IntRange(1, 3).Draw(t, "port"))}
	switch rapid.IntRange(0, 9).Draw(t, "form") {
	case 0:
		host = capture.Endpoint{Name: rapid.SampledFrom([]string{"a.example", "B.example", "ignored.example"}).Draw(t, "name")}
	case 1:
		host.Name = "named.example"
	}
	ev := capture.Event{Seq: seq, Time: m.b.clock.T, Router: router, Kind: capture.Traffic, Dir: dir, Proto: capture.TCP, Src: host, Dst: device}
	if dir == capture.Out {
		ev.Src, ev.Dst = device, host
	}
	ref := book.ByAddr(host.Addr)
	if !host.Addr.IsValid() {
		ref = book.ByName(host.Name)
	}
	_, known := m.first[ref]
	ev.New = !known
	if !known {
		m.first[ref] = seq
		ignored := ref.Name == "ignored.example" || ref.Addr == public(3) || ref.Addr == public(5)
		m.toldMay[ref] = !ignored && !ev.Time.Before(learned)
	}
	if dir == capture.Out {
		m.outs[ref]++
	} else {
		m.ins[ref]++
	}
	if m.pairs[device.Addr] == nil {
		m.pairs[device.Addr] = map[book.Ref]bool{}
	}
	m.pairs[device.Addr][ref] = true
	m.events = append(m.events, ev)
	m.show(t, ev)
}

func (m *machine) show(t *rapid.T, ev capture.Event) {
	got := ev
	got.New = !ev.New
	if m.b.Observe(&got); got != ev {
		t.Fatalf("event %d: got New %v, want %v", ev.Seq, got.New, ev.New)
	}
}

// again is the service's start.
func (m *machine) again(t *rapid.T) {
	m.open(t, m.b.path)
	m.follow(t)
}

// follow shows the events again that the file may not have.
func (m *machine) follow(t *rapid.T) {
	from := m.b.Committed()
	if from > uint64(len(m.events)) {
		t.Fatalf("committed %d of %d", from, len(m.events))
	}
	from -= min(from, uint64(rapid.IntRange(0, 10).Draw(t, "earlier")))
	for _, ev := range m.events[from:] {
		m.show(t, ev)
	}
	m.readAlerts(t)
}

// readAlerts follows the alerts.
func (m *machine) readAlerts(t *rapid.T) {
	list, err := m.b.After(m.after, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.ID <= m.after {
			t.Fatalf("alert %d after %d", a.ID, m.after)
		}
		m.after = a.ID
		m.read[a.ID] = a
	}
}

func (m *machine) end(t *rapid.T) {
	m.do(t, m.b.SetMute(time.Time{}))
	for range 70 {
		m.b.clock.Advance(3 * time.Second)
		m.do(t, m.b.Tick(m.b.clock.T))
	}
	for last := uint64(1); last != m.after; {
		last = m.after
		m.readAlerts(t)
	}
	want, total := 0, 0
	for _, yes := range m.toldMay {
		if yes {
			want++
		}
	}
	named := map[string]bool{}
	for _, a := range m.read {
		total += int(a.Count)
		who := a.Hosts
		if a.Kind == NewHost {
			who = []AlertHost{{a.Host, a.Name}}
		}
		for _, h := range who {
			ref := book.ByAddr(h.Host)
			if !h.Host.IsValid() {
				ref = book.ByName(h.Name)
			}
			if named[ref.String()] || !m.toldMay[ref] {
				t.Fatalf("%v is told twice, or should not be: %+v", ref, a)
			}
			named[ref.String()] = true
		}
	}
	if total != want {
		t.Fatalf("%d hosts told, want %d", total, want)
	}
	list, err := m.b.Hosts(book.HostQuery{Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(m.first) || m.b.Stats().Known != len(m.first) {
		t.Fatalf("%d hosts, known %d, want %d", len(list), m.b.Stats().Known, len(m.first))
	}
	for _, h := range list {
		if h.FirstSeq != m.first[h.Ref] || h.In != m.ins[h.Ref] || h.Out != m.outs[h.Ref] {
			t.Fatalf("%+v, want %d, %d, %d", h, m.first[h.Ref], m.ins[h.Ref], m.outs[h.Ref])
		}
	}
	for _, d := range m.b.Devices() {
		if d.Hosts != uint64(len(m.pairs[d.Addr])) {
			t.Fatalf("%+v, want %d hosts", d, len(m.pairs[d.Addr]))
		}
	}
}
