// Package receive takes datagrams from UDP sockets, in batches where the system can, with
// the time of their arrival, and counts what the kernel had to drop. Lines of system logs
// that come by TCP it takes as datagrams, too.
package receive

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linklog/capture"
)

// Options says where a Listener listens.
type Options struct {
	// Address is the local address to listen on; invalid: all, IPv4 and IPv6.
	Address netip.Addr

	// Port is the UDP port; 0 takes a free one (see Listener.Port).
	Port uint16

	// More are UDP ports beside it. One that cannot be had stops nothing else: see
	// Listener.Failed.
	More []uint16

	// TCP are the ports that take lines of system logs by TCP. One that cannot be had
	// stops nothing else.
	TCP []uint16

	// Conns and Listeners are sockets that are open already, as with socket activation;
	// with Conns Address, Port and More are not used, with Listeners TCP is not. The
	// Listener closes them.
	Conns     []*net.UDPConn
	Listeners []*net.TCPListener

	// Allow says how many of some lines that a client sent by TCP are handed out now; none:
	// it is asked again after the time to wait, and meanwhile nothing is read from that
	// client. It may be called by several goroutines. nil: nobody waits.
	Allow func(from netip.Addr, lines int) (now int, wait time.Duration)

	// Buffer is the receive buffer wanted for each socket, in bytes as the
	// kernel counts (about 832 for a trap on Linux); 0: DefaultBuffer.
	Buffer int
}

// DefaultBuffer is the receive buffer a Listener asks for: room for about 80,000
// traps, what a burst of nearly a second at the rate of a fast sender needs.
const DefaultBuffer = 64 << 20

// Listener receives datagrams.
type Listener struct {
	sockets  []*socket
	streams  []*stream
	failed   []PortError
	received atomic.Uint64
}

// PortError says why a port cannot be had. It wraps what Listen's error does.
type PortError struct {
	Port uint16
	TCP  bool
	Err  error
}

