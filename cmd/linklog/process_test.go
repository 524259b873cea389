package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture/send"
)

// process is the program running as a child: the test binary under another name
// (see TestMain), as testscript does it.
type process struct {
	cmd    *exec.Cmd
	port   int
	stderr *reading
}

// reading gathers what a process writes.
type reading struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *reading) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *reading) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// program is the path of the program, built once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "linklog-test")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "linklog")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	build := exec.Command("go", "build", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, os.Chmod(dir, 0o755) // for the tests that run it as another user
})

var portLine = regexp.MustCompile(`listening on UDP port (\d+)`)

// start runs the program on a free port and waits until it listens.
func start(t testing.TB, stdout io.Writer, args ...string) *process {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(file, append([]string{"--port=0"}, args...)...)
	cmd.Stdout = stdout
	return launch(t, cmd)
}

// launch starts a program that tells its port on standard error.
func launch(t testing.TB, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, stderr: &reading{}}
	cmd.Stderr = p.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	eventually(t, "the program listens", func() bool {
		m := portLine.FindStringSubmatch(p.stderr.String())
		if m != nil {
			p.port, _ = strconv.Atoi(m[1])
		}
		return m != nil
	})
	return p
}

// interrupt ends the program as Ctrl-C does and returns its exit code.
func (p *process) interrupt(t testing.TB) int {
	t.Helper()
	return p.end(t, os.Interrupt)
}

func (p *process) end(t testing.TB, signal os.Signal) int {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// summary reads the last line the program writes: all that was received, and
// what the kernel dropped.
func (p *process) summary(t testing.TB) (received, events, dropped int) {
	t.Helper()
	m := regexp.MustCompile(`(\d+) received = (\d+) events? \+ (\d+) other \+ (\d+) rejected.*; (\d+) dropped`).FindStringSubmatch(p.stderr.String())
	if m == nil {
		t.Fatalf("no summary in %q", p.stderr.String())
	}
	var n [5]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	if n[0] != n[1]+n[2]+n[3] {
		t.Errorf("the summary does not add up: %s", m[0])
	}
	return n[0], n[1], n[4]
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func sizeOf(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

func countIn(t testing.TB, file string) int {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(b, []byte{'\n'})
}

// TestFlood sends 100,000 traps at once, and 50,000 a second for 10 seconds: each
// is a line in the file or counted as dropped by the kernel, to the last one.
func TestFlood(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux counts the drops of a socket")
	}
	seconds := 10
	if testing.Short() {
		seconds = 2
	}
	for _, test := range []struct {
		name        string
		count, rate int
	}{
		{"burst of 100,000", 100_000, 0},
		{"50,000 a second", 50_000 * seconds, 50_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "log")
			p := start(t, nil, "--no-dns", "--run-as=root", "-ql", log)
			sent := flood(t, p.port, test.count, test.rate)
			settle(t, log)
			if code := p.interrupt(t); code != exitOK {
				t.Errorf("exit code %d: %s", code, p.stderr)
			}
			received, events, dropped := p.summary(t)
			if lines := countIn(t, log); received+dropped != sent || events != received || lines != received {
				t.Errorf("sent %d, received %d, dropped %d, events %d, lines %d", sent, received, dropped, events, lines)
			}
			t.Logf("sent %d, received %d, dropped by the kernel %d", sent, received, dropped)
		})
	}
}

// settle waits until a file has stopped growing for a moment: longer than lines
// wait to be written. Nothing depends on it but the time the test takes, since
// an interrupt flushes.
func settle(t testing.TB, file string) {
	last, since := int64(-1), time.Now()
	eventually(t, "the log file stops growing", func() bool {
		if n := sizeOf(file); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > 300*time.Millisecond
	})
}

