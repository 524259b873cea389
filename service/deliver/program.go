// Package deliver carries alerts to where they go: a program of the user's, run once for
// each. What is to be told, and that it is told once, is package alerts'.
package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"linklog/capture"
	"linklog/service/alerts"
	"linklog/service/settings"
)

// ProgramOptions says which program a Program runs, and its bounds.
type ProgramOptions struct {
	// Command is the program and its arguments, run as they are, without a shell.
	Command []string

	// Timeout is when the program, with all it started, is killed; 0: 10 seconds.
	Timeout time.Duration

	// PerMinute is how often it is run in any minute; 0: 10. More alerts wait.
	PerMinute int

	// Queue is how many alerts wait at most; 0: 50. The oldest ones are dropped and
	// counted.
	Queue int

	// Log gets a line for each run that failed; nil: nothing is logged.
	Log *slog.Logger

	// Trouble, if set, hears why alerts cannot be told now: the program is not there, or
	// its last run failed. It hears nil when that is over.
	Trouble func(error)

	// Unread, if set, hears why the alerts cannot be read, and nil when that is over.
	Unread func(error)

	// Note, if set, is said with the failure of a run: what a program has to know of
	// where it runs.
	Note string
}

// Run is one run of the program.
type Run struct {
	Alert    uint64 // its ID
	Start    time.Time
	Duration time.Duration
	Output   string // the beginning of what it wrote, cleaned, its lines joined by " | "
	Err      error  // nil: it ended with 0
	TimedOut bool
}

// ProgramStats counts what a Program did since it was made.
type ProgramStats struct {
	Runs     uint64
	Failed   uint64 // of these, time-outs included
	TimedOut uint64
	Dropped  uint64 // alerts for which it was not run as too many waited
	Waiting  int
	Last     Run // zero: there was none
}

// Program runs a program for each alert, one after another; not for muted ones.
//
// What it is done with is kept in the file of the Store, after each run. So the
// program is run once for an alert, except if the process ends while it runs, or
// before this is kept: then it is run again after the next start. It can tell by
// LINKLOG_ALERT_ID. A Program that never was here begins with the alerts to come.
type Program struct {
	s *alerts.Alerts
	o ProgramOptions

	failed error // the last run, of a program that is there
	rate   rate

	sleep func(ctx context.Context, d time.Duration)
	retry time.Duration // after alerts could not be read, and to look for the program

	mu    sync.Mutex
	stats ProgramStats
}

// maxOutput bounds what is kept of the program's output, in bytes.
const maxOutput = 4096

// lookEvery is how often it is looked whether the program is there, and whether
// alerts can be read again.
const lookEvery = 30 * time.Second

// NewProgram makes a Program. Whether there is such a program is looked up each time
// it is to run.
func NewProgram(s *alerts.Alerts, o ProgramOptions) (*Program, error) {
	if len(o.Command) == 0 || o.Command[0] == "" {
		return nil, errors.New("on_alert: there is no program")
	}
	if o.Timeout < 0 || o.PerMinute < 0 || o.Queue < 0 {
		return nil, errors.New("on_alert: a negative limit")
	}
	o.Command = slices.Clone(o.Command)
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.PerMinute = cmp.Or(o.PerMinute, 10)
	o.Queue = cmp.Or(o.Queue, 50)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, hears := range []*func(error){&o.Trouble, &o.Unread} {
		if *hears == nil {
			*hears = func(error) {}
		}
	}
	return &Program{s: s, o: o, rate: rate{most: o.PerMinute, within: time.Minute}, sleep: sleep, retry: lookEvery}, nil
}

// Stats tells what was done so far.
func (r *Program) Stats() ProgramStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}

// Run runs the program for alerts as they come, until the context ends; then it
// kills the program that runs. What cannot be done now is tried again.
func (r *Program) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.work(ctx); err != nil {
			r.o.Unread(err)
			r.o.Log.Warn("on_alert: alerts cannot be read", "error", err, "again in", r.retry)
			r.sleep(ctx, r.retry)
		}
	}
}

// work is Run until the file cannot be read.
func (r *Program) work(ctx context.Context) error {
	wake, stop := r.s.Wake()
	defer stop()
	read, err := r.s.Begin(alerts.ProgramCursor)
	if err != nil {
		return err
	}
	look := time.NewTicker(r.retry)
	defer look.Stop()
	var queue []alerts.Alert
	for ctx.Err() == nil {
		if queue, read, err = r.fill(queue, read); err != nil {
			return err
		}
		r.o.Unread(nil)
		if len(queue) == 0 {
			r.o.Trouble(r.wrong())
			select {
			case <-wake:
			case <-look.C:
			case <-ctx.Done():
			}
			continue
		}
		if wait := r.rate.wait(time.Now()); wait > 0 {
			r.sleep(ctx, wait)
			continue // what came meanwhile may push the oldest out
		}
		a := queue[0]
		queue = queue[1:]
		r.rate.took(time.Now())
		run := r.run(ctx, a.ID, environment(a))
		if ctx.Err() != nil { // cut short: it is run again
			break
		}
		r.failed = r.note(run)
		r.o.Trouble(r.wrong())
		if err := r.s.KeepCursor(alerts.ProgramCursor, a.ID); err != nil {
			// It has run; if the disk stays full until the next start, it runs again.
			r.o.Log.Warn("on_alert: the position cannot be stored", "error", err)
		}
	}
	return nil
}

