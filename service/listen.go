package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"linklog/capture/receive"
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
func (e *Engine) listen(ctx context.Context) error {
	if conns := e.config.Conns; len(conns) > 0 {
		return e.takeOver(ctx, conns)
	}
	return e.waits(e.tryListen(ctx, nil))
}

// takeOver takes the sockets the service manager opened, unless the settings ask for
// others: then the service opens those itself, if it may. Either way it is told how
// to make both the same.
func (e *Engine) takeOver(ctx context.Context, conns []*net.UDPConn) error {
	s := e.config.Settings.Listen
	if slices.ContainsFunc(conns, func(c *net.UDPConn) bool { return covers(s, c) }) {
		err := e.tryListen(ctx, conns)
		if l := e.listener.Load(); err == nil && s.Buffer > settings.Defaults().Listen.Buffer {
			if have, _ := l.Buffer(); have < int(s.Buffer) {
				e.trouble("port", fmt.Errorf("the settings ask for a receive buffer of %v, but the service manager opened UDP port %d with %v. %s", s.Buffer, l.Port(), settings.Size(have), applyListen))
			}
		}
		return err
	}
	held := conns[0].LocalAddr()
	err := e.tryListen(ctx, nil)
	if errors.Is(err, errAccess) {
		e.trouble("port", fmt.Errorf("the settings ask for %s, which only the service manager may open. %s Until then LinkLog listens on UDP %v", wanted(s), applyListen, held))
		return e.tryListen(ctx, conns)
	}
	for _, c := range conns {
		c.Close() // ours; the manager keeps its own
	}
	if err == nil {
		e.trouble("port", fmt.Errorf("LinkLog listens on %s, as the settings ask, but the service manager still holds UDP %v for it, and what arrives while LinkLog is restarted is lost. %s", wanted(s), held, applyListen))
	}
	return e.waits(err)
}

// applyListen says how the service manager learns of other settings.
const applyListen = "To change that: sudo linklog service restart."

// covers tells whether a socket is one the settings ask for.
func covers(s settings.Listen, c *net.UDPConn) bool {
	a := c.LocalAddr().(*net.UDPAddr).AddrPort()
	return (s.Port == 0 || int(a.Port()) == s.Port) &&
		(!s.Address.IsValid() || a.Addr().Unmap().WithZone("") == s.Address.Unmap().WithZone(""))
}

func wanted(s settings.Listen) string {
	if s.Address.IsValid() {
		return fmt.Sprintf("UDP %v", netip.AddrPortFrom(s.Address.Addr, uint16(s.Port)))
	}
	return fmt.Sprintf("UDP port %d", s.Port)
}

func (e *Engine) tryListen(ctx context.Context, conns []*net.UDPConn) error {
	s := e.config.Settings.Listen
	l, err := receive.Listen(ctx, receive.Options{
		Address: s.Address.Addr, Port: uint16(s.Port), Buffer: int(s.Buffer), Conns: conns,
	})
	if err != nil {
		return &ListenError{uint16(s.Port), err}
	}
	e.sockets = cookies(conns, e.config.Boot)
	e.listener.Store(l)
	return nil
}

// waits makes a trouble of an error, which time or other settings can mend, and
// returns one that somebody has to hear at once.
func (e *Engine) waits(err error) error {
	if err == nil {
		return nil
	}
	why, free := e.refused(err)
	if e.config.NeedPort && errors.Is(why, errAccess) {
		return err
	}
	e.taken = e.taken || !free
	e.trouble("port", why)
	return nil
}

// refused says why the port cannot be had now: it is errAccess where this user has no
// right to it. free tells that only the service manager may open it, and could.
// Without the right to a port the system may say so before it looks whether anybody
// has it.
func (e *Engine) refused(err error) (why error, free bool) {
	s := e.config.Settings.Listen
	n := uint16(s.Port)
	if !isInUse(err) && !errors.Is(err, errAccess) {
		if isNoAddress(err) || s.Address.Zone() != "" { // or there is no such network interface
			err = fmt.Errorf("this computer has no address %s now", s.Address)
		}
		return fmt.Errorf("%w; it is tried again every %s", err, e.config.Retry), false
	}
	holder, held := port.Holder(n) // unknown: Advice says how to find out
	switch {
	case isInUse(err), !errors.Is(held, port.ErrFree):
		e.takenBy = fmt.Sprintf("UDP port %d was taken by %s", n, holder)
		return fmt.Errorf("UDP port %d is taken; it is tried again every %s. %s", n, e.config.Retry, strings.ReplaceAll(port.Advice(holder, n), "\n", " ")), false
	case e.config.Managed:
		return fmt.Errorf("UDP port %d is free, but the service manager did not open it; to see why: systemctl status linklog-trap.socket", n), true
	}
	return fmt.Errorf("UDP port %d: %w; it is tried again every %s. Choose a different port under [listen] in the settings, "+
		"or have the service manager open it: sudo linklog service install", n, errAccess, e.config.Retry), false
}

// await returns the listener as soon as there is one. ErrStartAgain says that the
// service manager has to open the port, now that it is free.
func (e *Engine) await(ctx context.Context) (*receive.Listener, error) {
	for {
		if l := e.listener.Load(); l != nil {
			return l, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(e.config.Retry):
		}
		err := e.tryListen(ctx, nil)
		if err == nil {
			e.log.Info("the port is free now", "port", e.Port(), "after", time.Since(e.started).Round(time.Second))
			e.noteBreak()
			e.trouble("port", nil)
			continue
		}
		why, free := e.refused(err)
		if free && (e.taken || time.Since(e.started) > unopenedFor) {
			return nil, ErrStartAgain
		}
		e.taken = e.taken || !free
		e.trouble("port", why)
	}
}

// unopenedFor is how long a port may be free, but not opened by the service manager,
// until the service starts again to have it opened: seldom, where that does not help.
const unopenedFor = 10 * time.Minute

// Port is the UDP port traps are received on, or will be.
func (e *Engine) Port() uint16 {
	if l := e.listener.Load(); l != nil {
		return l.Port()
	}
	return uint16(e.config.Settings.Listen.Port)
}

// dropped counts the datagrams the system dropped, where it counts ours apart
// from those of other programs.
func (e *Engine) dropped() (n uint64, exact bool) {
	l := e.listener.Load()
	if l == nil {
		return 0, true
	}
	if n, exact = l.Dropped(); !exact {
		return 0, false
	}
	return n - min(n, e.toldBefore), true
}