// TestFullDiskGoesOn writes to a device without room.
func TestFullDiskGoesOn(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	log := filepath.Join(t.TempDir(), "log")
	p := start(t, full, "--no-dns", "--run-as=root", "-l", log)
	flood(t, p.port, 100, 0)
	eventually(t, "the log file goes on", func() bool { return sizeOf(log) > 0 && countIn(t, log) == 100 })
	flood(t, p.port, 100, 0)
	eventually(t, "the log file goes on", func() bool { return countIn(t, log) == 200 })
	if code := p.interrupt(t); code != exitFailure {
		t.Errorf("exit code %d, want %d, for lines were lost", code, exitFailure)
	}
	text := p.stderr.String()
	if strings.Count(text, "no space left on device") != 1 || !strings.Contains(text, "200 lines could not be written") {
		t.Errorf("told: %s", text)
	}
	if received, _, _ := p.summary(t); received != 200 {
		t.Errorf("received %d", received)
	}
}

// TestClosedPipe is "linklog | head -1": it ends, and says nothing.
func TestClosedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "log")
	p := start(t, w, "--no-dns", "--run-as=root", "-l", log)
	w.Close()
	flood(t, p.port, 1, 0)
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	before := p.stderr.String()
	flood(t, p.port, 1, 0)
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("does not end")
	}
	if p.stderr.String() != before {
		t.Errorf("told: %s", strings.TrimPrefix(p.stderr.String(), before))
	}
	if n := countIn(t, log); n != 2 {
		t.Errorf("the log file has %d lines of 2", n)
	}
}

// TestStoppedReader shows that nobody reading standard output stops neither the
// receiving nor the log file.
func TestStoppedReader(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	log := filepath.Join(t.TempDir(), "log")
	p := start(t, w, "--no-dns", "--run-as=root", "-l", log)
	w.Close()
	const n = 20_000 // lines that no pipe holds
	sent := flood(t, p.port, n, 20_000)
	eventually(t, "the log file has all", func() bool { return countIn(t, log) == sent })
	lines := make(chan int)
	go func() {
		b, _ := io.ReadAll(r)
		lines <- bytes.Count(b, []byte{'\n'})
	}()
	if code := p.interrupt(t); code != exitOK {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	if got := <-lines; got != sent {
		t.Errorf("read %d lines of %d in the end", got, sent)
	}
}

// TestColour paints only what goes to the terminal, not the log file.
func TestColour(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	var stdout reading
	p := start(t, &stdout, "--no-dns", "--run-as=root", "--color=always", "-t", "%a", "-l", log)
	flood(t, p.port, 1, 0)
	eventually(t, "a line", func() bool { return sizeOf(log) > 0 })
	p.interrupt(t)
	if b, _ := os.ReadFile(log); string(b) != "203.0.113.9\n" {
		t.Errorf("log file: %q", b)
	}
	if got := stdout.String(); got != "\x1b[33m203.0.113.9\x1b[0m\n" {
		t.Errorf("standard output: %q", got)
	}
}

// resolverless is a DNS server that never answers.
func resolverless(t *testing.T) string {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.LocalAddr().String()
}

// TestDeadResolver floods the program with a resolver that is dead: it receives
// all of it, and prints all of it with addresses.
func TestDeadResolver(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p := start(t, nil, "--run-as=root", "-t", "%s", "-ql", log, "--resolver", resolverless(t))
	sent := flood(t, p.port, 2000, 0)
	eventually(t, "all lines", func() bool { return sizeOf(log) > 0 && countIn(t, log) == sent })
	p.interrupt(t)
	if received, _, dropped := p.summary(t); received != sent || dropped != 0 {
		t.Errorf("sent %d, received %d, dropped %d", sent, received, dropped)
	}
	if b, _ := os.ReadFile(log); string(b) != strings.Repeat("203.0.113.9\n", sent) {
		t.Errorf("log file: %.200q", b)
	}
}

// flood sends the same trap n times, rate a second (0: at once).
func flood(t testing.TB, port, n, rate int) int {
	t.Helper()
	s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", port), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	report, err := s.Send(t.Context(), n, float64(rate), func(_ int, dst []byte) []byte {
		return send.AppendTrap(dst, &send.Encoding{}, "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80")
	})
	if err != nil {
		t.Fatal(err)
	}
	return report.Sent
}
