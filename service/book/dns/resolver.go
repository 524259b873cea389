// Package dns finds the names of addresses by reverse DNS, in the background:
// an event never waits for a name. What was found is remembered for a while, and
// so is that nothing was found; however many addresses come and however dead the
// DNS server is, memory and goroutines stay bounded.
package dns

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"
)

// Options says how a Resolver asks and how much it remembers. The zero value asks
// the system's DNS servers with the defaults below.
type Options struct {
	// Server is the DNS server to ask instead of the system's: "host:port", or
	// "host" for port 53. The system's hosts file still comes first.
	Server string

	// Timeout bounds one look-up, in which a server that keeps silent is asked
	// twice; 0: DefaultTimeout.
	Timeout time.Duration

	// TTL is how long a name is remembered, 0: DefaultTTL; NegativeTTL how long
	// it is remembered that an address has none, 0: DefaultNegativeTTL. Either
	// may be Forever. That a server did not answer is forgotten after 15 s.
	TTL, NegativeTTL time.Duration

	// Workers is how many look-ups may run at once; 0: DefaultWorkers.
	Workers int

	// Cache is how many addresses are remembered at most, those asked for least
	// recently being forgotten first; 0: DefaultCache. One takes about 250 bytes.
	Cache int

	// Queue is how many look-ups may wait for a worker; 0: DefaultQueue. An
	// address that finds the queue full is not looked up.
	Queue int

	// Done, if set, is called when a look-up ends, with the name, or "" if the
	// address has none or nobody answered. Ask knows the answer by then. Calls
	// come one at a time, in no particular order; they hold up further look-ups
	// but never Ask, and must not call Close. After Close none comes.
	Done func(addr netip.Addr, name string)

	// Trouble, if set, hears that no DNS server answers, and nil when one does again. It
	// must not ask the Resolver.
	Trouble func(error)
}

// The defaults of Options.
const (
	DefaultTimeout     = 3 * time.Second
	DefaultTTL         = 10 * time.Minute
	DefaultNegativeTTL = 2 * time.Minute
	DefaultWorkers     = 16
	DefaultCache       = 65_536
	DefaultQueue       = 8_192
)

// Forever as a TTL keeps an answer until the Resolver ends or needs the room.
const Forever time.Duration = math.MaxInt64

// failureTTL is how long an address is left alone after nobody answered: long
// enough that a dead server does not cost a look-up for each event, short enough
// that names are back soon after the server is.
const failureTTL = 15 * time.Second

// queuePatience is how long a look-up may wait for a worker before it is given up:
// longer than a server that lives takes for a full queue, but with a dead one,
// the queue must not keep out, for half an hour, the addresses that come later.
const queuePatience = 30 * time.Second

// Resolver looks up names. Its methods may be called from any goroutine.
type Resolver struct {
	o      Options                                               // with the defaults filled in
	lookup func(context.Context, netip.Addr) ([]string, failure) // may hang beyond its context
	now    func() time.Duration                                  // time passed, on a clock of our own
	ctx    context.Context                                       // of all look-ups; ends with Close
	cancel context.CancelFunc

	mu      sync.Mutex
	table   map[netip.Addr]*entry // all of them, whatever their state
	recent  list                  // the ended ones, most recently asked for in front
	waiting list                  // those that wait for a worker, first come at the back
	running int                   // workers
	closed  bool
	idle    chan struct{} // closed by the last worker after Close
	stats   Stats

	reporting sync.Mutex // held while Done runs; taken before mu, never under it
}

// Stats tells what a Resolver did since it was made, and how things stand now.
type Stats struct {
	Hits    uint64 // Ask or Wait found an answer in memory
	Lookups uint64 // look-ups begun
	Found   uint64 // ended with a name
	None    uint64 // ended with the answer that there is no name, or none worth showing
	Failed  uint64 // ended without an answer: time-out, or failure of the server
	GivenUp uint64 // never begun: waited too long for a worker
	Refused uint64 // never begun: the queue was full (each Ask and Wait counts)
	Evicted uint64 // answers forgotten before their time for want of room

	Remembered int // answers in memory, some perhaps expired
	Waiting    int // look-ups that wait for a worker
	Running    int // workers
}

