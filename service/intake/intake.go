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
	Conns   []*net.UDPConn     // sockets the service manager opened, if they are what Listen asks for
	Streams []*net.TCPListener // and those for TCP
	Managed bool               // there is a service manager that opens the sockets at each start, if it can
	Boot    string             // names the time since the computer started; "": the system is asked

	// NeedPort: Open fails if this user has no right to the first port, which somebody asked
	// for just now. Else that is reported, as all is that keeps a port from us, and it is
	// tried again.
	NeedPort bool

	// Instead: one of the usual ports that cannot be had is not waited for; the one that
	// any user may open is taken. Without it that is done where this user has no right to
	// them.
	Instead bool

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

	receivers []*receiver // that of the traps first
	address   address
	sources   *sources
	heard     heard
	newest    time.Time // of the events that were stored before the start

	accepted  atomic.Uint64 // datagrams appended to the spool
	lostSpool atomic.Uint64 // datagrams the spool could not take

	lossMu sync.Mutex
	losses losses
}

// Open opens the sockets. Nothing is received before Receive.
func Open(ctx context.Context, o Options) (*Intake, error) {
	in := &Intake{o: o, started: time.Now(), health: o.Health, gaps: o.Gaps, clock: o.Clock, sources: newSources(o.Sources)}
	in.losses.when, in.losses.turned = in.started, in.started
	in.address.bind(&o)
	err := in.listen(ctx)
	for _, r := range in.receivers {
		r.readDropped()
	}
	return in, err
}

// Close closes the sockets.
func (in *Intake) Close() error {
	var errs []error
	for _, r := range in.receivers {
		if l := r.listener.Load(); l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// Receive receives into a spool, from each port as soon as it is ours, until ctx ends.
func (in *Intake) Receive(ctx context.Context, into *spool.Spool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error)
	for _, r := range in.receivers {
		go func() { ended <- r.receive(ctx, into) }()
	}
	var first error
	for range in.receivers {
		if err := <-ended; err != nil && first == nil {
			first = err
			cancel() // one that is broken ends them all: nothing is lost unsaid
		}
	}
	return first
}

// Take takes a batch as from the socket of the traps into a spool. It must be quick:
// nothing is received meanwhile.
func (in *Intake) Take(batch []capture.Datagram, into *spool.Spool) {
	in.receivers[0].take(batch, into)
}

// Watch looks for what was lost since the last time, and whether the address that is
// listened on is there. It is to be called every second.
func (in *Intake) Watch(now time.Time) {
	in.lookAtAddress(now)
	if !in.noteLosses(now, turnedEvery) {
		in.gaps.Retry()
	}
}

// anyOpen reports whether a port is ours.
func (in *Intake) anyOpen() bool {
	return slices.ContainsFunc(in.receivers, func(r *receiver) bool { return r.listener.Load() != nil })
}

// Configure takes other settings for whose datagrams are taken.
func (in *Intake) Configure(s settings.Sources) { in.sources.configure(s) }

// Networks are the networks this computer is in.
func (in *Intake) Networks() []netip.Prefix { return in.sources.onLinkNetworks(time.Now()) }

// Accepted is the number of datagrams that were taken and are in the spool.
func (in *Intake) Accepted() uint64 { return in.accepted.Load() }

// Status is how things stand. Numbers are of the time since the service started.
type Status struct {
	Port  uint16 // UDP port of the traps
	Open  bool   // the port is ours: what comes is received
	Ports []Port // all, that first

	// Addresses are those that are listened on; none: all there are.
	Addresses []netip.Addr

	// What did not become an event: dropped by the kernel (Inexact: it does not count
	// ours apart, and Dropped is 0), refused by the rate of a source, not written to
	// the spool. And datagrams of computers that are not taken.
	Dropped, Refused, Unspooled uint64
	Inexact                     bool
	Strange                     uint64

	// TurnedAway are connections by TCP that were closed at once, as too many were open.
	TurnedAway uint64

	// Buffer is the smallest receive buffer of the sockets in bytes, and Room the number of traps it holds.
	Buffer, Room int

	Routers   []Router   // whose datagrams are taken, the latest first
	Strangers []Stranger // whose are not, the latest first

	// Before are routers that were heard before the service started and not since, the
	// latest first.
	Before []Router
}

// maxShown bounds the lists of a Status.
const maxShown = 64

// Status tells how things stand.
func (in *Intake) Status() Status {
	s := Status{Port: in.Port(), Open: in.Listening(), Ports: in.Ports(), Addresses: in.Addresses(), Unspooled: in.lostSpool.Load(), TurnedAway: in.turnedAway()}
	for _, r := range in.receivers {
		l := r.listener.Load()
		if l == nil || r.tcp {
			continue
		}
		if bytes, room := l.Buffer(); s.Buffer == 0 || bytes < s.Buffer {
			s.Buffer, s.Room = bytes, room
		}
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
