package service

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/service/history"
	"linklog/service/settings"
)

// running is a Service in this process, on a free port of this machine.
type running struct {
	*Service
	end func() error
}

func run(t testing.TB, dir string, change func(*settings.Settings)) *running {
	t.Helper()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	if change != nil {
		change(&s)
	}
	return runWith(t, Config{DataDir: dir, Settings: s})
}

func runWith(t testing.TB, c Config) *running {
	t.Helper()
	e, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- e.Run(ctx, func() { close(ready) }) }()
	<-ready
	ended := false
	r := &running{Service: e}
	r.end = func() error {
		if ended {
			return nil
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			return err
		}
		return e.Close()
	}
	t.Cleanup(func() {
		if err := r.end(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// send sends n different attempts, as fast as it goes or at a rate.
func (r *running) send(t testing.TB, n int, rate float64) {
	t.Helper()
	s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", r.Intake.Port()), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Send(t.Context(), n, rate, send.Stream(send.NewMessages(1), send.Encoding{}, send.New)); err != nil {
		t.Fatal(err)
	}
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (r *running) rows() (n int64) {
	n, err := r.Engine.History().Count(context.Background(), history.Query{})
	if err != nil {
		return -1
	}
	return n
}

// A follower gets what is stored already and what comes, each once, in order.
func TestFollow(t *testing.T) {
	r := run(t, t.TempDir(), nil)
	const n = 40_000 // more than the ring holds
	got := make(chan error, 1)
	go func() {
		buf := make([]capture.Event, 100)
		for cursor, seen := uint64(0), 0; seen < n; {
			m, err := r.Engine.Next(t.Context(), cursor, buf)
			if err != nil {
				got <- err
				return
			}
			for _, ev := range buf[:m] {
				if ev.Seq <= cursor || ev.Kind != capture.Traffic {
					got <- fmt.Errorf("after %d: %+v", cursor, ev)
					return
				}
				cursor = ev.Seq
				seen++
			}
		}
		got <- nil
	}()
	r.send(t, n/2, 0)
	r.send(t, n/2, 0)
	select {
	case err := <-got:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(60 * time.Second):
		t.Fatalf("the follower has not got all; stored %d", r.rows())
	}
	eventually(t, "all stored", func() bool { return r.rows() == n })
}

// What was received before the end is in the history after it, and numbers go on.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	total := int64(0)
	last := uint64(0)
	for round := range 3 {
		r := run(t, dir, nil)
		if round > 0 {
			total++ // the gap: the service was not running
		}
		r.send(t, 5_000, 0)
		eventually(t, "all received", func() bool { return r.Intake.Accepted() == 5_000 })
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
		total += 5_000
		r = run(t, dir, nil)
		total++
		if n := r.rows(); n < total-1 {
			t.Fatalf("round %d: %d rows, want %d", round, n, total)
		}
		eventually(t, "the gap", func() bool { return r.rows() == total })
		if r.Engine.Last() <= last {
			t.Errorf("last Seq %d, before %d", r.Engine.Last(), last)
		}
		last = r.Engine.Last()
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
	}
}

// Nobody is let in who is not in our networks, and that is told.
func TestStrangersAreCounted(t *testing.T) {
	r := run(t, t.TempDir(), func(s *settings.Settings) { s.Sources.OnLink = false })
	r.send(t, 10, 0)
	eventually(t, "strangers", func() bool {
		s := r.Intake.Status()
		return s.Strange == 10 && len(s.Strangers) == 1 && s.Strangers[0].Count == 10
	})
	if r.Intake.Accepted() != 0 {
		t.Errorf("%d taken", r.Intake.Accepted())
	}
}

// What a source sends over its rate is a gap with its number.
func TestRateLimit(t *testing.T) {
	r := run(t, t.TempDir(), func(s *settings.Settings) { s.Sources.Rate, s.Sources.Burst = 1, 100 })
	r.send(t, 500, 0)
	var lost uint64
	eventually(t, "a gap", func() bool {
		lost = 0
		r.Engine.History().Each(context.Background(), history.Query{}, func(ev *capture.Event) error {
			if ev.Kind == capture.Gap {
				lost += ev.Lost
			}
			return nil
		})
		return lost+r.Intake.Accepted() == 500
	})
	if n := r.Intake.Accepted(); n < 100 || n > 110 {
		t.Errorf("%d taken, want about 100", n)
	}
}

// A new host runs the program of the settings, once, with what is to be told.
func TestAlertRunsAProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell script")
	}
	dir := t.TempDir()
	program, told := filepath.Join(dir, "tell"), filepath.Join(dir, "told")
	script := "#!/bin/sh\necho \"$LINKLOG_ALERT_KIND $LINKLOG_ALERT_HOST\" >> " + told + "\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	r := run(t, dir, func(s *settings.Settings) { s.Alerts.Run = []string{program} })
	r.send(t, 1, 0)
	eventually(t, "the program was run", func() bool { b, _ := os.ReadFile(told); return strings.Contains(string(b), "\n") })
	r.send(t, 1, 0) // the same host again is no news
	eventually(t, "both stored", func() bool { return r.rows() == 2 })
	if b, _ := os.ReadFile(told); strings.Count(string(b), "new-host ") != 1 {
		t.Errorf("told %q", b)
	}
}

