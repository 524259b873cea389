//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"linklog/capture/receive/porttest"
	"linklog/service/api"
	"linklog/service/client"
)

// settingsService is the service with a settings file of its own.
type settingsService struct {
	t    testing.TB
	dir  string
	port string
	c    *client.Client
	cmd  *exec.Cmd
	log  *reading
	end  chan struct{} // closed when cmd has ended
}

func newSettingsService(t testing.TB) *settingsService {
	dir := t.TempDir()
	s := &settingsService{t: t, dir: dir, port: freePort(t), c: client.New(client.Options{Paths: []string{filepath.Join(dir, "s")}, Agent: "test/1"})}
	t.Cleanup(s.c.Close)
	t.Cleanup(s.stop)
	return s
}

// text is a settings file with a value of one setting.
func (s *settingsService) text(key, value string) string {
	values := map[string]string{"listen.port": s.port, "listen.address": `"127.0.0.1"`, "listen.buffer": `"64 KiB"`, "names.dns": "false", "hosts.learning": "0"}
	values[key] = value
	var b strings.Builder
	for _, section := range []string{"listen", "sources", "names", "history", "hosts", "alerts", "access"} {
		fmt.Fprintf(&b, "[%s]\n", section)
		for key, value := range values {
			if of, name, _ := strings.Cut(key, "."); of == section {
				fmt.Fprintf(&b, "%s = %s\n", name, value)
			}
		}
	}
	return b.String()
}

func (s *settingsService) file() string { return filepath.Join(s.dir, settingsName) }

func (s *settingsService) write(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.file(), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *settingsService) start() {
	s.t.Helper()
	program, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd, s.log = exec.Command(program, "service", "run", "--data-dir", s.dir, "--socket", filepath.Join(s.dir, "s")), &reading{}
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.end = make(chan struct{})
	go func(cmd *exec.Cmd, end chan struct{}) { cmd.Wait(); close(end) }(s.cmd, s.end)
	eventually(s.t, "the service answers", func() bool {
		select {
		case <-s.end:
			s.t.Fatalf("it ended: %s", s.log)
		default:
		}
		_, err := s.c.Hello(s.t.Context())
		return err == nil
	})
}

func (s *settingsService) stop() {
	if s.cmd != nil {
		s.cmd.Process.Signal(os.Interrupt)
		<-s.end
		s.cmd = nil
	}
}

func (s *settingsService) status() api.Status {
	s.t.Helper()
	status, err := s.c.Status(s.t.Context())
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.log)
	}
	return status
}

// trouble is what is wrong at a place; "": nothing.
func (s *settingsService) trouble(where string) string {
	s.t.Helper()
	for _, t := range s.status().Troubles {
		if t.Where == where {
			return t.Text
		}
	}
	return ""
}

