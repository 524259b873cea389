package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"linklog/capture"
	"linklog/capture/send/sendtest"
	"linklog/service/client"
	"linklog/service/client/overssh/sshtest"
)

// farHost is a computer that ssh calls "pi", whose programs are those in the folder remote, at first linklog.
type farHost struct {
	*sshtest.Host
	socket string // of the service there
}

func far(t *testing.T) *farHost {
	t.Helper()
	linklog, err := program()
	if err != nil {
		t.Fatal(err)
	}
	h := sshtest.New(t)
	h.Script(t, "remote/linklog", `exec `+linklog+` "$@"`)
	return &farHost{h, h.Socket}
}

// command is linklog on the computer from which pi is asked.
func (h *farHost) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	linklog, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(linklog, args...)
	cmd.Env = append(os.Environ(), "PATH="+h.File("bin")+":/usr/bin:/bin", "LINKLOG_SOCKET="+h.File("nowhere"), "TZ=UTC")
	return cmd
}

// asksFar runs linklog to its end.
func asksFar(t *testing.T, cmd *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}

// Every command that asks the service does so by ssh, too, and shows the same.
func TestConnect(t *testing.T) {
	h := far(t)
	held, port := heldSocket(t)
	startService(t, held, "--data-dir", h.File("data"), "--socket", h.socket)
	eventually(t, "the service is there", func() bool { _, err := os.Stat(h.socket); return err == nil })
	sendtest.Tell(t, port, "@in TCP from 203.0.113.4:5 to 192.168.1.10:22", "@out TCP from 192.168.1.10:6 to 198.51.100.7:443")
	near := newClient(h.socket)
	defer near.Close()
	eventually(t, "two events are stored", func() bool {
		n, err := near.Count(t.Context(), client.Query{Filter: "dir:in,out"})
		return err == nil && n == 2
	})
	for _, args := range [][]string{
		{"log", "--json", "--no-dns"}, {"stats", "--by", "port"}, {"hosts", "--json"}, {"export", "--no-dns"}, {"hosts", "ignore", "203.0.113.4"},
		{"lists"}, {"import", "--list"}, {"alerts", "rules"}, {"forget", "--dry-run", "ip:203.0.113.4"}, {"service", "check"},
	} {
		code, wanted, trouble := asksFar(t, h.command(t, append(args, "--socket", h.socket)...))
		if code != 0 {
			t.Fatalf("%v here: exit code %d, %s", args, code, trouble)
		}
		if code, got, trouble := asksFar(t, h.command(t, append(args, "--connect", "ssh://pi")...)); code != 0 || got != wanted {
			t.Errorf("%v: exit code %d, %s\n got %q\nwant %q", args, code, trouble, got, wanted)
		}
	}
	// The environment says it for all commands; a socket that is named is one of this computer.
	cmd := h.command(t, "log", "--no-dns")
	cmd.Env = append(cmd.Env, "LINKLOG_CONNECT=ssh://pi")
	if code, out, trouble := asksFar(t, cmd); code != 0 || strings.Count(out, "\n") != 2 {
		t.Errorf("LINKLOG_CONNECT: exit code %d, %q, %s", code, out, trouble)
	}
	cmd = h.command(t, "log", "--socket", h.File("nowhere"))
	cmd.Env = append(cmd.Env, "LINKLOG_CONNECT=ssh://pi")
	if code, _, trouble := asksFar(t, cmd); code != exitFailure || !strings.Contains(trouble, "nowhere") {
		t.Errorf("--socket: exit code %d, %s", code, trouble)
	}
	// Status says where; its exit code is that of the service, which may lack a port here.
	if _, out, trouble := asksFar(t, h.command(t, "status", "--connect", "ssh://pi")); !strings.Contains(out, "on pi\n") || strings.Contains(out, "dial") {
		t.Errorf("status: %s %s", out, trouble)
	}
	eventually(t, "nobody stays connected", func() bool {
		s, err := near.Status(t.Context())
		return err == nil && len(s.Clients) == 1
	})
}

