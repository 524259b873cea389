package intake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
	"linklog/capture/receive"
	"linklog/phrase"
	"linklog/service/health"
	"linklog/service/port"
	"linklog/service/settings"
)

// ListenError says that the port could not be opened. No other error is about the
// port, whatever the system's words.
type ListenError struct {
	Port uint16
	Err  error
}

func (e *ListenError) Error() string { return fmt.Sprintf("UDP port %d: %v", e.Port, e.Err) }

func (e *ListenError) Unwrap() error { return e.Err }

// ErrStartAgain is what Run returns when the port is free at last, but only the
// service manager may open it (Config.Managed): it does so when the service starts
// again.
var ErrStartAgain = errors.New("the UDP port is free now; the service manager opens it at the next start")

// listen opens the sockets. Where another program has the port, or the address
// is not there yet, it leaves that to await and returns nil: the history can be
// looked at meanwhile, and the port may become free.
func (in *Intake) listen(ctx context.Context) error {
	if conns := in.o.Conns; len(conns) > 0 {
		return in.takeOver(ctx, conns)
	}
	return in.waits(in.tryListen(ctx, nil))
}

// takeOver takes the sockets the service manager opened, unless the settings ask for
// others: then the service opens those itself, if it may. Either way it is told how
// to make both the same.
func (in *Intake) takeOver(ctx context.Context, conns []*net.UDPConn) error {
	s := in.o.Listen
	if slices.ContainsFunc(conns, func(c *net.UDPConn) bool { return covers(s, c) }) {
		err := in.tryListen(ctx, conns)
		if l := in.listener.Load(); err == nil && s.Buffer > settings.Defaults().Listen.Buffer {
			if have, _ := l.Buffer(); have < int(s.Buffer) {
				in.health.Report(health.New(health.PortBuffer, "", "Wanted", s.Buffer.String(), "Port", l.Port(), "Have", settings.Size(have).String()))
			}
		}
		return err
	}
	held := conns[0].LocalAddr().String()
	err := in.tryListen(ctx, nil)
	if errors.Is(err, errAccess) {
		in.health.Report(health.New(health.PortHeld, "", "Wanted", wanted(s), "Held", held))
		return in.tryListen(ctx, conns)
	}
	for _, c := range conns {
		c.Close() // ours; the manager keeps its own
	}
	if err == nil {
		in.health.Report(health.New(health.PortElsewhere, "", "Wanted", wanted(s), "Held", held))
	}
	return in.waits(err)
}

// covers tells whether a socket is one the settings ask for.
func covers(s settings.Listen, c *net.UDPConn) bool {
	a := c.LocalAddr().(*net.UDPAddr).AddrPort()
	return (s.Port == 0 || int(a.Port()) == s.Port) &&
		(!s.Address.IsValid() || a.Addr().Unmap().WithZone("") == s.Address.Unmap().WithZone(""))
}

func wanted(s settings.Listen) phrase.Phrase {
	if s.Address.IsValid() {
		return phrase.Say("UDP {{.Address}}", "Address", netip.AddrPortFrom(s.Address.Addr, uint16(s.Port)).String())
	}
	return phrase.Say("UDP port {{.Port}}", "Port", s.Port)
}

func (in *Intake) tryListen(ctx context.Context, conns []*net.UDPConn) error {
	s := in.o.Listen
	l, err := receive.Listen(ctx, receive.Options{
		Address: s.Address.Addr, Port: uint16(s.Port), Buffer: int(s.Buffer), Conns: conns,
	})
	if err != nil {
		return &ListenError{uint16(s.Port), err}
	}
	in.sockets = cookies(conns, in.o.Boot)
	in.listener.Store(l)
	return nil
}

// waits reports an error that time or other settings can mend, and returns one that
// somebody has to hear at once.
func (in *Intake) waits(err error) error {
	if err == nil {
		return nil
	}
	why := in.refused(err)
	if in.o.NeedPort && why.Code == health.PortForbidden {
		return err
	}
	in.closed(why)
	return nil
}

// closed reports why the port is not ours.
func (in *Intake) closed(why health.Condition) {
	in.taken = in.taken || why.Code != health.PortUnopened
	if in.refusal != why.Code {
		in.opened()
	}
	in.refusal = why.Code
	in.health.Report(why)
}

// opened ends what closed reported.
func (in *Intake) opened() {
	if in.refusal != "" {
		in.health.Over(in.refusal, "")
	}
	in.refusal = ""
}

// refused says why the port cannot be had now. Without the right to a port the system
// may say so before it looks whether anybody has it.
func (in *Intake) refused(err error) health.Condition {
	s := in.o.Listen
	n := uint16(s.Port)
	retry := in.o.Retry.String()
	switch {
	case isInUse(err), errors.Is(err, errAccess):
	case isNoAddress(err), s.Address.Zone() != "": // or there is no such network interface
		return health.New(health.PortNoAddress, "", "Address", s.Address.String(), "Retry", retry)
	default:
		return health.New(health.PortFailed, "", "Error", err.Error(), "Retry", retry)
	}
	holder, held := port.Holder(n) // unknown: Advice says how to find out
	switch {
	case isInUse(err), !errors.Is(held, port.ErrFree):
		in.takenBy = capture.GapText(capture.GapPortTaken, "Port", n, "By", holder.String())
		return health.New(health.PortTaken, "", "Port", n, "Retry", retry, "Advice", port.Advice(holder, n))
	case in.o.Managed:
		return health.New(health.PortUnopened, "", "Port", n)
	}
	return health.New(health.PortForbidden, "", "Port", n, "Error", errAccess, "Retry", retry)
}

// await returns the listener as soon as there is one. ErrStartAgain says that the
// service manager has to open the port, now that it is free.
func (in *Intake) await(ctx context.Context) (*receive.Listener, error) {
	for {
		if l := in.listener.Load(); l != nil {
			return l, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(in.o.Retry):
		}
		err := in.tryListen(ctx, nil)
		if err == nil {
			in.o.Log.Info("the port is free now", "port", in.Port(), "after", time.Since(in.started).Round(time.Second))
			in.NoteBreak()
			in.opened()
			continue
		}
		why := in.refused(err)
		if why.Code == health.PortUnopened && (in.taken || time.Since(in.started) > unopenedFor) {
			return nil, ErrStartAgain
		}
		in.closed(why)
	}
}

// unopenedFor is how long a port may be free, but not opened by the service manager,
// until the service starts again to have it opened: seldom, where that does not help.
const unopenedFor = 10 * time.Minute

// Listening tells whether the port is ours.
func (in *Intake) Listening() bool { return in.listener.Load() != nil }

// Port is the UDP port traps are received on, or will be.
func (in *Intake) Port() uint16 {
	if l := in.listener.Load(); l != nil {
		return l.Port()
	}
	return uint16(in.o.Listen.Port)
}

// dropped counts the datagrams the system dropped, where it counts ours apart
// from those of other programs.
func (in *Intake) dropped() (n uint64, exact bool) {
	l := in.listener.Load()
	if l == nil {
		return 0, true
	}
	if n, exact = l.Dropped(); !exact {
		return 0, false
	}
	return n - min(n, in.toldBefore), true
}