// Listen opens the sockets. The error of a port that is taken or not allowed
// wraps syscall.EADDRINUSE or syscall.EACCES (on Windows their WSA twins).
func Listen(ctx context.Context, o Options) (*Listener, error) {
	l := &Listener{}
	if err := l.open(ctx, &o); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// ListenTCP opens the sockets of Options.TCP, or takes Options.Listeners, and no others.
// It fails as Listen does, if one of them cannot be had.
func ListenTCP(ctx context.Context, o Options) (*Listener, error) {
	l := &Listener{}
	l.openTCP(ctx, &o)
	if len(l.failed) > 0 {
		l.Close()
		return nil, l.failed[0].Err
	}
	return l, nil
}

// at is the address of a port as package net takes it.
func (o *Options) at(port uint16) string {
	host := ""
	if o.Address.IsValid() {
		host = o.Address.String()
	}
	return net.JoinHostPort(host, fmt.Sprint(port))
}

func (l *Listener) open(ctx context.Context, o *Options) error {
	conns := o.Conns
	config := net.ListenConfig{Control: exclusive}
	if len(conns) == 0 {
		for i, port := range append([]uint16{o.Port}, o.More...) {
			// "udp" without a host is one socket for IPv6 and IPv4, or for IPv4 alone
			// on a computer without IPv6.
			c, err := config.ListenPacket(ctx, "udp", o.at(port))
			switch {
			case err == nil:
				conns = append(conns, c.(*net.UDPConn))
			case i == 0:
				return err
			default:
				l.failed = append(l.failed, PortError{Port: port, Err: err})
			}
		}
	}
	if o.Buffer == 0 {
		o.Buffer = DefaultBuffer
	}
	var failed error
	for _, c := range conns {
		s, err := newSocket(c, o.Buffer)
		if err != nil {
			failed = fmt.Errorf("set up %v: %w", c.LocalAddr(), err)
			c.Close()
			continue
		}
		l.sockets = append(l.sockets, s)
	}
	l.openTCP(ctx, o)
	return failed
}

func (l *Listener) openTCP(ctx context.Context, o *Options) {
	for _, ln := range o.Listeners {
		l.streams = append(l.streams, newStream(ln, o))
	}
	if len(o.Listeners) > 0 {
		return
	}
	config := net.ListenConfig{Control: exclusive}
	for _, port := range o.TCP {
		ln, err := config.Listen(ctx, "tcp", o.at(port))
		if err != nil {
			l.failed = append(l.failed, PortError{Port: port, TCP: true, Err: err})
			continue
		}
		l.streams = append(l.streams, newStream(ln.(*net.TCPListener), o))
	}
}

// Failed says which of the ports of Options.More and Options.TCP could not be had, and why.
func (l *Listener) Failed() []PortError { return l.failed }

// Close closes the sockets and ends Receive. What the kernel still holds is lost.
func (l *Listener) Close() error {
	var errs []error
	for _, s := range l.sockets {
		errs = append(errs, s.conn.Close())
	}
	for _, s := range l.streams {
		errs = append(errs, s.listener.Close())
	}
	return errors.Join(errs...)
}

// Ports are the UDP ports that are open.
func (l *Listener) Ports() (ports []uint16) {
	for _, s := range l.sockets {
		if p := s.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port(); !slices.Contains(ports, p) {
			ports = append(ports, p)
		}
	}
	return ports
}

// Addresses are the local addresses that the UDP sockets listen on; none: all there are.
func (l *Listener) Addresses() (addrs []netip.Addr) {
	for _, s := range l.sockets {
		a := s.conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
		if a.IsUnspecified() {
			return nil
		}
		if !slices.Contains(addrs, a) {
			addrs = append(addrs, a)
		}
	}
	return addrs
}

// TCPPorts are the TCP ports that are open.
func (l *Listener) TCPPorts() (ports []uint16) {
	for _, s := range l.streams {
		ports = append(ports, s.listener.Addr().(*net.TCPAddr).AddrPort().Port())
	}
	return ports
}

// TurnedAway is how many connections were closed at once, as too many were open.
func (l *Listener) TurnedAway() (n uint64) {
	for _, s := range l.streams {
		n += s.turnedAway.Load()
	}
	return n
}

// Port is the port of the first socket.
func (l *Listener) Port() uint16 {
	return l.sockets[0].conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}

// Buffer is the smallest receive buffer of the sockets as the system granted it,
// in bytes as the kernel counts, and how many usual traps that holds; 0 if
// the system does not tell.
func (l *Listener) Buffer() (bytes, traps int) {
	bytes = l.sockets[0].buffer
	for _, s := range l.sockets {
		bytes = min(bytes, s.buffer)
	}
	return bytes, bytes / trapCost
}

// Received is the number of datagrams handed out so far. It may be called at any
// time from any goroutine.
func (l *Listener) Received() uint64 { return l.received.Load() }

// Dropped is the number of datagrams that reached the sockets and that the
// kernel threw away for want of room, so far. exact tells whether they were ours
// alone: macOS and Windows count for the whole system, since the Listener was
// opened.
func (l *Listener) Dropped() (n uint64, exact bool) {
	for _, s := range l.sockets {
		var d uint64
		d, exact = s.dropped()
		n += d
		if !exact {
			break // the same number for every socket
		}
	}
	return n, exact
}

// Receive hands datagrams to handle in the order of their arrival, those that
// wait together as one batch, until ctx ends (then it returns nil) or the sockets
// fail. What had arrived by then is still handed out. handle is called by one
// goroutine at a time; the batch and the bytes in it are its own until it
// returns. While handle runs nothing is received, so it should be quick.
func (l *Listener) Receive(ctx context.Context, handle func([]capture.Datagram)) error {
	var one sync.Mutex
	serialised := func(batch []capture.Datagram) {
		one.Lock()
		defer one.Unlock()
		l.received.Add(uint64(len(batch)))
		handle(batch)
	}
	errs := make(chan error)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, s := range l.sockets {
		go func() { errs <- s.receive(ctx, serialised) }()
	}
	for _, s := range l.streams {
		go func() { errs <- s.receive(ctx, serialised) }()
	}
	var first error
	for range len(l.sockets) + len(l.streams) {
		if err := <-errs; err != nil && first == nil {
			first = err
			cancel() // one broken socket ends them all: nothing is lost unsaid
		}
	}
	return first
}

// Answer sends the answer to a datagram back through the socket it came by. An
// answer is a courtesy: it never waits, and what the network does not take is lost.
func (l *Listener) Answer(to netip.AddrPort, answer []byte) {
	for _, s := range l.sockets {
		if s.send(answer, to) == nil {
			return
		}
	}
}

// maxDatagram holds any UDP datagram.
const maxDatagram = 65535

// trapCost is what a usual trap takes of a receive buffer on Linux, in bytes:
// the kernel counts its own book-keeping too.
const trapCost = 832

// napUnder and napFor make a batch of what would be single wake-ups: where the
// next datagram came less than napUnder after the last, the loop sleeps for
// napFor and then finds many, at a third of the CPU time per datagram. At
// household rates it never sleeps, and a line never waits longer than napFor.
const (
	napUnder = 3 * time.Millisecond
	napFor   = 20 * time.Millisecond

	// napRate is the rate, in datagrams a second, at which half the receive buffer
	// must outlast a nap: above what one sender reaches on a loopback.
	napRate = 150_000
)

// nap is how long a socket with room for so many datagrams may sleep; 0: not at
// all, the buffer is too small to be left alone.
func nap(room int) time.Duration {
	d := min(napFor, time.Duration(room/2)*time.Second/napRate)
	if d < time.Millisecond {
		return 0
	}
	return d
}

// stop makes a blocked receive return when ctx ends, and tells how to undo that.
func (s *socket) stop(ctx context.Context) (undo func() bool) {
	return context.AfterFunc(ctx, func() { s.conn.SetReadDeadline(time.Unix(1, 0)) })
}

// patience spaces out attempts on a socket that fails again and again, so that a
// lasting error is no busy loop and a passing one (an ICMP error, no memory) costs
// nothing. It gives up after failures in a row that took about 10 seconds.
type patience struct{ failures int }

func (p *patience) again(ctx context.Context, err error) error {
	if p.failures++; p.failures > 100 || errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("receive: %w", err)
	}
	if p.failures > 3 {
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}
