package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"linklog/capture"
	"linklog/capture/send/sendtest"
	"linklog/service/client"
)

// farHost is a computer of its own as far as linklog can see: a real sshd on the loopback, with keys
// and settings in a folder, that ssh calls "pi".
type farHost struct {
	dir    string
	port   string
	socket string // of the service there
	sshd   *exec.Cmd
	said   *reading // what sshd says
}

// sshd finds the server, installed or unpacked (scripts/setup test), and what it needs in its environment.
func sshd(t *testing.T) (path string, env, options []string) {
	t.Helper()
	for _, path := range []string{"/usr/sbin/sshd", "/usr/local/sbin/sshd"} {
		if _, err := os.Stat(path); err == nil {
			return path, nil, nil
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	root := filepath.Join(cache, "linklog", "openssh-server")
	path = filepath.Join(root, "usr/sbin/sshd")
	if _, err := os.Stat(path); err != nil {
		t.Skip("sshd is not here: not tried (scripts/setup test fetches it, on Debian and Ubuntu)")
	}
	for option, file := range map[string]string{"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"} {
		if file = filepath.Join(root, "usr/lib/openssh", file); sizeOf(file) > 0 { // of OpenSSH 10
			options = append(options, option+" "+file)
		}
	}
	libraries, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu"))
	more, _ := filepath.Glob(filepath.Join(root, "lib/*-linux-gnu"))
	return path, []string{"LD_LIBRARY_PATH=" + strings.Join(append(libraries, more...), ":")}, options
}

// far starts a computer whose programs are those in the folder remote, at first linklog.
func far(t *testing.T) *farHost {
	t.Helper()
	server, env, options := sshd(t)
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("ssh is not here: not tried (scripts/setup test installs it)")
	}
	linklog, err := program()
	if err != nil {
		t.Fatal(err)
	}
	h := &farHost{dir: t.TempDir(), said: &reading{}}
	h.socket = filepath.Join(h.dir, "s")
	for _, dir := range []string{"remote", "bin"} {
		if err := os.Mkdir(filepath.Join(h.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"host", "other-host", "user", "other-user"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", h.file(name)).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v %s", err, out)
		}
	}
	h.port = freePort(t)
	h.write(t, "sshd_config", append(options,
		"Port "+h.port, "ListenAddress 127.0.0.1", "HostKey "+h.file("host"), "AuthorizedKeysFile "+h.file("user.pub"),
		"PidFile none", "StrictModes no", "UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password",
		"MaxStartups 100", "SetEnv LINKLOG_SOCKET="+h.socket+" PATH="+h.file("remote")+":/usr/bin:/bin")...)
	h.write(t, "ssh_config", "Host pi", "HostName 127.0.0.1", "Port "+h.port, "IdentitiesOnly yes", "IdentityAgent none", "IdentityFile "+h.file("user"),
		"HostKeyAlias pi", "UserKnownHostsFile "+h.file("known_hosts"), "GlobalKnownHostsFile /dev/null", "UpdateHostKeys no")
	h.knows(t, "host")
	// The user's own ssh, but for its settings: it looks for those in the home folder of the account.
	h.script(t, "bin/ssh", `exec `+ssh+` -F `+h.file("ssh_config")+` "$@"`)
	if err := os.Symlink(linklog, h.file("remote/linklog")); err != nil {
		t.Fatal(err)
	}

	h.sshd = exec.Command(server, "-D", "-e", "-f", h.file("sshd_config"))
	if os.Geteuid() == 0 {
		// As root it wants a folder, and a user, whom only the installed package has.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skip(err)
		}
		if _, err := user.Lookup("sshd"); err != nil {
			passwd, err := os.ReadFile("/etc/passwd")
			if err != nil {
				t.Skip(err)
			}
			h.write(t, "passwd", strings.TrimSpace(string(passwd)), "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin")
			h.sshd = exec.Command("unshare", append([]string{"-m", "sh", "-c", `mount --bind "$0" /etc/passwd && exec "$@"`, h.file("passwd")}, h.sshd.Args...)...)
		}
	}
	h.sshd.Env = append(os.Environ(), env...)
	h.sshd.Stderr = h.said
	if err := h.sshd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.sshd.Process.Kill()
		h.sshd.Wait()
		if t.Failed() {
			t.Logf("sshd: %s", h.said)
		}
	})
	eventually(t, "sshd listens", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+h.port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return h
}

func (h *farHost) file(name string) string { return filepath.Join(h.dir, name) }

