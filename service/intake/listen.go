package intake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"linklog/service/health"
	"linklog/service/settings"
)

// ListenError says that a port could not be opened. No other error is about a
// port, whatever the system's words.
type ListenError struct {
	Port uint16
	TCP  bool
	Err  error
}

func (e *ListenError) Error() string {
	if e.TCP {
		return fmt.Sprintf("TCP port %d: %v", e.Port, e.Err)
	}
	return fmt.Sprintf("UDP port %d: %v", e.Port, e.Err)
}

func (e *ListenError) Unwrap() error { return e.Err }

// ErrStartAgain is what Run returns when a port is free at last, but only the
// service manager may open it (Config.Managed): it does so when the service starts
// again.
var ErrStartAgain = errors.New("the port is free now; the service manager opens it at the next start")

// listen opens the sockets of all ports. Those the service manager opened are taken over,
// unless the settings ask for others.
func (in *Intake) listen(ctx context.Context) error {
	l := &in.o.Listen
	for i, n := range l.UDPPorts() {
		in.receivers = append(in.receivers, &receiver{in: in, port: n, first: i == 0})
	}
	held := in.o.Conns
	take := func(which func(*net.UDPConn) bool) (taken []*net.UDPConn) {
		held = slices.DeleteFunc(slices.Clone(held), func(c *net.UDPConn) bool {
			mine := which(c)
			if mine {
				taken = append(taken, c)
			}
			return mine
		})
		return taken
	}
	for _, r := range in.receivers {
		same := func(c *net.UDPConn) bool { return r.port == 0 || portOf(c) == r.port }
		if slices.ContainsFunc(held, func(c *net.UDPConn) bool { return same(c) && covers(l, c) }) {
			r.given = take(same) // for IPv4 and IPv6
		}
	}
	for _, r := range in.receivers {
		if len(r.given) == 0 && len(held) > 0 {
			first := portOf(held[0])
			r.held = take(func(c *net.UDPConn) bool { return portOf(c) == first })
		}
	}
	if len(held) > 0 {
		in.health.Report(health.New(health.PortUnwanted, "", "Held", held[0].LocalAddr().String()))
	}
	for _, c := range held {
		c.Close() // ours; the manager keeps its own
	}
	streams := in.o.Streams
	for _, n := range l.TCPPorts() {
		r := &receiver{in: in, port: n, tcp: true}
		streams = slices.DeleteFunc(slices.Clone(streams), func(s *net.TCPListener) bool {
			mine := s.Addr().(*net.TCPAddr).AddrPort().Port() == n
			if mine {
				r.streams = append(r.streams, s)
			}
			return mine
		})
		in.receivers = append(in.receivers, r)
	}
	for _, s := range streams {
		s.Close()
	}
	var errs []error
	var moved []string
	for _, r := range in.receivers {
		errs = append(errs, r.open(ctx))
		if r.instead != 0 {
			moved = append(moved, fmt.Sprintf("%v instead of %d", r.wanted(), r.instead))
		}
	}
	if len(moved) > 0 {
		in.o.Log.Info("usual ports cannot be had, others are taken", "ports", strings.Join(moved, ", "))
	}
	return errors.Join(errs...)
}

func portOf(c *net.UDPConn) uint16 { return c.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// covers tells whether a socket has the address that the settings ask for.
func covers(s *settings.Listen, c *net.UDPConn) bool {
	a := c.LocalAddr().(*net.UDPAddr).AddrPort()
	return !s.Address.IsValid() || a.Addr().Unmap().WithZone("") == s.Address.Unmap().WithZone("")
}

// Listening reports whether the port of the traps is ours.
func (in *Intake) Listening() bool { return in.receivers[0].listener.Load() != nil }

// Port is the UDP port traps are received on, or will be.
func (in *Intake) Port() uint16 { return in.receivers[0].number() }

// Port is a port that messages are to be received on.
type Port struct {
	Number uint16
	TCP    bool
	Open   bool   // it is ours: what comes is received
	Holder string // who has it instead; "": nobody, or that is not known
}

// Addresses are the addresses of this computer on which messages are received, or are to be
// while no port is ours; none: all there are.
func (in *Intake) Addresses() (addrs []netip.Addr) {
	for _, r := range in.receivers {
		l := r.listener.Load()
		if l == nil || r.tcp {
			continue
		}
		here := l.Addresses()
		if here == nil {
			return nil
		}
		addrs = append(addrs, here...)
	}
	if a := in.o.Listen.Address.Addr; len(addrs) == 0 && a.IsValid() && !a.IsUnspecified() {
		return []netip.Addr{a}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.Compact(addrs)
}

// InWords are the ports that are ours, and those that are not: "UDP 162, UDP 514, TCP 514".
func (in *Intake) InWords() (open, closed string) {
	for _, p := range in.Ports() {
		to, word := &closed, "UDP"
		if p.Open {
			to = &open
		}
		if p.TCP {
			word = "TCP"
		}
		if *to != "" {
			*to += ", "
		}
		*to += fmt.Sprintf("%s %d", word, p.Number)
	}
	return open, closed
}

// Ports are all ports that messages are to be received on, that of the traps first.
func (in *Intake) Ports() (ports []Port) {
	for _, r := range in.receivers {
		p := Port{Number: r.number(), TCP: r.tcp, Open: r.listener.Load() != nil}
		if holder := r.holder.Load(); holder != nil && !p.Open {
			p.Holder = *holder
		}
		ports = append(ports, p)
	}
	return ports
}