// Whatever the service accepts as settings it can start with, receive, and say what
// does not work.
func TestAcceptedSettingsCanBeStartedWith(t *testing.T) {
	_, number := porttest.Taken(t)
	taken := fmt.Sprint(number)
	s := newSettingsService(t)
	folder, plain := filepath.Join(s.dir, "folder"), filepath.Join(s.dir, "plain")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.write(s.text("history.days", "365"))
	s.start()
	for _, c := range []struct{ key, value, where, trouble string }{
		{"listen.port", taken, "port", "is in use"},
		{"listen.port", "0", "", ""},
		{"listen.address", `"192.0.2.1"`, "port", "does not have the address 192.0.2.1 now"},
		{"listen.address", `"fe80::1%no-such-interface"`, "port", "does not have the address fe80::1%no-such-interface now"},
		{"listen.address", `"::ffff:127.0.0.1"`, "", ""}, {"listen.address", `"0.0.0.0"`, "", ""}, {"listen.address", `"::"`, "", ""}, {"listen.address", `""`, "", ""},
		{"listen.buffer", `"64 KiB"`, "", ""}, {"listen.buffer", `"1 GiB"`, "", ""}, {"listen.buffer", `1e6`, "", ""},
		{"sources.routers", `["0.0.0.0/0", "::/0", "::ffff:10.0.0.0/104", "fe80::1%eth0"]`, "", ""}, {"sources.routers", `[]`, "", ""},
		{"sources.on_link", "true", "", ""},
		{"sources.rate", "1", "", ""}, {"sources.rate", "10_000_000", "", ""}, {"sources.burst", "1", "", ""}, {"sources.burst", "100_000_000", "", ""},
		{"names.dns", "false", "", ""}, {"names.resolver", `"nobody.invalid:53"`, "", ""}, {"names.resolver", `"fe80::1%eth9"`, "", ""},
		{"history.days", "0", "", ""}, {"history.days", "36500", "", ""},
		{"history.max_size", "0", "", ""}, {"history.max_size", `"64 MiB"`, "", ""}, {"history.max_size", `"4000000 TiB"`, "", ""}, {"history.max_size", "4_000_000_000_000_000_000", "", ""},
		{"hosts.own_networks", `["0.0.0.0/0", "::/0"]`, "", ""}, {"hosts.own_networks", `["255.255.255.255", "10.9.8.7/8"]`, "", ""},
		{"hosts.learning", `"36500d"`, "", ""}, {"hosts.learning", `"1ns"`, "", ""}, {"hosts.learning", "0", "", ""},
		{"hosts.ignore", `["host:\"a b\" !port:ntp,1-65535", "any:ü"]`, "", ""},
		{"alerts.on_alert", `["/no/such/program", ""]`, "on_alert", "/no/such/program: no such file or directory"},
		{"alerts.on_alert", `["` + folder + `"]`, "on_alert", folder + ": is a directory"},
		{"alerts.on_alert", `["` + plain + `"]`, "on_alert", plain + ": permission denied"},
		{"alerts.on_alert", `["/bin/true", "\u001b[2J", "` + strings.Repeat("a", 200_000) + `"]`, "", ""},
		{"access.viewers", `["nobody at all", "DOMAIN\\user", "ünal", "0", "4294967295", "-1", "` + strings.Repeat("a", 10_000) + `"]`, "", ""},
		{"access.admins", `["*", "%", "root:x"]`, "", ""},
	} {
		name := fmt.Sprintf("%s = %.60s", c.key, c.value)
		if _, err := s.c.SetSettings(t.Context(), s.text(c.key, c.value)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.stop()
		s.start()
		if c.where != "" {
			eventually(t, name+": "+c.where, func() bool { return strings.Contains(s.trouble(c.where), c.trouble) })
		}
		for _, trouble := range s.status().Troubles {
			if trouble.Where != c.where {
				t.Errorf("%s: trouble with %s: %s", name, trouble.Where, trouble.Text)
			}
		}
		if c.where != "port" {
			flood(t, int(s.status().Port), 1, 0)
			eventually(t, name+": received", func() bool { return s.status().Received == 1 })
		}
		if text, err := os.ReadFile(s.file()); err != nil || string(text) != s.text(c.key, c.value) && len(text) != len(s.text(c.key, c.value)) {
			t.Errorf("%s: the file is %q, %v", name, text, err)
		}
	}
}

// Settings that are wrong are refused whichever way they come, in the same words with
// the line, and a service that finds them in its file when it starts receives all the
// same.
func TestWrongSettings(t *testing.T) {
	s := newSettingsService(t)
	good := s.text("history.days", "77")
	s.write(good)
	s.start()
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{
		"listen.port": `"162"`, "listen.address": `"router"`, "listen.buffer": `"1 kB"`, "sources.routers": `["x"]`, "sources.on_link": `"yes"`, "sources.rate": "0", "sources.burst": "1.5",
		"names.dns": "0", "names.resolver": `"a:b:c:d"`, "history.days": "-1", "history.max_size": `"1 MB"`, "hosts.own_networks": `["home"]`, "hosts.learning": `"soon"`,
		"hosts.ignore": `["port:nonsense"]`, "alerts.on_alert": `["tell-me"]`, "access.viewers": `[""]`, "access.admins": `"root"`, "listen.prot": "5",
	} {
		name := key + " = " + value
		if _, err := s.c.SetSettings(t.Context(), good); err != nil {
			t.Fatal(err)
		}
		bad := s.text(key, value)
		_, err := s.c.SetSettings(t.Context(), bad)
		if err == nil || !strings.Contains(err.Error(), "line ") || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		words := err.Error()[strings.Index(err.Error(), "line "):]
		if text, err := os.ReadFile(s.file()); err != nil || string(text) != good {
			t.Errorf("%s: the file is %q, %v", name, text, err)
		}
		if got := s.trouble("settings"); got != "" {
			t.Errorf("%s: what was refused is a trouble: %s", name, got)
		}

		s.write(bad)
		said := func(from, text string) {
			t.Helper()
			if !strings.Contains(text, s.file()+": "+words) {
				t.Errorf("%s: %s: %s\nwant %s", name, from, text, words)
			}
		}
		for _, args := range [][]string{{"service", "check"}, {"service", "check", s.file()}, {"service", "reload"}} {
			cmd := exec.Command(program, args...)
			cmd.Env = append(os.Environ(), "LINKLOG_SOCKET="+filepath.Join(s.dir, "s"))
			out, _ := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != exitFailure {
				t.Errorf("%s: %v: exit code %d", name, args, cmd.ProcessState.ExitCode())
			}
			said(strings.Join(args, " "), string(out))
		}
		before := s.log.String()
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, name+": SIGHUP", func() bool { return strings.Contains(s.log.String()[len(before):], "reload failed") })
		said("SIGHUP", strings.ReplaceAll(s.log.String()[len(before):], `\"`, `"`))
		said("status", s.trouble("settings"))

		s.stop()
		s.start()
		said("start", s.trouble("settings"))
		if port := fmt.Sprint(s.status().Port); port != s.port {
			t.Errorf("%s: it listens on %s, the last good settings say %s", name, port, s.port)
		}
		flood(t, int(s.status().Port), 1, 0)
		eventually(t, name+": received", func() bool { return s.status().Received == 1 })
		if text, err := os.ReadFile(s.file()); err != nil || string(text) != bad {
			t.Errorf("%s: the file is %q, %v", name, text, err)
		}
	}
}