func (h *farHost) write(t *testing.T, name string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(h.file(name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// script writes a program.
func (h *farHost) script(t *testing.T, name, text string) {
	t.Helper()
	os.Remove(h.file(name)) // it may be a link
	if err := os.WriteFile(h.file(name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// knows has ssh take this key for that of the host.
func (h *farHost) knows(t *testing.T, name string) {
	t.Helper()
	key, err := os.ReadFile(h.file(name + ".pub"))
	if err != nil {
		t.Fatal(err)
	}
	h.write(t, "known_hosts", "pi "+strings.TrimSpace(string(key)))
}

// command is linklog on the computer from which pi is asked.
func (h *farHost) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	linklog, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(linklog, args...)
	cmd.Env = append(os.Environ(), "PATH="+h.file("bin")+":/usr/bin:/bin", "LINKLOG_SOCKET="+h.file("nowhere"), "TZ=UTC")
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
	startService(t, held, "--data-dir", h.file("data"), "--socket", h.socket)
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
	cmd = h.command(t, "log", "--socket", h.file("nowhere"))
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
		{"no ssh", func(t *testing.T, cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "PATH="+h.file("remote")) }, 3, []string{"ssh cannot be run here", "install"}},
		{"different host key", func(t *testing.T, cmd *exec.Cmd) { h.knows(t, "other-host") }, 4, []string{"pi has a different key than ssh knows", "ssh-keygen -R pi"}},
		{"unknown host key", func(t *testing.T, cmd *exec.Cmd) { h.write(t, "known_hosts") }, 4, []string{"ssh does not know the key of pi yet", "compare it: ssh pi"}},
		{"no key", func(t *testing.T, cmd *exec.Cmd) { h.script(t, "bin/ssh", h.otherKey(t)) }, 5, []string{"pi does not let you in with a key", "ssh-copy-id pi"}},
		{"unknown user", func(t *testing.T, cmd *exec.Cmd) { cmd.Args[3] = "ssh://nobody-like-that@pi" }, 5, []string{"pi does not let you in with a key", "ssh-copy-id nobody-like-that@pi"}},
		{"no linklog", func(t *testing.T, cmd *exec.Cmd) { os.Remove(h.file("remote/linklog")) }, 6, []string{"linklog is not on pi", "ssh pi linklog version"}},
		// The words of any version for a subcommand that it does not have.
		{"old linklog", func(t *testing.T, cmd *exec.Cmd) {
			linklog, _ := program()
			h.script(t, "remote/linklog", `test "$2" = dial && shift 2; exec `+linklog+` service dial-unknown "$@"`)
		}, 7, []string{"linklog on pi is too old"}},
		{"newer linklog", func(t *testing.T, cmd *exec.Cmd) {
			h.script(t, "remote/linklog", `echo 'linklog-dial {"version":2}'; exec cat`)
		}, 7, []string{"linklog on pi is newer"}},
		{"a login that prints", func(t *testing.T, cmd *exec.Cmd) { h.script(t, "remote/linklog", `exec yes`) }, 3, []string{"ssh to pi", "prints more than a greeting"}},
		{"a login without commands", func(t *testing.T, cmd *exec.Cmd) {
			h.script(t, "remote/linklog", `printf 'This account is \033[31mnot available.\n' >&2; exit 1`)
		}, 3, []string{"ssh to pi: This account is ", "not available."}},
		{"a greeting that is none", func(t *testing.T, cmd *exec.Cmd) { h.script(t, "remote/linklog", `echo 'linklog-dial {"version":'`) }, 3, []string{"does not greet as it should"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := h.command(t, "status", "--connect", "ssh://pi")
			t.Cleanup(func() {
				h.knows(t, "host")
				linklog, _ := program()
				ssh, _ := exec.LookPath("ssh")
				h.script(t, "bin/ssh", `exec `+ssh+` -F `+h.file("ssh_config")+` "$@"`)
				h.script(t, "remote/linklog", `exec `+linklog+` "$@"`)
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

// otherKey is ssh with a key that the host does not know.
func (h *farHost) otherKey(t *testing.T) string {
	t.Helper()
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(h.file("ssh_config"))
	if err != nil {
		t.Fatal(err)
	}
	h.write(t, "other_config", strings.ReplaceAll(string(text), h.file("user"), h.file("other-user")))
	return `exec ` + ssh + ` -F ` + h.file("other_config") + ` "$@"`
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
	startService(t, held, "--data-dir", h.file("data"), "--socket", h.socket)
	eventually(t, "the service is there", func() bool { _, err := os.Stat(h.socket); return err == nil })

	followed := h.file("followed.json")
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
			of := h.sshd.Process.Pid
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
