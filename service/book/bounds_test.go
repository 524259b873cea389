package book

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"linklog/capture"
)

// A flood from invented addresses forgets the invented ones, not those that the
// household talks to.
func TestFlood(t *testing.T) {
	b := newBench(t, Options{Limits: Limits{Memory: 200, Hosts: 1000}})
	b.open(filepath.Join(quickDir(t), "state.db"))
	for i := range 100 {
		b.out(public(1_000_000 + i).String())
	}
	b.SetLabel(ByAddr(public(0)), "kept")
	flood := 5000
	if testing.Short() {
		flood = 2000
	}
	for i := range flood {
		b.clock.Advance(time.Millisecond)
		b.in(public(i).String())
		if i%100 == 99 {
			b.commit()
		}
	}
	st := b.Stats()
	if st.Known > 1000 || st.Known < 800 || st.Forgotten != uint64(flood+100-st.Known) || st.InMemory > 400 || st.Unrecorded != 0 {
		t.Errorf("%+v", st)
	}
	if n := len(b.hostList(HostQuery{Limit: -1})); n != st.Known {
		t.Errorf("%d in the file, known %d", n, st.Known)
	}
	for i := range 100 {
		if b.out(public(1_000_000 + i).String()) {
			t.Errorf("host %d was forgotten", i)
		}
	}
	if b.in(public(0).String()) {
		t.Error("a host with a label was forgotten")
	}
	if !b.in(public(1).String()) {
		t.Error("who was forgotten is not New")
	}
	b.reopen()
	if st2 := b.Stats(); st2.Known != b.Stats().Known || st2.Forgotten != st.Forgotten {
		t.Errorf("%+v, was %+v", st2, st)
	}
	if n := b.quiet.met; n != flood+101 {
		t.Errorf("%d met", n)
	}
}

// When there is nobody left that can be forgotten first, others are.
func TestFloodOutwards(t *testing.T) {
	b := newBench(t, Options{Limits: Limits{Memory: 20, Hosts: 100}})
	b.open(filepath.Join(quickDir(t), "state.db"))
	for i := range 400 {
		b.clock.Advance(time.Millisecond)
		b.out(public(i).String())
		b.commit()
		if i%50 == 0 {
			b.out(public(0).String()) // seen again and again
		}
	}
	if st := b.Stats(); st.Known > 100 || st.Known+int(st.Forgotten) != 400 {
		t.Errorf("%+v", st)
	}
	if b.out(public(0).String()) {
		t.Error("the one that is seen most was forgotten")
	}
}

func TestDevicesAreBounded(t *testing.T) {
	b := newBench(t, Options{Limits: Limits{Devices: 50}})
	b.label("10.0.0.0", "mine")
	for i := range 1000 {
		b.clock.Advance(time.Second)
		b.see(capture.Out, fmt.Sprintf("10.0.%d.%d:5", i/256, i%256), "203.0.113.9:443")
		if i%7 == 0 {
			b.commit()
		}
	}
	check := func() {
		t.Helper()
		devices := b.Devices()
		if len(devices) > 50 || devices[0].Name != "mine" || devices[len(devices)-1].Addr.String() != "10.0.3.231" {
			t.Errorf("%d devices, %+v", len(devices), devices[0])
		}
	}
	check()
	b.reopen()
	check()
	if h := b.host("203.0.113.9"); h.Out != 1000 {
		t.Errorf("%+v", h)
	}
}

// All hosts are known by as many hashes, of those in the file and of new ones, and those
// that were forgotten are gone from them.
func TestKnown(t *testing.T) {
	b := newBench(t, Options{Limits: Limits{Memory: 50, Hosts: 200}})
	for i := range 1000 {
		b.in(public(i).String())
		b.commit()
		if n := len(b.known.hashes); n != b.Stats().Known || n > 201 {
			t.Fatalf("%d hashes of %d hosts", n, b.Stats().Known)
		}
	}
	b.reopen()
	for _, h := range b.hostList(HostQuery{Limit: -1}) {
		if !b.known.has(h.Ref) {
			t.Errorf("%v is not known", h.Ref)
		}
	}
	before := b.Stats().Lookups
	for i := range 1000 {
		b.in(public(2000 + i).String())
	}
	if n := b.Stats().Lookups - before; n != 0 {
		t.Errorf("%d look-ups of addresses that are new", n)
	}
}

// filled is a Store that knows n hosts.
func filled(t testing.TB, n int, o Options) *bench {
	b := newBench(t, o)
	b.open(filepath.Join(quickDir(t), "state.db"))
	for i := range n {
		ev := knownEvent(uint64(i+1), i, b.clock.T)
		b.Observe(&ev)
		if i%1000 == 999 {
			b.commit()
		}
	}
	b.seq = uint64(n)
	b.commit()
	return b
}

func knownEvent(seq uint64, host int, at time.Time) capture.Event {
	return capture.Event{
		Seq: seq, Time: at, Router: router, Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP,
		Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(host % 20)}), Port: 50000},
		Dst: capture.Endpoint{Addr: public(host), Port: 443},
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("allocations mean nothing under the race detector")
	}
	b := filled(t, 1000, Options{})
	events := make([]capture.Event, 1000)
	for i := range events {
		events[i] = knownEvent(0, i, b.clock.T)
	}
	run := func() {
		for i := range events {
			b.seq++
			events[i].Seq = b.seq
			b.Observe(&events[i])
		}
	}
	run() // the list of changed hosts grows once
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("memory means nothing under the race detector")
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	const n = 100_000
	b := filled(t, n, Options{Limits: Limits{Memory: n}})
	after := heap()
	each := float64(after-before) / n
	t.Logf("%d hosts in memory: %.1f MiB, %.0f bytes a host", n, float64(after-before)/(1<<20), each)
	if each > 500 {
		t.Error("more than 500 bytes a host")
	}
	b.Close()
	info, err := filepath.Glob(b.path + "*")
	t.Log(info, err)
}

func BenchmarkObserve(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint("known ", n), func(b *testing.B) {
			s := filled(b, n, Options{})
			events := make([]capture.Event, n)
			for i := range events {
				events[i] = knownEvent(0, i*7919%n, s.clock.T)
			}
			seq := uint64(n)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				seq++
				ev := &events[i%n]
				ev.Seq = seq
				s.Observe(ev)
				i++
			}
		})
	}
	b.Run("not in memory", func(b *testing.B) {
		s := filled(b, 20_000, Options{Limits: Limits{Memory: 100}})
		i := 0
		for b.Loop() {
			ev := knownEvent(uint64(20_001+i), i*7919%20_000, s.clock.T)
			if s.Observe(&ev); i%100 == 99 {
				b.StopTimer()
				s.flush()
				b.StartTimer()
			}
			i++
		}
	})
}

// BenchmarkOpen opens a file of 100,000 hosts, and BenchmarkHosts asks it.
func BenchmarkOpen(b *testing.B) {
	s := filled(b, 100_000, Options{})
	s.Close()
	for b.Loop() {
		s.open(s.path)
		s.Close()
	}
}

func BenchmarkHosts(b *testing.B) {
	s := filled(b, 100_000, Options{})
	for name, q := range map[string]HostQuery{
		"last": {Limit: 500}, "new": {New: true, Limit: 500, Order: ByFirstSeen}, "address": {Order: ByAddress, Limit: 500}, "find": {Find: "45.0.99.", Limit: 500}, "all": {Order: ByCount, Limit: -1},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Hosts(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
