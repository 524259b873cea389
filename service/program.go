package service

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"linklog/service/alerts"
	"linklog/service/deliver"
	"linklog/service/health"
	"linklog/service/settings"
)

// program runs the program of the settings for alerts, whichever that is.
type program struct {
	alerts *alerts.Alerts
	health *health.Health
	log    *slog.Logger
	note   string // see Config.AlertNote

	mu      sync.Mutex
	command []string
	running *deliver.Program // nil: none
	err     error            // why it does not work
	changed chan struct{}    // holds a token when it did
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
	failed := func(err error) {
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		p.health.Check(health.AlertFailed, err)
	}
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
	p.is(r)
	defer p.is(nil)
	r.Run(ctx)
}

func (p *program) is(running *deliver.Program) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = running
}

// state is the program as if it were an outlet; false: the settings have none.
func (p *program) state() (s OutletState, runs bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Name, s.Type, s.Err = settings.Program, settings.Program, p.err
	if p.running != nil {
		is := p.running.Stats()
		s.Sent, s.Told, s.Late, s.Waiting, s.Last = is.Runs, is.Runs, is.Dropped, is.Waiting, is.Last.Start
	}
	return s, len(p.command) > 0
}

// test runs the program now, and says whether that went well; false: the settings have none.
func (p *program) test(ctx context.Context) (known bool, err error) {
	p.mu.Lock()
	command := p.command
	p.mu.Unlock()
	if len(command) == 0 {
		return false, nil
	}
	r, err := deliver.NewProgram(p.alerts, deliver.ProgramOptions{Command: command, Note: p.note})
	if err == nil {
		err = r.Test(ctx, testMessage(nil))
	}
	return true, err
}
