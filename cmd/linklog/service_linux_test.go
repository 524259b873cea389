package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/receive/porttest"
	"linklog/capture/send"
	"linklog/service/client"
	"linklog/service/history"
)

// heldSocket is a socket for traps that outlives the service, as the service
// manager holds it.
func heldSocket(t testing.TB) (*net.UDPConn, int) {
	t.Helper()
	if _, err := program(); err != nil { // built now, not while datagrams wait
		t.Fatal(err)
	}
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetReadBuffer(16 << 20); err != nil {
		t.Fatal(err)
	}
	return c, c.LocalAddr().(*net.UDPAddr).Port
}

// startService runs the service on a held socket, which it takes over as from
// systemd (sd_listen_fds(3)).
func startService(t testing.TB, held *net.UDPConn, args ...string) (*exec.Cmd, *reading) {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	socket, err := held.File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	// The shell becomes the service, so that the number of the process is right.
	cmd := exec.Command("/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`, file, "service", "run", "--port=0"}, args...)...)
	cmd.Env = append(cmd.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=trap", "LINKLOG_SOCKET="+filepath.Join(t.TempDir(), "s"))
	cmd.ExtraFiles = append(cmd.ExtraFiles, socket)
	stderr := &reading{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, stderr
}

// sendNumbered sends numbered messages, rate of them a second, and gives nil or an error when it is done.
func sendNumbered(t *testing.T, port int, n int, rate float64) (done <-chan error) {
	sent := make(chan error, 1)
	go func() {
		s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", port), send.Options{})
		if err == nil {
			defer s.Close()
			_, err = s.Send(t.Context(), n, rate, func(i int, dst []byte) []byte {
				return send.AppendTrap(dst, &send.Encoding{}, numbered(i))
			})
		}
		sent <- err
	}()
	return sent
}

// numbered is an attempt that tells its number.
func numbered(i int) string {
	return fmt.Sprintf("@in TCP from 203.0.%d.%d:%d to 192.168.1.10:80", i>>8&255, i&255, 10_000+i>>16)
}

func numberOf(ev *capture.Event) int {
	a := ev.Src.Addr.As4()
	return (int(ev.Src.Port)-10_000)<<16 | int(a[2])<<8 | int(a[3])
}

// TestServiceKilled kills the service again and again under load. What it had
// acknowledged (an INFORM is answered when it is in the spool) is in the history
// once, whatever the moment; no number is given twice, and every file is sound.
func TestServiceKilled(t *testing.T) {
	t.Parallel() // it mostly waits
	rounds := 50
	if testing.Short() {
		rounds = 10
	}
	held, port := heldSocket(t)
	dir := t.TempDir()

	var mu sync.Mutex
	acknowledged := make(map[int]bool)
	enough := make(chan struct{}, 1000)
	ctx, stop := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	var next int
	for range 4 {
		senders.Go(func() {
			s, err := send.Dial(ctx, fmt.Sprintf("127.0.0.1:%d", port), send.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			for ctx.Err() == nil {
				mu.Lock()
				next++
				i := next
				mu.Unlock()
				// One that is not answered is not sent again: it may be there or not.
				patience, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
				_, err := s.Inform(patience, &send.Encoding{RequestID: uint32(i)}, numbered(i))
				cancel()
				if err != nil {
					continue
				}
				mu.Lock()
				acknowledged[i] = true
				mu.Unlock()
				select {
				case enough <- struct{}{}:
				default:
				}
			}
		})
	}
	for round := range rounds {
		cmd, stderr := startService(t, held, "--data-dir", dir)
		for range 1 + rand.IntN(200) {
			select {
			case <-enough:
			case <-time.After(20 * time.Second):
				t.Fatalf("round %d: nothing is acknowledged: %s", round, stderr)
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
		for len(enough) > 0 {
			<-enough
		}
	}
	stop()
	senders.Wait()

	cmd, stderr := startService(t, held, "--data-dir", dir)
	p := &process{cmd: cmd, stderr: stderr}
	eventually(t, "the service is ready", func() bool { return strings.Contains(stderr.String(), "msg=listening") })
	time.Sleep(100 * time.Millisecond) // for what waits in the socket; nothing depends on it
	if code := p.interrupt(t); code != exitOK {
		t.Errorf("exit code %d: %s", code, stderr)
	}

	stored, total := storedNumbers(t, dir)
	lost := 0
	for i := range acknowledged {
		if stored[i] == 0 {
			lost++
		}
	}
	doubled := total - len(stored)
	if lost > 0 || doubled > 0 || len(acknowledged) < rounds {
		t.Errorf("%d acknowledged, %d of them lost, %d doubled", len(acknowledged), lost, doubled)
	}
	t.Logf("%d kills, %d sent, %d acknowledged, %d stored", rounds, next, len(acknowledged), len(stored))
}

// TestServiceRestart restarts the service under 5,000 datagrams a second. With a
// socket that others hold, none is lost or doubled.
func TestServiceRestart(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 5_000
	}
	held, port := heldSocket(t)
	dir := t.TempDir()
	done := sendNumbered(t, port, n, 5000)
	restarts := 0
	for sending := true; sending; restarts++ {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			sending = false // and one more time, for what is left in the socket
		default:
		}
		p := &process{}
		p.cmd, p.stderr = startService(t, held, "--data-dir", dir)
		eventually(t, "the service is ready", func() bool { return strings.Contains(p.stderr.String(), "msg=listening") })
		time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond) // at any moment
		if code := p.interrupt(t); code != exitOK {
			t.Fatalf("exit code %d: %s", code, p.stderr)
		}
	}
	stored, _ := storedNumbers(t, dir)
	for i := range n {
		if stored[i] != 1 {
			t.Fatalf("number %d is stored %d times; %d different ones of %d, %d restarts", i, stored[i], len(stored), n, restarts)
		}
	}
	t.Logf("%d datagrams, %d restarts", n, restarts)
}

// storedNumbers reads the whole history: how often each number is in it. It checks
// the files, and that every Seq is above the one before.
func storedNumbers(t *testing.T, dir string) (stored map[int]int, total int) {
	t.Helper()
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := h.Check(t.Context()); err != nil || len(h.Report().Damaged) > 0 {
		t.Errorf("the history is not sound: %v, %+v", err, h.Report())
	}
	stored = make(map[int]int)
	last := uint64(0)
	if err := h.Each(t.Context(), history.Query{OldestFirst: true}, func(ev *capture.Event) error {
		if ev.Seq <= last {
			return fmt.Errorf("Seq %d behind %d", ev.Seq, last)
		}
		last = ev.Seq
		if ev.Kind == capture.Traffic {
			stored[numberOf(ev)]++
			total++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return stored, total
}

// TestSettingsThatWait changes what counts from a start only: the log, linklog status
// and linklog doctor say so until the service was started again, or the setting is back.
func TestSettingsThatWait(t *testing.T) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	held, _ := heldSocket(t)
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	p := &process{}
	p.cmd, p.stderr = startService(t, held, "--data-dir", dir, "--socket", socket)
	says := func(what string) {
		t.Helper()
		eventually(t, what, func() bool { return strings.Contains(p.stderr.String(), what) })
	}
	reload := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "linklog.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	command := func(args ...string) (out string, err error) {
		text, err := exec.Command(file, append(args, "--socket", socket)...).CombinedOutput()
		return string(text), err
	}
	const waits = "names.dns = false: takes effect after a restart of the service"
	says("msg=listening")
	reload("[names]\ndns = false\n")
	says(`level=INFO msg=note with=restart error="` + waits)
	out, err := command("status")
	if !regexp.MustCompile(`(?m)^Restart +`+regexp.QuoteMeta(waits)+"$").MatchString(out) || strings.Contains(out, "TROUBLE") || err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, _ = command("doctor"); !strings.Contains(out, "Some settings take effect after a restart of the service.") || !strings.Contains(out, waits) {
		t.Error(out)
	}
	reload("[history]\ndays = 3\n")
	says(`msg="note is over" with=restart`)
	if out, err = command("status"); strings.Contains(out, "Restart ") || err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if code := p.interrupt(t); code != exitOK {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
}

// TestServiceReload changes the settings of the running service: once well, once
// wrongly, which is told with its line and changes nothing.
func TestServiceReload(t *testing.T) {
	held, _ := heldSocket(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "linklog.toml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[history]\ndays = 7\n")
	p := &process{}
	p.cmd, p.stderr = startService(t, held, "--data-dir", dir)
	says := func(what string) {
		t.Helper()
		eventually(t, what, func() bool { return strings.Contains(p.stderr.String(), what) })
	}
	says("msg=listening")
	for _, step := range []struct{ text, want string }{
		{"[history]\ndays = 8\n", `msg="settings reloaded"`},
		{"[history]\ndais = 8\n", `line 2: there is no setting \"history.dais\"`},
		{"[hosts]\nignore = [\"ip:1.2.3.400\"]\n", "1.2.3.400"},
	} {
		write(step.text)
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		says(step.want)
	}
	if code := p.interrupt(t); code != exitOK {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	// From the start, those that were used last count instead.
	p.cmd, p.stderr = startService(t, held, "--data-dir", dir)
	says("msg=listening")
	says("The settings that were used last")
	if code := p.interrupt(t); code != exitOK {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	// Where none were used yet, it is the defaults.
	dir = t.TempDir()
	file = filepath.Join(dir, "linklog.toml")
	write("[hosts]\nignore = [\"ip:1.2.3.400\"]\n")
	p.cmd, p.stderr = startService(t, held, "--data-dir", dir)
	says("msg=listening")
	says("1.2.3.400")
	says("The defaults are used until this is fixed")
	if code := p.interrupt(t); code != exitOK {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
}

// TestLogOfATakenPort: the log says that it listens when it does.
func TestLogOfATakenPort(t *testing.T) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	other, taken := porttest.Taken(t)
	dir := t.TempDir()
	cmd := exec.Command(file, "service", "run", "--port", fmt.Sprint(taken), "--data-dir", dir, "--socket", filepath.Join(dir, "s"))
	stderr := &reading{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	eventually(t, "it is ready", func() bool { return strings.Contains(stderr.String(), "no port is open yet") })
	if strings.Contains(stderr.String(), "msg=listening") {
		t.Errorf("it does not listen: %s", stderr)
	}
	c := client.New(client.Options{Paths: []string{filepath.Join(dir, "s")}})
	defer c.Close()
	if s, err := c.Status(t.Context()); err != nil || s.Open || len(s.Troubles) == 0 {
		t.Errorf("%+v, %v", s, err)
	}
	other.Close()
	eventually(t, "the port is its own", func() bool { s, err := c.Status(t.Context()); return err == nil && s.Open })
	eventually(t, "the log says so", func() bool { return strings.Contains(stderr.String(), "the port is free now") })
}
