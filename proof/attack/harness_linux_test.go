package attack

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/proof/real"
	"linklog/service/api"
	"linklog/service/client"
)

const megabyte = 1 << 20

// program is the path of the real program, built once for all tests.
var program string

func TestMain(m *testing.M) {
	if program = os.Getenv(inside); program != "" { // see network
		os.Exit(m.Run())
	}
	os.Exit(func() int {
		built, remove, err := real.Build()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer remove()
		program = built
		return m.Run()
	}())
}

// soak is how long floods last.
func soak(t testing.TB) time.Duration {
	t.Helper()
	text := os.Getenv("LINKLOG_SOAK")
	switch d, err := time.ParseDuration(text); {
	case text == "":
		return 3 * time.Second
	case text == "1": // as for the other proofs: longer
		return time.Minute
	case err != nil || d < time.Second:
		t.Fatalf("LINKLOG_SOAK: %q is no duration such as 10m", text)
		return 0
	default:
		return d
	}
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// process is a program that listens for traps.
type process struct {
	cmd    *exec.Cmd
	stderr *real.Output
	port   int
}

// start starts a program and waits until it tells its port.
func start(t testing.TB, cmd *exec.Cmd, port *regexp.Regexp) *process {
	t.Helper()
	p := &process{cmd: cmd, stderr: &real.Output{}}
	cmd.Stderr = p.stderr
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			text := p.stderr.String()
			t.Logf("%s said: %s", filepath.Base(cmd.Path), text[:min(len(text), 4000)])
		}
	})
	eventually(t, "the program listens", func() bool {
		m := port.FindStringSubmatch(p.stderr.String())
		if m != nil {
			p.port, _ = strconv.Atoi(m[1])
		}
		return m != nil
	})
	return p
}

// end ends the program as Ctrl-C does; it must end well.
func (p *process) end(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, p.stderr)
	}
}

// peak is the most memory the program has had in use so far, in bytes.
func (p *process) peak(t testing.TB) int64 {
	t.Helper()
	n, err := peakOf(p.cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func peakOf(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var n int64
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &n); err == nil {
			return n << 10, nil
		}
	}
	return 0, os.ErrNotExist // it has just ended
}

// daemon is the service as a process of its own.
type daemon struct {
	*process
	*client.Client
	data, socket string
}

// maxService is what the service may have of memory, in bytes: at MemoryHigh of
// its unit the system begins to slow it down.
const maxService = 256 * megabyte

// serve starts the service with a data folder of its own. It asks no DNS server
// unless the settings (TOML) say so.
func serve(t testing.TB, settings string) *daemon {
	t.Helper()
	return serveIn(t, t.TempDir(), settings)
}

// serveIn is serve with a certain data folder.
func serveIn(t testing.TB, data, settings string) *daemon {
	t.Helper()
	return serveOn(t, "0", data, settings)
}

// serveOn is serveIn on certain ports.
func serveOn(t testing.TB, ports, data, settings string) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "ll") // short, as the path of a socket has to be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // other users may knock
		t.Fatal(err)
	}
	d := &daemon{data: data, socket: filepath.Join(dir, "s")}
	if !strings.Contains(settings, "[names]") {
		settings += "\n[names]\ndns = false\n"
	}
	if err := os.WriteFile(filepath.Join(d.data, "linklog.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "service", "run", "--port", ports, "--data-dir", d.data, "--socket", d.socket)
	d.process = start(t, cmd, regexp.MustCompile(`msg=listening on="UDP (\d+)`))
	d.Client = client.New(client.Options{Paths: []string{d.socket}, Agent: "test"})
	t.Cleanup(func() { d.Close() })
	return d
}

// quickDir is a folder in memory, where there is one: what is tested there must not
// wait for a disk a thousand times.
func quickDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "linklog-attack")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (d *daemon) status(t testing.TB) api.Status {
	t.Helper()
	s, err := d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// linklog starts the command against the service and gives its output to read.
func (d *daemon) linklog(t testing.TB, read func(io.Reader), args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "LINKLOG_SOCKET="+d.socket, "TZ=UTC")
	var stderr real.Output
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read(out)
	if err := cmd.Wait(); err != nil {
		t.Errorf("linklog %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
}
