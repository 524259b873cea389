package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"linklog/capture/receive"
	"linklog/service/port"
)

// ListenError says that the port could not be opened. No other error is about the
// port, whatever the system's words.
type ListenError struct {
	Port uint16
	Err  error
}

func (e *ListenError) Error() string { return fmt.Sprintf("UDP port %d: %v", e.Port, e.Err) }

func (e *ListenError) Unwrap() error { return e.Err }

// listen opens the sockets. Where another program has the port, or the address
// is not there yet, it leaves that to await and returns nil: the history can be
// looked at meanwhile, and the port may become free.
func (e *Engine) listen(ctx context.Context) error {
	err := e.tryListen(ctx)
	if err == nil || !e.mayComeLater(err) {
		return err
	}
	e.trouble("port", e.explain(err))
	return nil
}

func (e *Engine) tryListen(ctx context.Context) error {
	s := e.config.Settings.Listen
	l, err := receive.Listen(ctx, receive.Options{
		Address: s.Address.Addr, Port: uint16(s.Port), Buffer: int(s.Buffer), Conns: e.config.Conns,
	})
	if err != nil {
		return &ListenError{uint16(s.Port), err}
	}
	e.listener.Store(l)
	return nil
}

// mayComeLater tells errors that time can mend. Without the right to the port the
// system may say so before it looks whether the port is free at all: then the
// service manager could not open it for us, and will when it is free.
func (e *Engine) mayComeLater(err error) bool {
	switch {
	case isInUse(err), isNoAddress(err):
		return true
	case errors.Is(err, errAccess):
		_, held := port.Holder(uint16(e.config.Settings.Listen.Port))
		return !errors.Is(held, port.ErrFree)
	}
	return false
}

// explain says who has the port and what to do.
func (e *Engine) explain(err error) error {
	n := uint16(e.config.Settings.Listen.Port)
	if isNoAddress(err) {
		return fmt.Errorf("this machine has no address %s now; it is tried again every %s", e.config.Settings.Listen.Address, e.config.Retry)
	}
	holder, _ := port.Holder(n) // unknown: Advice says how to find out
	return fmt.Errorf("UDP port %d is taken; it is tried again every %s. %s", n, e.config.Retry, strings.ReplaceAll(port.Advice(holder, n), "\n", " "))
}

// await returns the listener as soon as there is one. An error says that somebody
// else has to open the port, now that it is free.
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
		err := e.tryListen(ctx)
		switch {
		case err == nil:
			now := time.Now()
			e.appendGap(gap{Since: e.started, Text: "the port could not be had: another program had it, or its address was not there"})
			e.log.Info("the port is free now", "port", e.Port(), "after", now.Sub(e.started).Round(time.Second))
			e.trouble("port", nil)
		case e.mayComeLater(err):
			e.trouble("port", e.explain(err))
		default:
			return nil, err
		}
	}
}

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
