package faults

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/proof/real"
	"linklog/service/api"
	"linklog/service/client"
)

// program is the path of the real program, built once for all tests.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		built, remove, err := real.Build()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer remove()
		program = built
		// The tests mostly wait, for disks and for time to pass.
		flag.Parse()
		if err := flag.Set("test.parallel", "6"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// soak tells whether the tests may take minutes.
func soak() bool { return os.Getenv("LINKLOG_SOAK") != "" }

// daemon is the service as a process of its own.
type daemon struct {
	*client.Client
	cmd    *exec.Cmd
	stderr *real.Output
	data   string
	socket string
	port   int
	ended  bool
}

// setup says how a daemon is started. The zero value is a service that looks up no
// names, on a free port and with a data folder of its own.
type setup struct {
	data     string
	settings string       // TOML; "": as it is in the folder, or without DNS
	held     *net.UDPConn // socket the daemon takes over, as from a service manager
	prefix   []string     // command that runs the program
	socket   string
}

// serve starts the service and waits until it is ready. It ends with the test.
func serve(t testing.TB, s setup) *daemon {
	t.Helper()
	d := launch(t, s)
	eventually(t, "the service is ready", func() bool {
		if d.gone() {
			t.Fatalf("the service ended: %s", d.stderr)
		}
		return d.stderr.Has("msg=listening")
	})
	m := regexp.MustCompile(`msg=listening on="UDP (\d+)`).FindStringSubmatch(d.stderr.String())
	d.port, _ = strconv.Atoi(m[1])
	return d
}

// launch is serve without waiting.
func launch(t testing.TB, s setup) *daemon {
	t.Helper()
	if s.data == "" {
		s.data = t.TempDir()
	}
	if s.socket == "" {
		s.socket = filepath.Join(t.TempDir(), "s")
	}
	file := filepath.Join(s.data, "linklog.toml")
	if _, err := os.Stat(file); s.settings == "" && err != nil {
		s.settings = "[names]\ndns = false\n"
	}
	if s.settings != "" {
		if err := os.WriteFile(file, []byte(s.settings), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := append(s.prefix, program, "service", "run", "--data-dir", s.data, "--socket", s.socket, "--port", "0")
	d := &daemon{stderr: &real.Output{}, data: s.data, socket: s.socket}
	if s.held == nil {
		d.cmd = exec.Command(args[0], args[1:]...)
	} else {
		socket, err := s.held.File()
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		// The shell becomes the service, so that the number of the process is right.
		d.cmd = exec.Command("/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`}, args...)...)
		d.cmd.Env = append(d.cmd.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=trap")
		d.cmd.ExtraFiles = []*os.File{socket}
	}
	d.cmd.Stderr = d.stderr
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.Client = client.New(client.Options{Paths: []string{s.socket}, Agent: "test"})
	t.Cleanup(d.kill)
	return d
}

// gone tells whether the process has ended by itself.
func (d *daemon) gone() bool {
	var status syscall.WaitStatus
	pid, err := syscall.Wait4(d.cmd.Process.Pid, &status, syscall.WNOHANG, nil)
	return pid != 0 || err != nil
}

// kill ends the process as kill -9 does.
func (d *daemon) kill() {
	if d.ended {
		return
	}
	d.ended = true
	d.Close()
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}

// stop ends the service as a service manager does.
func (d *daemon) stop(t testing.TB) {
	t.Helper()
	d.ended = true
	d.Close()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, d.stderr)
	}
}

func (d *daemon) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func (d *daemon) status(t testing.TB) api.Status {
	t.Helper()
	s, err := d.Status(t.Context())
	if err != nil {
		t.Fatalf("%v: %s", err, d.stderr)
	}
	return s
}

// trouble is what the status says is wrong at a place; "": nothing.
func (d *daemon) trouble(t testing.TB, where string) string {
	t.Helper()
	for _, trouble := range d.status(t).Troubles {
		if strings.HasPrefix(trouble.Where, where) {
			return trouble.Text
		}
	}
	return ""
}

// events reads all there are, oldest first.
func (d *daemon) events(t testing.TB) []capture.Event {
	t.Helper()
	var all []capture.Event
	err := d.Events(t.Context(), client.Query{OldestFirst: true}, func(ev *capture.Event) error {
		all = append(all, *ev)
		return nil
	})
	if err != nil {
		t.Fatalf("%v: %s", err, d.stderr)
	}
	return all
}

// linklog runs the command against the service.
func (d *daemon) linklog(t testing.TB, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "LINKLOG_SOCKET="+d.socket, "TZ=UTC")
	text, _ := cmd.CombinedOutput()
	return string(text), cmd.ProcessState.ExitCode()
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
