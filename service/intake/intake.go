// Package intake takes datagrams from the network into the spool: it opens the port,
// decides whose datagrams are taken and how many, and accounts for those that were lost.
package intake

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linklog/capture"
	"linklog/capture/receive"
	"linklog/capture/snmp"
	"linklog/service/clock"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/settings"
	"linklog/service/spool"
)

// Options is what an Intake needs.
type Options struct {
	DataDir string
	Listen  settings.Listen
	Sources settings.Sources
	Conns   []*net.UDPConn // sockets the service manager opened, if they are what Listen asks for
	Managed bool           // there is a service manager that opens the sockets at each start, if it can
	Boot    string         // names the time since the computer started; "": the system is asked

	// NeedPort: Open fails if this user has no right to the port. Else that is reported, as
	// all is that keeps the port from us, and it is tried again.
	NeedPort bool

	// Retry is how often a port that another program has is tried again.
	Retry time.Duration

	Clock  *clock.Clock
	Gaps   *gap.Log
	Health *health.Health
	Log    *slog.Logger

	// Newest is the time of the last event that is stored; zero: there is none.
	Newest func() time.Time
}

// Intake receives. Its methods may be called from any goroutine.
type Intake struct {
	o       Options
	started time.Time
	health  *health.Health
	gaps    *gap.Log
	clock   *clock.Clock

	listener  atomic.Pointer[receive.Listener] // nil while the port is not ours
	refusal   health.Code                      // why not
	taken     bool                             // the port was seen to be another program's
	takenBy   string                           // whose, as the text of a gap; "": nobody's since the start
	receiving atomic.Bool                      // and NoteBreak has said what is missing before
	stale     atomic.Bool                      // the file "alive" names other sockets: it could not be written
	address   address
	sources   *sources
	heard     heard
	answer    []byte // of the receive loop

	accepted  atomic.Uint64 // datagrams appended to the spool
	lostSpool atomic.Uint64 // datagrams the spool could not take

	lossMu sync.Mutex
	losses losses

	// Of sockets that others hold: which they are, "" for our own, and how many drops of
	// theirs were told before we started.
	sockets    string
	toldBefore uint64
}

// Open opens the sockets. Nothing is received before Receive.
func Open(ctx context.Context, o Options) (*Intake, error) {
	in := &Intake{o: o, started: time.Now(), health: o.Health, gaps: o.Gaps, clock: o.Clock, sources: newSources(o.Sources)}
	in.address.bind(&o)
	err := in.listen(ctx)
	in.readDropped()
	return in, err
}

// Close closes the sockets.
func (in *Intake) Close() error {
	if l := in.listener.Load(); l != nil {
		return l.Close()
	}
	return nil
}

// Receive receives into a spool, as soon as the port is ours, until ctx ends.
func (in *Intake) Receive(ctx context.Context, into *spool.Spool) error {
	l, err := in.await(ctx)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return err
	}
	return l.Receive(ctx, func(batch []capture.Datagram) { in.Take(batch, into) })
}

// Take takes a batch from the sockets into a spool. It must be quick: nothing is received
// meanwhile.
func (in *Intake) Take(batch []capture.Datagram, into *spool.Spool) {
	now := time.Now()
	taken := batch[:0] // in the same memory: the batch is ours
	for i := range batch {
		if in.sources.take(batch[i].From.Addr(), now) {
			taken = append(taken, batch[i])
		}
	}
	if len(taken) == 0 {
		return
	}
	if _, err := into.AppendDatagrams(taken); err != nil {
		in.lostSpool.Add(uint64(len(taken)))
		in.health.Check(health.SpoolUnwritten, err)
		return
	}
	in.accepted.Add(uint64(len(taken)))
	for i := range taken {
		var ok bool
		if in.answer, ok = snmp.AppendInformResponse(in.answer[:0], taken[i].Data); ok {
			in.listener.Load().Answer(taken[i].From, in.answer)
		}
	}
}

// Watch looks for what was lost since the last time, and whether the address that is
// listened on is there. It is to be called every second.
func (in *Intake) Watch(now time.Time) {
	in.lookAtAddress(now)
	if !in.NoteLosses(now) {
		in.gaps.Retry()
	}
}

// Configure takes other settings for whose datagrams are taken.
func (in *Intake) Configure(s settings.Sources) { in.sources.configure(s) }

// Networks are the networks this computer is in.
func (in *Intake) Networks() []netip.Prefix { return in.sources.onLinkNetworks(time.Now()) }

// Accepted is the number of datagrams that were taken and are in the spool.
func (in *Intake) Accepted() uint64 { return in.accepted.Load() }

// Status is how things stand. Numbers are of the time since the service started.
type Status struct {
	Port uint16 // UDP port of the traps
	Open bool   // the port is ours: what comes is received

	// What did not become an event: dropped by the kernel (Inexact: it does not count
	// ours apart, and Dropped is 0), refused by the rate of a source, not written to
	// the spool. And datagrams of computers that are not taken.
	Dropped, Refused, Unspooled uint64
	Inexact                     bool
	Strange                     uint64

	// Buffer is the sockets' receive buffer in bytes, and Room the number of traps it holds.
	Buffer, Room int

	Routers   []Router   // whose datagrams are taken, the latest first
	Strangers []Stranger // whose are not, the latest first

	// Before are routers that were heard before the service started and not since, the
	// latest first.
	Before []Router
}

// Lost is the number of datagrams that are known to be lost since the start.
func (s *Status) Lost() uint64 { return s.Dropped + s.Refused + s.Unspooled }

// maxShown bounds the lists of a Status.
const maxShown = 64

// Status tells how things stand.
func (in *Intake) Status() Status {
	s := Status{Port: in.Port(), Unspooled: in.lostSpool.Load()}
	if l := in.listener.Load(); l != nil {
		s.Open = true
		s.Buffer, s.Room = l.Buffer()
	}
	exact := false
	s.Dropped, exact = in.dropped()
	s.Inexact = !exact
	s.Routers, s.Strangers, s.Refused, s.Strange = in.sources.snapshot()
	s.Before = in.routersBefore(s.Routers)
	slices.SortFunc(s.Routers, latestFirst)
	slices.SortFunc(s.Strangers, func(a, b Stranger) int { return b.Last.Compare(a.Last) })
	s.Routers = s.Routers[:min(len(s.Routers), maxShown)]
	return s
}

// Lost is the number of datagrams that are known to be lost since the start.
func (in *Intake) Lost() uint64 {
	dropped, _ := in.dropped()
	return dropped + in.sources.refusals() + in.lostSpool.Load()
}
