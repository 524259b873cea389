package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a running child. It is killed when this process ends, however that
// comes about.
type Process struct {
	cmd    *exec.Cmd
	stderr *tail
	ended  chan struct{}
	err    error // of Wait; valid when ended is closed
}

// Start starts a command whose standard error must not be set: its end becomes
// part of the errors of this package.
func Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, stderr: &tail{}, ended: make(chan struct{})}
	cmd.Stderr = p.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// Stderr is the end of what the process wrote to its standard error.
func (p *Process) Stderr() string { return p.stderr.String() }

// CPU is the time its threads have run so far, user and system, also of those
// that have ended: the clock of clock_getcpuclockid(3).
func (p *Process) CPU() (time.Duration, error) {
	const scheduler = 2 // CPUCLOCK_SCHED of linux/posix-timers.h
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|scheduler), &t); err != nil {
		return 0, p.gone(fmt.Errorf("CPU time of %s: %w", p.cmd.Path, err))
	}
	return time.Duration(t.Nano()), nil
}

// Memory is what it has resident, in bytes, now and at most so far.
func (p *Process) Memory() (now, most int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, p.gone(err)
	}
	for line := range strings.Lines(string(text)) {
		var n int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &n); err == nil {
			now = n << 10
		} else if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &n); err == nil {
			most = n << 10
		}
	}
	if most == 0 {
		return 0, 0, p.gone(fmt.Errorf("no VmHWM in the status of %s", p.cmd.Path))
	}
	return now, most, nil
}

// Pause stops all its threads, and returns when they stand.
func (p *Process) Pause() error {
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return p.gone(err)
	}
	for {
		err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WSTOPPED, nil)
		if !errors.Is(err, unix.EINTR) {
			return p.gone(err)
		}
	}
}

// Resume lets it go on.
func (p *Process) Resume() error { return p.gone(p.cmd.Process.Signal(syscall.SIGCONT)) }

// Idle waits until it has used next to no CPU time for a while: less than one part
// in fifty.
func (p *Process) Idle(ctx context.Context, while time.Duration) error {
	before, err := p.CPU()
	for err == nil {
		if err = p.Sleep(ctx, while); err != nil {
			return err
		}
		var now time.Duration
		if now, err = p.CPU(); err == nil && now-before < while/50 {
			return nil
		}
		before = now
	}
	return err
}

// Sleep ends early, with an error, when ctx or the process does.
func (p *Process) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-p.ended:
		return p.gone(nil)
	case <-ctx.Done():
		return fmt.Errorf("wait for %s: %w", p.cmd.Path, context.Cause(ctx))
	}
}

// gone makes of an error how the process ended, if it did.
func (p *Process) gone(err error) error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended (%v): %s", strings.Join(p.cmd.Args, " "), p.cmd.ProcessState, p.Stderr())
	default:
		return err
	}
}

// Stop interrupts it, and kills it if that does not help within ten seconds. How it
// took that does not matter.
func (p *Process) Stop() {
	p.cmd.Process.Signal(syscall.SIGCONT)
	p.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		p.Kill()
	}
}

// Kill ends it at once.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// tail keeps the last of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const most = 4096
	t.buf = append(t.buf, b...)
	if len(t.buf) > most {
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-most:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}