// What is in the place of the settings file may be anything: the service starts.
func TestOddSettingsFile(t *testing.T) {
	s := newSettingsService(t)
	for what, make := range map[string]func() error{
		"a named pipe":     func() error { return syscall.Mkfifo(s.file(), 0o600) },
		"a folder":         func() error { return os.Mkdir(s.file(), 0o700) },
		"a symbolic link":  func() error { return os.Symlink("/no/such/file", s.file()) },
		"a device":         func() error { return os.Symlink("/dev/zero", s.file()) },
		"more than 1 MiB":  func() error { return os.WriteFile(s.file(), []byte(strings.Repeat("#\n", 1<<20)), 0o600) },
		"line 1, column 1": func() error { return os.WriteFile(s.file(), []byte("\x00\xff"), 0o600) },
	} {
		s.write(s.text("history.days", "77"))
		s.start()
		s.stop()
		if err := os.Remove(s.file()); err != nil {
			t.Fatal(err)
		}
		if err := make(); err != nil {
			t.Fatal(err)
		}
		s.start()
		if got := s.trouble("settings"); !strings.Contains(got, what) || !strings.Contains(got, "The settings that were used last") {
			t.Errorf("%s: %s", what, got)
		}
		if port := fmt.Sprint(s.status().Port); port != s.port {
			t.Errorf("%s: it listens on %s, not %s", what, port, s.port)
		}
		if _, err := s.c.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: reload: %v", what, err)
		}
		s.stop()
		if err := os.RemoveAll(s.file()); err != nil {
			t.Fatal(err)
		}
	}
}

// A port in the settings that needs a right the service has not: it runs, and says so.
func TestSettingsOfForbiddenPort(t *testing.T) {
	limit, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if err != nil || strings.TrimSpace(string(limit)) != "1024" || os.Getuid() != 0 {
		t.Skip("needs root, to become an ordinary user, and a system that protects ports below 1024")
	}
	const ordinary = 23456 // nobody may stand for users the system cannot tell
	s := newSettingsService(t)
	s.write(s.text("listen.port", "983"))
	if err := errors.Join(os.Chmod(filepath.Dir(s.dir), 0o755), os.Chown(s.dir, ordinary, ordinary), os.Chown(s.file(), ordinary, ordinary)); err != nil {
		t.Fatal(err)
	}
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(s.dir, "s")
	service := commandAs(program, ordinary, "service", "run", "--data-dir", s.dir, "--socket", socket)
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { service.Process.Kill(); service.Wait() }()
	eventually(t, "it runs, and says so", func() bool {
		out, _ := commandAs(program, ordinary, "status", "--socket", socket).CombinedOutput()
		return strings.Contains(string(out), "port: UDP port 983: permission denied; LinkLog tries again every 10s. Choose a different port")
	})
}
