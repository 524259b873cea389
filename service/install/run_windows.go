package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
)

// Run runs the program until ctx ends, the program returns or the service manager
// asks it to stop, and returns the program's error. As a service it reports
// when it is ready, takes stop, shutdown and parameter change (to reload), and its
// error goes to the event log; in a console it takes Ctrl-C.
//
// kardianos' library does not serve here: it knows no parameter change, says
// "running" before the program is ready and does not notice when it ends.
func Run(ctx context.Context, name string, program Program) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &handler{ctx: ctx, cancel: cancel, program: program, manager: newManager(func(string) {})}
	// The manager itself knows whether it started us; svc.IsWindowsService guesses.
	err := svc.Run(name, h)
	if errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
		ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
		return program(ctx, h.manager)
	}
	if err != nil {
		return fmt.Errorf("report to the service manager: %w", err)
	}
	if h.err != nil {
		if log, err := eventlog.Open(name); err == nil {
			log.Error(1, h.err.Error())
			log.Close()
		}
	}
	return h.err
}

// handler is the program as the service manager runs it.
type handler struct {
	ctx     context.Context
	cancel  context.CancelFunc
	program Program
	manager *Manager
	err     error // of the program
}

// headway is how often the manager hears that starting or stopping goes on; it
// gives a service up that says nothing for twice as long (the wait hint).
const headway = 2 * time.Second

// Execute implements svc.Handler.
func (h *handler) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (specific bool, exit uint32) {
	const accepts = svc.AcceptStop | svc.AcceptShutdown | svc.AcceptParamChange
	now := svc.Status{State: svc.StartPending, WaitHint: uint32(2 * headway / time.Millisecond)}
	status <- now

	done := make(chan struct{})
	go func() {
		defer close(done)
		h.err = h.program(h.ctx, h.manager)
	}()
	ready := h.manager.ready
	tick := time.NewTicker(headway)
	defer tick.Stop()
	for {
		select {
		case <-ready:
			ready = nil // once
			if now.State == svc.StartPending {
				now = svc.Status{State: svc.Running, Accepts: accepts}
				status <- now
			}
		case <-tick.C:
			if now.State != svc.Running {
				now.CheckPoint++
				status <- now
			}
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				status <- now
			case svc.ParamChange:
				h.manager.reload(func() {})
				status <- now
			case svc.Stop, svc.Shutdown:
				now = svc.Status{State: svc.StopPending, WaitHint: uint32(2 * headway / time.Millisecond)}
				status <- now
				h.cancel()
			}
		case <-done:
			if h.err != nil && !errors.Is(h.err, context.Canceled) {
				// Not zero: so the manager takes it for a failure and starts it again.
				return true, 1
			}
			h.err = nil
			return false, 0
		}
	}
}
