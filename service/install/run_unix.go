//go:build unix

package install

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/kardianos/service"
)

// Run runs the program until ctx ends, the program returns or the service manager
// asks it to stop, and returns the program's error. Under systemd it reports
// ready, reload and stop and answers the watchdog; from launchd, a terminal
// or a container it takes SIGTERM and SIGINT to stop and SIGHUP to reload. A
// second SIGTERM or SIGINT ends the process at once.
func Run(ctx context.Context, name string, program Program) error {
	n := notifierFromEnv()
	ctx, cancel := context.WithCancel(ctx)
	d := &daemon{ctx: ctx, cancel: cancel, program: program, notifier: n, manager: newManager(n.send), done: make(chan struct{})}
	defer cancel()
	s, err := service.New(d, &service.Config{Name: name, Option: service.KeyValue{"RunWait": d.wait}})
	if err != nil {
		return err
	}
	// Before the program starts, or an early signal would kill it.
	d.signals = make(chan os.Signal, 4)
	signal.Notify(d.signals, syscall.SIGTERM, os.Interrupt, syscall.SIGHUP)
	defer signal.Stop(d.signals)
	return s.Run()
}

// daemon is the program as kardianos' library runs it: Start, wait, Stop.
type daemon struct {
	ctx      context.Context
	cancel   context.CancelFunc
	program  Program
	manager  *Manager
	notifier notifier
	signals  chan os.Signal
	done     chan struct{}
	err      error // of the program, once done is closed
}

// Start must not block.
func (d *daemon) Start(service.Service) error {
	go func() {
		defer close(d.done)
		d.err = d.program(d.ctx, d.manager)
	}()
	go d.notifier.watch(d.done, d.manager.isAlive)
	return nil
}

func (d *daemon) wait() {
	for {
		select {
		case <-d.ctx.Done():
			return
		case <-d.done:
			return
		case s := <-d.signals:
			if s != syscall.SIGHUP {
				return
			}
			d.notifier.reloading()
			d.manager.reload(func() { d.notifier.send("READY=1") })
		}
	}
}

// Stop waits for the program; how long that may take is the manager's to judge.
func (d *daemon) Stop(service.Service) error {
	signal.Reset(syscall.SIGTERM, os.Interrupt)
	d.notifier.send("STOPPING=1")
	d.cancel()
	<-d.done
	return d.err
}

func (m *Manager) isAlive() bool {
	m.mu.Lock()
	alive := m.alive
	m.mu.Unlock()
	return alive()
}