// Outlets and the program have every alert from when they are in the settings, whenever they are first
// told of one.
func TestReadersBegin(t *testing.T) {
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS = 0, false
	s.Outlets = []settings.Outlet{{Name: "a", Type: "webhook", URL: "http://127.0.0.1:1"}}
	e, err := Open(t.Context(), Config{DataDir: t.TempDir(), Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s.Alerts.Run = []string{"/nowhere"}
	s.Outlets = append(s.Outlets, settings.Outlet{Name: "b", Type: "webhook", URL: "http://127.0.0.1:1"})
	for i, want := range [][]string{{"outlet:a"}, {"on_alert", "outlet:a", "outlet:b"}} {
		if i > 0 {
			err = e.Reload(s)
		}
		got, readErr := e.Engine.Alerts().Readers() // nobody was told of anything yet
		if names := slices.Sorted(maps.Keys(got)); err != nil || readErr != nil || !slices.Equal(names, want) {
			t.Errorf("%q, %v, %v", names, err, readErr)
		}
	}
}

// What only adds to the service does not end it when it fails: it is told, and as
// soon as it works, or is not wanted any more, not told. The program of alerts counts
// at once.
func TestPartsThatFail(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell script")
	}
	dir := t.TempDir()
	program, told := filepath.Join(dir, "tell"), filepath.Join(dir, "told")
	r := run(t, dir, func(s *settings.Settings) {
		s.Alerts.Run = []string{program}
		s.Names.DNS, s.Names.Resolver = true, "a:b:c:d"
		s.Hosts.Ignore = []string{"port:gone-since", "ip:9.9.9.9"}
	})
	trouble := func(where string) (text string) {
		for _, x := range r.Status().Troubles {
			if x.Where() == where {
				text = x.Reason().String()
			}
		}
		return text
	}
	eventually(t, "the program is missing", func() bool { return trouble("on_alert") == program+": no such file or directory" })
	if got := trouble("DNS"); !strings.Contains(got, `"a:b:c:d" is not a valid DNS server`) {
		t.Errorf("DNS: %q", got)
	}
	if got := trouble("ignore list"); !strings.Contains(got, `"port:gone-since"`) || strings.Contains(got, "9.9.9.9") {
		t.Errorf("ignore list: %q", got)
	}
	r.send(t, 1, 0)
	eventually(t, "stored", func() bool { return r.rows() == 1 })

	s := r.config.Settings
	s.Alerts.Run, s.Hosts.Ignore = nil, nil
	if err := r.Reload(s); err != nil {
		t.Fatal(err)
	}
	eventually(t, "no program is wanted", func() bool { return trouble("on_alert") == "" && trouble("ignore list") == "" })
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho $LINKLOG_ALERT_HOST >> "+told+"\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.Alerts.Run = []string{program}
	if err := r.Reload(s); err != nil {
		t.Fatal(err)
	}
	r.send(t, 5, 0) // of other hosts
	eventually(t, "the program ran", func() bool { b, _ := os.ReadFile(told); return strings.Contains(string(b), "\n") })
	eventually(t, "it failed", func() bool { return trouble("on_alert") == program+": exit status 3" })
}

// Settings that are read again count from then on; wrong ones change nothing.
func TestReload(t *testing.T) {
	r := run(t, t.TempDir(), nil)
	s := r.config.Settings
	s.Hosts.Ignore = []string{"ip:300.1.1.1"}
	if err := r.Reload(s); err == nil || !strings.Contains(err.Error(), "300.1.1.1") {
		t.Errorf("got %v", err)
	}
	r.send(t, 5, 0)
	eventually(t, "taken", func() bool { return r.Intake.Accepted() == 5 })
	s.Hosts.Ignore, s.Sources.OnLink = nil, false
	if err := r.Reload(s); err != nil {
		t.Fatal(err)
	}
	r.send(t, 5, 0)
	eventually(t, "strangers", func() bool { return r.Intake.Status().Strange == 5 })
	if n := r.Intake.Accepted(); n != 5 {
		t.Errorf("%d taken", n)
	}
}

// TestRunEndsByItself closes the sockets of an engine that nobody asked to end: Run
// returns, for the service manager to start it again.
func TestRunEndsByItself(t *testing.T) {
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS = 0, false
	e, err := Open(t.Context(), Config{DataDir: t.TempDir(), Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- e.Run(t.Context(), func() { close(ready) }) }()
	<-ready
	e.Intake.Close()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("Run waits")
	}
	if err := e.Close(); err != nil && !errors.Is(err, net.ErrClosed) { // we closed one
		t.Error(err)
	}
}
