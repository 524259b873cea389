//go:build unix

package install

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// notifySocket is what systemd listens on for its services.
type notifySocket struct {
	address string
	conn    *net.UnixConn
}

func newNotifySocket(t *testing.T, abstract bool) *notifySocket {
	t.Helper()
	address := shortDir(t) + "/notify"
	if abstract {
		address = "@" + address
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &notifySocket{address: address, conn: c}
}

// next is the next message that is not a watchdog's, unless one is wanted.
func (s *notifySocket) next(t *testing.T, watchdog bool) string {
	t.Helper()
	s.conn.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		buf := make([]byte, 4096)
		n, err := s.conn.Read(buf)
		if err != nil {
			t.Fatal("the service does not notify: ", err)
		}
		if msg := string(buf[:n]); watchdog == (msg == "WATCHDOG=1") {
			return msg
		}
	}
}

func (s *notifySocket) expect(t *testing.T, want string) {
	t.Helper()
	if got := s.next(t, false); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func monotonic(t *testing.T) int64 {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	return now.Nano() / 1000
}

func TestNotify(t *testing.T) {
	for _, abstract := range []bool{false, true} {
		t.Run(fmt.Sprintf("abstract=%v", abstract), func(t *testing.T) {
			if abstract && runtime.GOOS != "linux" {
				t.Skip("abstract sockets are Linux's")
			}
			s := newNotifySocket(t, abstract)
			cmd := child(t, "service", "")
			cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+s.address, "WATCHDOG_USEC=100000")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			said := lines(out)
			s.expect(t, "STATUS=opens READY=1") // one line: no state can be smuggled in
			s.expect(t, "READY=1")

			start := time.Now()
			for range 10 {
				s.next(t, true)
			}
			// At half of 100 ms each; the machine may be slow, but not early.
			if took := time.Since(start); took < 400*time.Millisecond || took > 5*time.Second {
				t.Errorf("10 watchdog messages took %v", took)
			}

			before := monotonic(t)
			cmd.Process.Signal(syscall.SIGHUP)
			msg := s.next(t, false)
			if !regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=\d+$`).MatchString(msg) {
				t.Errorf("%q", msg)
			}
			var usec int64
			fmt.Sscanf(msg, "RELOADING=1\nMONOTONIC_USEC=%d", &usec)
			if usec < before || usec > monotonic(t) {
				t.Errorf("%d is not between %d and now", usec, before)
			}
			s.expect(t, "READY=1")

			cmd.Process.Signal(syscall.SIGTERM)
			s.expect(t, "STOPPING=1")
			var all []string
			for line := range said {
				all = append(all, line)
			}
			if err := cmd.Wait(); err != nil || strings.Join(all, " ") != "starts reloads stops" {
				t.Errorf("%v: %v", err, all)
			}
		})
	}
}

func TestWatchdogFallsSilentWhenTheProgramIsIll(t *testing.T) {
	s := newNotifySocket(t, false)
	cmd := child(t, "service", "")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+s.address, "WATCHDOG_USEC=20000", "LINKLOG_TEST_ILL=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	s.next(t, true)
	for deadline := time.Now().Add(time.Minute); ; {
		s.conn.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := s.conn.Read(make([]byte, 99)); err != nil {
			return // a second without a sign of life
		}
		if time.Now().After(deadline) {
			t.Fatal("it still says that it is well")
		}
	}
}

func TestRunWithoutManager(t *testing.T) {
	for name, env := range map[string]string{
		"terminal":              "NOTIFY_SOCKET=",
		"nobody listens":        "NOTIFY_SOCKET=/nonexistent/socket",
		"watchdog of another":   "WATCHDOG_PID=1",
		"the program goes ill":  "LINKLOG_TEST_ILL=1",
		"watchdog out of range": "WATCHDOG_USEC=99999999999999999999",
	} {
		t.Run(name, func(t *testing.T) {
			cmd := child(t, "service", "")
			cmd.Env = append(cmd.Env, "WATCHDOG_USEC=", env)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			said := lines(out)
			for _, want := range []string{"starts", "reloads", "stops"} {
				if line := <-said; line != want {
					t.Errorf("got %q, want %q", line, want)
				}
				cmd.Process.Signal(map[string]syscall.Signal{"starts": syscall.SIGHUP, "reloads": syscall.SIGINT, "stops": 0}[want])
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRunReturnsTheProgramsError(t *testing.T) {
	cmd := child(t, "service", "")
	cmd.Env = append(cmd.Env, "LINKLOG_TEST_FAIL=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := lines(out)
	<-said
	cmd.Process.Signal(syscall.SIGTERM)
	for range said {
	}
	if err := cmd.Wait(); err == nil || errs.String() != "it went wrong\n" {
		t.Errorf("%v: %s", err, &errs)
	}
}
