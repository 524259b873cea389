package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"linklog/capture/send"
	"linklog/service/client"
)

// runningService is the service as a process, on a port of its own.
type runningService struct {
	cmd    *exec.Cmd
	stderr *reading
	port   int
	socket string
	data   string
	config string // file
	*client.Client
}

// runService starts the service on one port and waits until it answers. Nobody is looked up
// in DNS, and settings come behind that.
func runService(t testing.TB, dir, settings string) *runningService {
	t.Helper()
	port, err := strconv.Atoi(freePort(t))
	if err != nil {
		t.Fatal(err)
	}
	s := runServiceOn(t, dir, settings, "--port", strconv.Itoa(port))
	s.port = port
	return s
}

// runServiceOn is runService with arguments, which need not name the port.
func runServiceOn(t testing.TB, dir, settings string, args ...string) *runningService {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &runningService{socket: filepath.Join(t.TempDir(), "s"), data: filepath.Join(dir, "data"), stderr: &reading{}}
	s.config = filepath.Join(t.TempDir(), "linklog.toml")
	if err := os.WriteFile(s.config, []byte("[names]\ndns = false\n"+settings), 0o600); err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command(file, append([]string{"service", "run", "--data-dir", s.data, "--socket", s.socket, "--config", s.config}, args...)...)
	s.cmd.Stderr = s.stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.Client = client.New(client.Options{Paths: []string{s.socket}, Agent: "test"})
	t.Cleanup(func() {
		s.Close()
		s.cmd.Process.Kill()
		s.cmd.Wait()
	})
	eventually(t, "the service answers", func() bool { _, err := s.Hello(t.Context()); return err == nil })
	return s
}

// follow starts a follower who writes to a file from the first event on.
func (s *runningService) follow(t testing.TB, file string) {
	t.Helper()
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "--socket", s.socket, "--after=0", "--no-dns", "-ql", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

// followDeaf connects a follower who never reads.
func (s *runningService) followDeaf(t testing.TB) {
	t.Helper()
	c, err := net.Dial("unix", s.socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := c.Write([]byte("GET /v1/follow?after=0 HTTP/1.1\r\nHost: linklog\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
}

// end ends the service by a signal, and waits for it.
func (s *runningService) end(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // its code says which signal
}

// send sends n different messages, rate a second (0: at once).
func (s *runningService) send(t testing.TB, n, rate int) {
	t.Helper()
	d, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", s.port), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if report, err := d.Send(t.Context(), n, float64(rate), send.Stream(send.NewMessages(1), send.Encoding{}, send.New)); err != nil || report.Sent != n {
		t.Fatalf("%+v, %v", report, err)
	}
}

// load sends 20,000 messages a second for some seconds, and then bursts of 200,000
// at once. All of them are stored, and a follower has them, too, while another one
// never reads. It returns how long it took from the last one sent until all were stored.
func load(t testing.TB, seconds, bursts int) time.Duration {
	const rate, burst = 20_000, 200_000
	dir := t.TempDir()
	s := runService(t, dir, "")
	log := filepath.Join(dir, "followed")
	s.follow(t, log)
	s.followDeaf(t)
	s.send(t, rate*seconds, rate)
	sent, last := rate*seconds, time.Now()
	for range bursts {
		s.send(t, burst, 0)
		last = time.Now()
		sent += burst
		eventually(t, "a burst is received", func() bool {
			status, err := s.Status(t.Context())
			return err == nil && status.Received+status.Lost.Total >= uint64(sent)
		})
	}
	var got int64
	eventually(t, "all stored", func() bool {
		status, err := s.Status(t.Context())
		got = status.History.Events
		return err == nil && got >= int64(sent)-int64(status.Lost.Dropped)
	})
	took := time.Since(last)
	status, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Where the system gives little room for what waits, or the processors to
	// others, a burst may be too much; but then that is counted, and told. That there
	// is none is for the benchmark, which has the computer for itself.
	_, alone := t.(*testing.B)
	if status.Received+status.Lost.Total != uint64(sent) || status.Lost.Dropped != status.Lost.Total || alone && status.Lost.Total > 0 && status.Room >= 50_000 {
		t.Errorf("sent %d, received %d, lost %+v, room for %d", sent, status.Received, status.Lost, status.Room)
	}
	eventually(t, "the follower has all", func() bool { return sizeOf(log) > 0 && countIn(t, log) == int(status.Received) })
	if stored, err := s.Count(t.Context(), client.Query{Filter: "dir:in,out"}); err != nil || uint64(stored) != status.Received {
		t.Errorf("%d attempts stored of %d, %v", stored, status.Received, err)
	}
	t.Logf("%d sent, %d lost, stored %v after the last", sent, status.Lost.Total, took.Round(time.Millisecond))
	return took
}

// TestLoad is a short BenchmarkSustained.
func TestLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("sends 400,000 messages")
	}
	load(t, 10, 1)
}

// BenchmarkSustained is the goal: 20,000 messages a second for a minute, and three
// bursts of 200,000, stored without a loss.
func BenchmarkSustained(b *testing.B) {
	for b.Loop() {
		took := load(b, 60, 3)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(took.Seconds(), "s-behind")
	}
}

// procOf reads what the system knows of a process: its CPU time in seconds, and
// its resident memory in bytes, now and at most.
func procOf(t testing.TB, pid int) (cpu float64, rss, peak int64) {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	for _, field := range fields[11:13] { // utime and stime, in hundredths
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		cpu += float64(n) / 100
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var n int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &n); err == nil {
			rss = n << 10
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &n); err == nil {
			peak = n << 10
		}
	}
	return cpu, rss, peak
}

// TestIdle lets the service rest, with a follower and 1,000 events: it uses next to
// no CPU time, and little memory.
func TestIdle(t *testing.T) {
	const seconds, megabyte = 3, 1 << 20
	dir := t.TempDir()
	s := runService(t, dir, "")
	log := filepath.Join(dir, "followed")
	s.follow(t, log)
	s.send(t, 1000, 0)
	eventually(t, "all followed", func() bool { return sizeOf(log) > 0 && countIn(t, log) == 1000 })
	eventually(t, "all stored", func() bool { n, err := s.Count(t.Context(), client.Query{}); return err == nil && n == 1000 })
	before, _, _ := procOf(t, s.cmd.Process.Pid)
	time.Sleep(seconds * time.Second) // that is what is measured
	after, rss, peak := procOf(t, s.cmd.Process.Pid)
	if used := after - before; used > 0.03*seconds || rss >= 32*megabyte {
		t.Errorf("%.2f s of CPU time in %d s, %.1f MiB", used, seconds, float64(rss)/megabyte)
	}
	t.Logf("%.2f s of CPU time in %d s, %.1f MiB, at most %.1f MiB", after-before, seconds, float64(rss)/megabyte, float64(peak)/megabyte)
}
