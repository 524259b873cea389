package book

import (
	"testing"
	"time"
)

const twoYears = 2 * 365 * 24 * time.Hour

// What was seen by a clock that was ahead was seen by now at the latest, also where
// it is not in memory.
func TestSeenInTheFuture(t *testing.T) {
	w := newBench(t, Options{Limits: Limits{Memory: 4}})
	w.out("203.0.113.1:443")
	w.out("203.0.113.2:443")
	w.commit()
	first := w.o.Now()
	w.clock.Advance(twoYears)
	w.tick(time.Minute)
	w.out("203.0.113.1:443")
	w.out("203.0.113.3:443")
	w.SetDNSName(end("203.0.113.3:0").Addr, "three.example.com")
	for i := range 40 { // push the others out of memory
		w.out(public(i).String() + ":443")
		w.commit()
		w.tick(time.Minute)
	}
	if h := w.host("203.0.113.3"); !h.FirstSeen.After(first.Add(twoYears)) {
		t.Fatalf("first seen %v: the clock was not ahead", h.FirstSeen)
	}
	w.clock.Advance(-twoYears)
	now := w.o.Now()
	if err := w.NotAfter(now); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		for _, h := range w.hostList(HostQuery{}) {
			if h.FirstSeen.After(now) || h.LastSeen.After(now) || h.LastSeen.Before(h.FirstSeen) || h.DNSFirst.After(now) || h.DNSLast.After(now) {
				t.Errorf("%v: seen from %v to %v, its name %v to %v", h.Ref, h.FirstSeen, h.LastSeen, h.DNSFirst, h.DNSLast)
			}
		}
		for _, d := range w.Devices() {
			if d.FirstSeen.After(now) || d.LastSeen.After(now) {
				t.Errorf("%v: seen from %v to %v", d.Addr, d.FirstSeen, d.LastSeen)
			}
		}
	}
	check()
	if h := w.host("203.0.113.1"); !h.FirstSeen.Equal(first) {
		t.Errorf("first seen %v, want %v", h.FirstSeen, first)
	}
	if h := w.host("203.0.113.2"); !h.LastSeen.Equal(first) {
		t.Errorf("last seen %v, want %v", h.LastSeen, first)
	}
	w.crash()
	check()
	w.tick(time.Minute)
	w.out("203.0.113.3:443")
	if h := w.hostList(HostQuery{Limit: 1})[0]; h.String() != "203.0.113.3" || !h.LastSeen.Equal(w.o.Now()) {
		t.Errorf("the last one seen is %v, at %v", h.Ref, h.LastSeen)
	}
}
