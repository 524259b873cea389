package service

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"linklog/service/alerts"
	"linklog/service/deliver"
	"linklog/service/health"
)

// program runs the program of the settings for alerts, whichever that is.
type program struct {
	alerts *alerts.Alerts
	health *health.Health
	log    *slog.Logger
	note   string // see Config.AlertNote

	mu      sync.Mutex
	command []string
	changed chan struct{} // holds a token when it did
}

// configure takes another program.
func (p *program) configure(command []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Equal(command, p.command) {
		return
	}
	p.command = command
	select {
	case p.changed <- struct{}{}:
	default: // it will see the newest
	}
}

// run runs the program until ctx ends.
func (p *program) run(ctx context.Context) {
	for ctx.Err() == nil {
		p.mu.Lock()
		command := p.command
		p.mu.Unlock()
		running, end := context.WithCancel(ctx)
		var one sync.WaitGroup
		one.Go(func() { p.runOne(running, command) })
		select {
		case <-p.changed:
		case <-ctx.Done():
		}
		end()
		one.Wait()
	}
}

func (p *program) runOne(ctx context.Context, command []string) {
	failed := func(err error) { p.health.Check(health.AlertFailed, err) }
	unread := func(err error) { p.health.Check(health.AlertsUnread, err) }
	failed(nil)
	unread(nil)
	if len(command) == 0 {
		return
	}
	r, err := deliver.NewProgram(p.alerts, deliver.ProgramOptions{Command: command, Log: p.log, Trouble: failed, Unread: unread, Note: p.note})
	if err != nil {
		failed(err)
		return
	}
	r.Run(ctx)
}