// wrong says why the program cannot be run or, if it can, why its last run failed.
func (r *Program) wrong() error {
	err := Missing(r.o.Command[0])
	if err != nil {
		r.failed = nil // that was why; when it is back, nothing is known against it
	} else if err = r.failed; err == nil {
		return nil
	}
	if r.o.Note != "" {
		return fmt.Errorf("%w (%s)", err, r.o.Note)
	}
	return err
}

// Missing says why there is no program that could be run; nil: there is one.
func Missing(program string) error {
	_, err := exec.LookPath(program)
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", program, cause(err))
}

// cause is an error of starting a program without Go's words around it.
func cause(err error) error {
	for {
		switch e := err.(type) {
		case *exec.Error:
			err = e.Err
		case *fs.PathError:
			err = e.Err
		default:
			return err
		}
	}
}

// fill reads what came since the last time and drops the oldest ones that are too
// many.
func (r *Program) fill(queue []alerts.Alert, read uint64) ([]alerts.Alert, uint64, error) {
	dropped := 0
	for {
		list, err := r.s.After(read, 0)
		if err != nil {
			return queue, read, err
		}
		if len(list) == 0 {
			break
		}
		read = list[len(list)-1].ID
		queue = append(queue, slices.DeleteFunc(list, func(a alerts.Alert) bool { return a.Muted || !a.For(settings.Program) })...)
		if n := len(queue) - r.o.Queue; n > 0 {
			dropped += n
			queue = slices.Clone(queue[n:])
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stats.Waiting = len(queue); dropped > 0 {
		r.stats.Dropped += uint64(dropped)
		r.o.Log.Warn("on_alert: too many alerts, the oldest were dropped", "dropped", dropped)
	}
	return queue, read, nil
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// errLeft says that the program ended well, but not all that writes to its output.
var errLeft = errors.New("it ended, but left a program running that has its output open; docs/alerts.md says what happens to that")

// Test runs the program now, with a message in place of an alert, and says what went wrong.
func (r *Program) Test(ctx context.Context, m *Message) error {
	run := r.run(ctx, 0, testEnvironment(m, time.Now()))
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.failure(run)
}

// run runs the program once, for an alert with an ID.
func (r *Program) run(ctx context.Context, id uint64, environment []string) Run {
	run := Run{Alert: id, Start: time.Now().UTC()}

	limit, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	cmd := exec.CommandContext(limit, r.o.Command[0], r.o.Command[1:]...)
	cmd.Env = append(inherited(), environment...)
	var out output
	cmd.Stdout, cmd.Stderr = &out, &out // Stdin is the null device
	cmd.WaitDelay = time.Second         // for those that keep the output open though the program ended
	group, err := newGroup(cmd)
	if err == nil {
		cmd.Cancel = group.kill
		if err = cmd.Start(); err == nil {
			group.started()
			err = cmd.Wait()
			if limit.Err() != nil || errors.Is(err, exec.ErrWaitDelay) {
				_ = group.kill() // what it started may have outlived it
			}
		}
		group.close()
	}
	run.Duration = time.Since(run.Start)
	run.Output = out.text()
	switch run.Err = cause(err); {
	case limit.Err() == context.DeadlineExceeded:
		run.TimedOut = true
		run.Err = fmt.Errorf("killed after %v", r.o.Timeout)
	case errors.Is(err, exec.ErrWaitDelay):
		run.Err = errLeft
	}
	return run
}

// note counts a run, and says what went wrong.
func (r *Program) note(run Run) error {
	r.mu.Lock()
	r.stats.Runs++
	if run.Err != nil {
		r.stats.Failed++
	}
	if run.TimedOut {
		r.stats.TimedOut++
	}
	r.stats.Last = run
	r.mu.Unlock()
	if run.Err == nil {
		return nil
	}
	r.o.Log.Warn("on_alert: the program failed", "program", r.o.Command[0], "alert", run.Alert, "error", run.Err, "output", run.Output)
	return r.failure(run)
}

// failure says what went wrong with a run; nil: nothing.
func (r *Program) failure(run Run) error {
	if run.Err == nil {
		return nil
	}
	err := fmt.Errorf("%s: %w", r.o.Command[0], run.Err)
	if run.Output != "" {
		err = fmt.Errorf("%w: %s", err, run.Output)
	}
	return err
}

// output keeps the beginning of what is written to it.
type output struct {
	kept []byte
	more bool
}

func (o *output) Write(p []byte) (int, error) {
	n := min(len(p), maxOutput-len(o.kept))
	o.kept = append(o.kept, p[:n]...)
	o.more = o.more || n < len(p)
	return len(p), nil
}

func (o *output) text() string {
	var lines []string
	for line := range strings.Lines(string(o.kept)) {
		if line = capture.Clean(line); line != "" {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, " | ")
	if o.more {
		text += " …"
	}
	return text
}