// New returns a Resolver. It fails only on options that make no sense, and asks
// nobody until Ask or Wait do. Close it when done.
func New(o Options) (*Resolver, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	servers, err := resolver(o.Server, o.Timeout, o.Trouble)
	if err != nil {
		return nil, err
	}
	return newResolver(o, servers.lookup), nil
}

func newResolver(o Options, lookup func(context.Context, netip.Addr) ([]string, failure)) *Resolver {
	start := time.Now()
	r := &Resolver{
		o:      o,
		lookup: lookup,
		now:    func() time.Duration { return time.Since(start) },
		table:  make(map[netip.Addr]*entry),
		idle:   make(chan struct{}),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// complete fills in the defaults.
func (o *Options) complete() error {
	if min(o.Timeout, o.TTL, o.NegativeTTL) < 0 || min(o.Workers, o.Cache, o.Queue) < 0 {
		return fmt.Errorf("reverse DNS: times and limits must not be negative, are %+v", []any{o.Timeout, o.TTL, o.NegativeTTL, o.Workers, o.Cache, o.Queue})
	}
	o.Timeout, o.TTL, o.NegativeTTL = cmp.Or(o.Timeout, DefaultTimeout), cmp.Or(o.TTL, DefaultTTL), cmp.Or(o.NegativeTTL, DefaultNegativeTTL)
	o.Workers, o.Cache, o.Queue = cmp.Or(o.Workers, DefaultWorkers), cmp.Or(o.Cache, DefaultCache), cmp.Or(o.Queue, DefaultQueue)
	return nil
}

// Ask returns the name of an address if it is known by now and sees to it that it
// will be. known tells that the answer is final for the time being; a known name
// is "" where the address has none. Ask never blocks, and allocates nothing for an
// address that is remembered.
func (r *Resolver) Ask(a netip.Addr) (name string, known bool) {
	a, ok := askable(a)
	if !ok {
		return "", true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.find(a)
	if e == nil || e.state != ended {
		return "", false
	}
	return e.name, true
}

// Wait is Ask that waits for a look-up to end, but no longer than ctx. It does not
// wait where there is nothing to wait for: queue full, Resolver closed.
func (r *Resolver) Wait(ctx context.Context, a netip.Addr) (name string, known bool) {
	a, ok := askable(a)
	if !ok {
		return "", true
	}
	r.mu.Lock()
	e := r.find(a)
	if e == nil || e.state == ended {
		defer r.mu.Unlock()
		if e == nil {
			return "", false
		}
		return e.name, true
	}
	if e.done == nil {
		e.done = make(chan struct{})
	}
	done := e.done
	r.mu.Unlock()
	select {
	case <-done:
		return e.name, !e.lost // written before done was closed, never after
	case <-ctx.Done():
		return "", false
	}
}

// askable brings an address into the form it is remembered by, and tells whether a
// DNS server could know it. Not asked for are addresses that belong to no host or
// to whoever uses them: 0.0.0.0/8, loopback, link-local, multicast, and
// 240.0.0.0/4 with the broadcast address. Private ones are: the DNS server of a
// home often knows its devices.
func askable(a netip.Addr) (netip.Addr, bool) {
	a = a.Unmap().WithZone("")
	switch {
	case !a.IsValid(), a.IsUnspecified(), a.IsLoopback(), a.IsLinkLocalUnicast(), a.IsMulticast():
		return a, false
	case a.Is4():
		first := a.As4()[0]
		return a, first != 0 && first < 240
	}
	return a, true
}

// Stats returns the counters.
func (r *Resolver) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Remembered, s.Waiting, s.Running = r.recent.n, r.waiting.n, r.running
	return s
}

// Close ends the look-ups that run, forgets those that wait, and makes every Wait
// return. It waits for the goroutines to end, but not longer than Options.Timeout
// for calls of the operating system that cannot be cut short. What is remembered
// can still be asked for. A second Close does nothing.
func (r *Resolver) Close() {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	r.closed = true
	for _, e := range r.table {
		if e.state != ended {
			r.lose(e)
		}
	}
	r.waiting = list{}
	if r.running == 0 {
		close(r.idle)
	}
	r.mu.Unlock()
	r.cancel()
	limit := time.NewTimer(r.o.Timeout)
	defer limit.Stop()
	select {
	case <-r.idle:
	case <-limit.C:
	}
	r.reporting.Lock() // a Done that runs ends before Close does
	defer r.reporting.Unlock()
}
