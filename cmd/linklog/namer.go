package main

import (
	"cmp"
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"linklog/capture"
)

// resolver is what waiting for names needs of dns.Resolver.
type resolver interface {
	Ask(netip.Addr) (name string, known bool)
	Wait(context.Context, netip.Addr) (name string, known bool)
}

// namer holds events back until the names of their hosts are known, but none
// longer than maxWait, and passes them on in the order they came. push never waits.
type namer struct {
	names    resolver
	src, dst bool // which ends need a name
	pass     func(*capture.Event)
	idle     func() // called when nothing waits any more

	mu      sync.Mutex
	pending []waiting
	ended   bool
	wake    chan struct{}
	done    chan struct{}

	size  atomic.Int64       // events that wait, also those being passed on
	hurry context.CancelFunc // ends the waiting for a name; guarded by mu
	lost  atomic.Uint64      // events that found no room
}

type waiting struct {
	ev    capture.Event
	asked string    // what the destination is called if DNS has no name
	until time.Time // on the monotonic clock: the computer's time may jump
}

const (
	// maxWait is the longest a line waits for the names in it.
	maxWait = 2 * time.Second

	// crowded is the number of waiting events at which names are no longer waited
	// for: with no name in time, an event goes out with its addresses.
	crowded = 1 << 16

	// full is the number at which events find no room. It takes events faster
	// than lines can be made of them to get there: about 50 MiB of them.
	full = 4 * crowded
)

func newNamer(names resolver, src, dst bool, pass func(*capture.Event), idle func()) *namer {
	n := &namer{
		names: names, src: src, dst: dst, pass: pass, idle: idle,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go n.run()
	return n
}

// push takes an event and starts the look-ups for it. asked is what its destination is called
// if DNS has no name.
func (n *namer) push(ev *capture.Event, asked string) {
	if n.size.Load() >= full {
		n.lost.Add(1)
		return
	}
	if n.src && needsName(&ev.Src) {
		n.names.Ask(ev.Src.Addr)
	}
	if n.dst && needsName(&ev.Dst) {
		n.names.Ask(ev.Dst.Addr)
	}
	n.mu.Lock()
	n.pending = append(n.pending, waiting{*ev, asked, time.Now().Add(maxWait)})
	if n.size.Add(1) >= crowded && n.hurry != nil {
		n.hurry()
	}
	n.mu.Unlock()
}

// flush says that a batch is complete.
func (n *namer) flush() { wakeUp(n.wake) }

// end passes on what still waits, with the names that are known by then, and
// returns when all is passed on.
func (n *namer) end() {
	n.mu.Lock()
	n.ended = true
	if n.hurry != nil {
		n.hurry()
	}
	n.mu.Unlock()
	n.flush()
	<-n.done
}

func needsName(e *capture.Endpoint) bool { return e.Name == "" && e.Addr.IsValid() }

func (n *namer) run() {
	defer close(n.done)
	var batch []waiting
	for {
		<-n.wake
		for {
			n.mu.Lock()
			batch, n.pending = n.pending, batch[:0]
			ended := n.ended
			n.mu.Unlock()
			if len(batch) == 0 {
				n.idle()
				if ended {
					return
				}
				break
			}
			for i := range batch {
				w := &batch[i]
				if n.src {
					n.name(&w.ev.Src, w.until)
				}
				if n.dst {
					n.name(&w.ev.Dst, w.until)
					w.ev.Dst.Name = cmp.Or(w.ev.Dst.Name, w.asked)
				}
				n.pass(&w.ev)
				n.size.Add(-1)
			}
			if cap(batch) > crowded { // a burst's memory goes with the burst
				batch = nil
			}
		}
	}
}

// name fills in the name of an endpoint if it is known by until.
func (n *namer) name(e *capture.Endpoint, until time.Time) {
	if !needsName(e) {
		return
	}
	name, known := n.names.Ask(e.Addr)
	if !known && time.Now().Before(until) {
		n.idle() // what is ready must not wait with us
		if ctx, cancel, ok := n.patience(until); ok {
			name, _ = n.names.Wait(ctx, e.Addr)
			cancel()
		}
	}
	e.Name = name
}

// patience is a context to wait in, unless there is no time to wait.
func (n *namer) patience(until time.Time) (context.Context, context.CancelFunc, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended || n.size.Load() >= crowded {
		return nil, nil, false
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	n.hurry = cancel
	return ctx, cancel, true
}