// What keeps from the service of a different computer is said, each with its exit code.
func TestConnectTrouble(t *testing.T) {
	h := far(t)
	for _, c := range []struct {
		name string
		set  func(t *testing.T, cmd *exec.Cmd)
		code int
		says []string
	}{
		{"no service", func(*testing.T, *exec.Cmd) {}, 1, []string{"on pi: there is no socket " + h.socket, "To find out why: ssh pi linklog doctor"}},
		{"no network", func(t *testing.T, cmd *exec.Cmd) { cmd.Args[3] = "ssh://pi:1" }, 3, []string{"pi cannot be reached", "Connection refused"}},
		{"no such host", func(t *testing.T, cmd *exec.Cmd) { cmd.Args[3] = "ssh://pi.invalid" }, 3, []string{"pi.invalid cannot be reached", "resolve"}},
		{"no ssh", func(t *testing.T, cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "PATH="+h.File("remote")) }, 3, []string{"ssh cannot be run here", "install"}},
		{"different host key", func(t *testing.T, cmd *exec.Cmd) { h.Knows(t, "other-host") }, 4, []string{"pi has a different key than ssh knows", "ssh-keygen -R pi"}},
		{"unknown host key", func(t *testing.T, cmd *exec.Cmd) { h.Write(t, "known_hosts") }, 4, []string{"ssh does not know the key of pi yet", "compare it: ssh pi"}},
		{"no key", func(t *testing.T, cmd *exec.Cmd) { h.OtherKey(t) }, 5, []string{"pi does not let you in with a key", "ssh-copy-id pi"}},
		{"unknown user", func(t *testing.T, cmd *exec.Cmd) { cmd.Args[3] = "ssh://nobody-like-that@pi" }, 5, []string{"pi does not let you in with a key", "ssh-copy-id nobody-like-that@pi"}},
		{"no linklog", func(t *testing.T, cmd *exec.Cmd) { os.Remove(h.File("remote/linklog")) }, 6, []string{"linklog is not on pi", "ssh pi linklog version"}},
		// The words of any version for a subcommand that it does not have.
		{"old linklog", func(t *testing.T, cmd *exec.Cmd) {
			linklog, _ := program()
			h.Script(t, "remote/linklog", `test "$2" = dial && shift 2; exec `+linklog+` service dial-unknown "$@"`)
		}, 7, []string{"linklog on pi is too old"}},
		{"newer linklog", func(t *testing.T, cmd *exec.Cmd) {
			h.Script(t, "remote/linklog", `echo 'linklog-dial {"version":2}'; exec cat`)
		}, 7, []string{"linklog on pi is newer"}},
		{"a login that prints", func(t *testing.T, cmd *exec.Cmd) { h.Script(t, "remote/linklog", `exec yes`) }, 3, []string{"ssh to pi", "prints more than a greeting"}},
		{"a login without commands", func(t *testing.T, cmd *exec.Cmd) {
			h.Script(t, "remote/linklog", `printf 'This account is \033[31mnot available.\n' >&2; exit 1`)
		}, 3, []string{"ssh to pi: This account is ", "not available."}},
		{"a greeting that is none", func(t *testing.T, cmd *exec.Cmd) { h.Script(t, "remote/linklog", `echo 'linklog-dial {"version":'`) }, 3, []string{"does not greet as it should"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := h.command(t, "status", "--connect", "ssh://pi")
			t.Cleanup(func() {
				h.Knows(t, "host")
				linklog, _ := program()
				h.OwnKey(t)
				h.Script(t, "remote/linklog", `exec `+linklog+` "$@"`)
			})
			c.set(t, cmd)
			code, out, trouble := asksFar(t, cmd)
			if code != c.code || out != "" {
				t.Errorf("exit code %d, want %d; %s", code, c.code, out)
			}
			for _, words := range c.says {
				if !strings.Contains(trouble, words) {
					t.Errorf("%q is not in %s", words, trouble)
				}
			}
			if strings.Contains(trouble, "\033") {
				t.Errorf("%q", trouble)
			}
		})
	}
}

// A follower by ssh whose connections break again and again, at either end, has every event once and
// in order.
func TestConnectBroken(t *testing.T) {
	n, breaks := 100_000, 20
	if testing.Short() {
		n, breaks = 20_000, 5
	}
	const rate = 8000.0
	h := far(t)
	held, port := heldSocket(t)
	startService(t, held, "--data-dir", h.File("data"), "--socket", h.socket)
	eventually(t, "the service is there", func() bool { _, err := os.Stat(h.socket); return err == nil })

	followed := h.File("followed.json")
	cmd := h.command(t, "--json", "--no-dns", "--quiet", "--log-file", followed, "--connect", "ssh://pi", "--after=0")
	said := &reading{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("the follower: %s", said)
		}
	})
	sent := sendNumbered(t, port, n, rate)
	for i := range breaks {
		before := sizeOf(followed)
		eventually(t, "the follower goes on", func() bool { return sizeOf(followed) > before || before > int64(n)*100 })
		// In turn the server's end, the client's, and both programs of linklog stay alive.
		killed := 0
		eventually(t, "there is a connection to break", func() bool {
			of := h.SSHD.Process.Pid
			if i%2 == 1 {
				of = cmd.Process.Pid
			}
			for _, pid := range childrenOf(t, of) {
				if syscall.Kill(pid, syscall.SIGKILL) == nil {
					killed++
				}
			}
			return killed > 0
		})
		eventually(t, "the follower is back", func() bool { return strings.Count(said.String(), "the service is back") == i+1 })
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	inTime(t, "the service takes what waits", func() (int64, bool) { waiting, _ := memory(t, held); return int64(waiting), waiting == 0 })
	const last = "198.51.100.1"
	sendtest.Tell(t, port, "@in TCP from "+last+":1 to 192.168.1.10:80")
	near := newClient(h.socket)
	defer near.Close()
	inTime(t, "the follower has the last event", func() (int64, bool) {
		size, end := tail(t, followed)
		return size, bytes.Contains(end, []byte(last)) && bytes.HasSuffix(end, []byte("\n"))
	})
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if cmd.Wait(); cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("exit code %d", cmd.ProcessState.ExitCode())
	}
	var stored []uint64
	attempts := 0
	err := near.Events(t.Context(), client.Query{OldestFirst: true}, func(ev *capture.Event) error {
		stored = append(stored, ev.Seq)
		if ev.Kind == capture.Traffic {
			attempts++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, dropped := memory(t, held); attempts+int(dropped) != n+1 {
		t.Errorf("the service has %d attempts, %d were dropped by the system, %d sent", attempts, dropped, n+1)
	}
	text, err := os.ReadFile(followed)
	if err != nil {
		t.Fatal(err)
	}
	var got []uint64
	for line := range bytes.Lines(text) {
		var ev struct{ Seq uint64 }
		if err := json.Unmarshal(line, &ev); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got = append(got, ev.Seq)
	}
	if !slices.Equal(got, stored) {
		t.Errorf("the follower has %d events, the service %d: %s", len(got), len(stored), difference(got, stored))
	}
	eventually(t, "nobody stays connected", func() bool {
		s, err := near.Status(t.Context())
		return err == nil && len(s.Clients) == 1
	})
}

// difference says where lists of events differ first.
func difference(got, want []uint64) string {
	for i := range got {
		if i == len(want) || got[i] != want[i] {
			return fmt.Sprintf("at %d is event %d", i, got[i])
		}
	}
	return "the last are missing"
}
