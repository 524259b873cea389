package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"linklog/capture"
)

// scripted is a resolver whose answers come when the test says so.
type scripted struct {
	mu      sync.Mutex
	answers map[netip.Addr]string
	asked   map[netip.Addr]bool
	changed chan struct{} // closed and replaced at every answer
}

func newScripted() *scripted {
	return &scripted{answers: map[netip.Addr]string{}, asked: map[netip.Addr]bool{}, changed: make(chan struct{})}
}

func (s *scripted) Ask(a netip.Addr) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[a] = true
	name, known := s.answers[a]
	return name, known
}

func (s *scripted) Wait(ctx context.Context, a netip.Addr) (string, bool) {
	for {
		s.mu.Lock()
		name, known := s.answers[a]
		changed := s.changed
		s.mu.Unlock()
		if known {
			return name, true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", false
		}
	}
}

func (s *scripted) answer(a netip.Addr, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[a] = name
	close(s.changed)
	s.changed = make(chan struct{})
}

func addr(i int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)}) }

func outgoing(i int) *capture.Event {
	return &capture.Event{Kind: capture.Traffic, Src: capture.Endpoint{Addr: addr(0), Name: "router-said"}, Dst: capture.Endpoint{Addr: addr(i), Port: uint16(i)}}
}

// collected gathers what a namer passes on.
type collected struct {
	mu     sync.Mutex
	events []capture.Event
}

func (c *collected) add(ev *capture.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, *ev)
}

func (c *collected) names() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ev := range c.events {
		names = append(names, fmt.Sprintf("%d:%s", ev.Dst.Port, ev.Dst.Name))
	}
	return names
}

// A later event whose name is known waits behind an earlier one whose name is not.
func TestNamerKeepsOrder(t *testing.T) {
	names, got := newScripted(), &collected{}
	n := newNamer(names, true, true, got.add, func() {})
	names.answer(addr(2), "two")
	names.answer(addr(3), "")
	for i := 1; i <= 3; i++ {
		n.push(outgoing(i), "")
	}
	n.flush()
	names.mu.Lock()
	if !names.asked[addr(1)] || names.asked[addr(0)] {
		t.Errorf("asked for %v: want each address without a name of the router's, at once", names.asked)
	}
	names.mu.Unlock()
	names.answer(addr(1), "one")
	n.end()
	if want := []string{"1:one", "2:two", "3:"}; !slices.Equal(got.names(), want) {
		t.Errorf("got %v, want %v", got.names(), want)
	}
}

// No line waits longer than maxWait, however many before it wait too.
func TestNamerWaitsOnce(t *testing.T) {
	got := &collected{}
	idle := make(chan int, 1000)
	n := newNamer(newScripted(), false, true, got.add, func() { idle <- len(got.names()) })
	begin := time.Now()
	for i := range 100 {
		n.push(outgoing(i+1), "")
	}
	n.flush()
	for passed := range idle {
		if passed == 100 {
			break
		}
	}
	if took := time.Since(begin); took < maxWait || took > 5*maxWait {
		t.Errorf("100 events without a name took %v, want about %v", took, maxWait)
	}
	n.end()
}

// A crowd is not kept waiting for names at all, and nobody is lost.
func TestNamerHurriesInACrowd(t *testing.T) {
	got := &collected{}
	n := newNamer(newScripted(), false, true, got.add, func() {})
	n.push(outgoing(1), "")
	n.flush()
	for i := range crowded + 10 {
		n.push(outgoing(i+2), "")
	}
	n.flush()
	n.end()
	if len(got.names()) != crowded+11 || n.lost.Load() != 0 {
		t.Errorf("passed on %d of %d, lost %d", len(got.names()), crowded+11, n.lost.Load())
	}
}
