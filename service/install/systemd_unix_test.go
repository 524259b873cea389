//go:build unix

package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture/receive/porttest"
)

// recorded stands in for the tools of the system: it writes down what is called.
// Everything else in these tests is real. The real tools at work are in
// TestServiceUnderRealSystemd.
type recorded struct {
	calls   []string
	missing []string          // tools this system lacks
	fails   []string          // calls that fail
	answers map[string]string // by the beginning of the call
	on      func(call string)
}

func (r *recorded) run(_ context.Context, name string, args ...string) (string, error) {
	call := strings.Join(append([]string{name}, args...), " ")
	if slices.Contains(r.missing, name) {
		return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
	}
	r.calls = append(r.calls, call)
	if r.on != nil {
		r.on(call)
	}
	for _, f := range r.fails {
		if strings.HasPrefix(call, f) {
			return "", &commandError{command: call, said: "no", err: errors.New("exit status 1")}
		}
	}
	for begin, answer := range r.answers {
		if strings.HasPrefix(call, begin) {
			return answer, nil
		}
	}
	return "", nil
}

func (r *recorded) check(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(r.calls, want) {
		t.Errorf("called:\n  %s\nwant:\n  %s", strings.Join(r.calls, "\n  "), strings.Join(want, "\n  "))
	}
	r.calls = nil
}

func fakeSystemd(t *testing.T) (systemd, *recorded) {
	t.Helper()
	r := &recorded{}
	s := systemd{root: t.TempDir(), run: r.run}
	for path, text := range map[string]string{"/etc/group": "root:x:0:\n", "/home/anna/linklog": "program"} {
		put(t, s.path(path), text)
	}
	if err := os.MkdirAll(s.path("/run/systemd/system"), 0o755); err != nil {
		t.Fatal(err)
	}
	return s, r
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755)); err != nil {
		t.Fatal(err)
	}
}

func (s systemd) config() Config {
	return Config{Executable: s.path("/home/anna/linklog"), DataDir: stateDir, ConfigFile: stateDir + "/linklog.toml", InstallingUser: "anna", Port: 162}
}

var (
	group = []string{"systemd-sysusers linklog.conf", "usermod --append --groups linklog anna"}
	on    = []string{"systemctl daemon-reload", "systemctl enable linklog.service linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket"}
	off   = []string{"systemctl stop linklog-trap.socket linklog-syslog.socket linklog-api.socket linklog.service"}
	up    = []string{"systemctl restart linklog.service", show}
)

const show = "systemctl show linklog.service linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket " +
	"--property=LoadState,ActiveState,SubState,Result,MainPID,NRestarts,ActiveEnterTimestamp,FragmentPath,UnitFileState"

func TestInstallIntoAFolderWithRecordedSystemctl(t *testing.T) {
	ctx := context.Background()
	s, r := fakeSystemd(t)
	if err := s.install(ctx, s.config()); err != nil {
		t.Fatal(err)
	}
	r.check(t, slices.Concat(group, on, up)...)

	c := s.config()
	c.Executable, c.copied = localProgram, true
	for _, f := range Units(c) {
		text, err := os.ReadFile(s.path(f.Path))
		if err != nil || string(text) != f.Content {
			t.Errorf("%s: %v\n%s", f.Path, err, text)
		}
	}
	if info, err := os.Stat(s.path(localProgram)); err != nil || info.Mode() != 0o755 {
		t.Errorf("the copy of the program: %v, %v", info, err)
	}

	// Again, from the copy: nothing is closed, so nothing is lost.
	put(t, s.path("/etc/group"), "root:x:0:\nlinklog:x:999:\n")
	c = s.config()
	c.Executable, c.InstallingUser = s.path(localProgram), ""
	if err := s.install(ctx, c); err != nil {
		t.Fatal(err)
	}
	r.check(t, slices.Concat(on, up)...)
	if !strings.Contains(s.unitText(), copiedMark) {
		t.Error("it is forgotten that the program is a copy")
	}

	// Another port: the old socket has to be closed.
	c.Port = 9162
	if err := s.install(ctx, c); err != nil {
		t.Fatal(err)
	}
	r.check(t, slices.Concat(on, []string{"systemctl stop linklog-trap.socket linklog.service"}, up)...)
	if s.port() != 9162 {
		t.Error("port", s.port())
	}
	put(t, s.path(stateDir+"/linklog.toml"), "[listen]\nport = 514\n") // but the command line wins
	if err := s.restart(ctx); err != nil {
		t.Fatal(err)
	}
	r.check(t, up...)
	if err := os.RemoveAll(s.path(stateDir)); err != nil {
		t.Fatal(err)
	}
	put(t, s.path(dropInPath(trapName)), "left over")
	put(t, s.path(dropInPath(syslogName)), "left over")
	put(t, s.path(dropInPath(flowName)), "left over")
	put(t, s.path(dropInPath(portName)), "left over")
	put(t, s.path(dropInPath(tcpName)), "left over")
	put(t, s.path(morePorts), "[Service]\nSockets=linklog-port@601.socket\n")

	r.answers = map[string]string{"systemctl show": strings.Repeat("LoadState=loaded\nActiveState=active\n\n", 5)}
	if err := s.uninstall(ctx, true); err != nil {
		t.Fatal(err)
	}
	r.check(t, show, "systemctl disable linklog.service linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket", off[0], "groupdel linklog",
		"systemctl daemon-reload", "systemctl reset-failed linklog.service linklog-trap.socket linklog-syslog.socket linklog-flow.socket linklog-api.socket linklog-port@601.socket")
	left := false
	filepath.Walk(s.root, func(path string, info os.FileInfo, err error) error {
		if strings.Contains(info.Name(), "linklog") && !strings.Contains(path, "/home/anna") {
			left = true
			t.Error("left behind: ", path)
		}
		return err
	})
	if left {
		t.Fatal()
	}
}

// A package brought the units: they stay as they are, and there is still a user
// for the group.
func TestInstallOverAPackageWithRecordedSystemctl(t *testing.T) {
	s, r := fakeSystemd(t)
	c := Config{Packaged: true}
	for _, f := range Units(c) {
		put(t, s.path(f.Path), f.Content)
	}
	put(t, s.path("/etc/group"), "linklog:x:999:\n")
	if err := s.install(context.Background(), s.config()); err != nil {
		t.Fatal(err)
	}
	r.check(t, slices.Concat(group[1:], on, up)...)
	r.answers = map[string]string{"systemctl show": "LoadState=loaded\n"}
	if err := s.uninstall(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	for _, f := range Units(c) {
		if _, err := os.Stat(s.path(f.Path)); err != nil {
			t.Error("a file of the package is gone:", err)
		}
	}
	if slices.Contains(r.calls, "groupdel linklog") {
		t.Error("the package's group is gone")
	}
}

func TestGroupWithTheToolsOfOtherSystems(t *testing.T) {
	for _, test := range []struct {
		name    string
		missing []string
		want    []string
	}{
		{"Debian, Fedora, Arch", nil, group},
		{"no systemd-sysusers", []string{"systemd-sysusers"}, []string{"groupadd --system linklog", group[1]}},
		{"BusyBox", []string{"systemd-sysusers", "groupadd", "usermod", "gpasswd"}, []string{"addgroup --system linklog", "adduser anna linklog"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, r := fakeSystemd(t)
			r.missing = test.missing
			if err := s.group(context.Background(), "anna"); err != nil {
				t.Fatal(err)
			}
			r.check(t, test.want...)
		})
	}
	s, r := fakeSystemd(t)
	r.missing = []string{"systemd-sysusers", "groupadd", "addgroup"}
	if err := s.group(context.Background(), "anna"); !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "create the group linklog: none of systemd-sysusers, groupadd, addgroup found") {
		t.Error(err)
	}
}

// The sysusers snippet, by the real tool.
func TestSysusers(t *testing.T) {
	tool, err := tool("systemd-sysusers")
	if err != nil {
		t.Skip("no systemd-sysusers here")
	}
	root := t.TempDir()
	put(t, filepath.Join(root, "etc/group"), "root:x:0:\n")
	put(t, filepath.Join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n")
	f := Units(Config{Packaged: true})[7]
	put(t, filepath.Join(root, f.Path), f.Content)
	if out, err := exec.Command(tool, "--root="+root, "linklog.conf").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if s := (systemd{root: root}); !s.hasGroup() {
		t.Error("no group")
	}
}

func TestNoSystemd(t *testing.T) {
	s, _ := fakeSystemd(t)
	if !s.booted() {
		t.Error("not seen")
	}
	if (systemd{root: t.TempDir()}).booted() {
		t.Error("seen where there is none")
	}
	if !strings.Contains(ErrNoManager.Error(), "linklog service run") {
		t.Error("the error does not say what to do")
	}
	if _, err := host(); err == nil {
		return // this machine has a manager: leave it alone
	}
	for verb, err := range map[string]error{"install": Install(t.Context(), Config{}), "uninstall": Uninstall(t.Context(), true), "start": Start(t.Context())} {
		if !errors.Is(err, ErrNoManager) {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

func TestInstallRefusesAnotherFolderOnLinux(t *testing.T) {
	s, r := fakeSystemd(t)
	c := s.config()
	c.DataDir = "/mnt/log"
	if err := s.install(context.Background(), c); err == nil || !strings.Contains(err.Error(), "mount") {
		t.Error(err)
	}
	r.check(t)
}

func TestFailuresOfRecordedSystemctl(t *testing.T) {
	for call, want := range map[string]string{
		"systemctl daemon-reload": "systemctl daemon-reload: no (exit status 1)",
		"systemctl restart":       "journalctl -u linklog",
		"usermod":                 "put anna into the group linklog: usermod",
	} {
		t.Run(call, func(t *testing.T) {
			s, r := fakeSystemd(t)
			r.fails = []string{call}
			if err := s.install(context.Background(), s.config()); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// The service runs, but its socket unit could not open the port.
func TestPortThatIsNotOpened(t *testing.T) {
	_, number := porttest.Taken(t)
	for _, test := range []struct {
		name string
		port uint16
		pid  int
		want string
	}{
		{"another program has it", number, 1, fmt.Sprintf("LinkLog's service is running, but cannot receive yet: Port %d is in use by install.test (process %d). ", number, os.Getpid())},
		{"the service itself has it", number, os.Getpid(), ""},
		{"nobody has it", porttest.Free(t), 1, "is free, but systemd did not open it; to see why: systemctl status linklog-trap.socket"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, r := fakeSystemd(t)
			put(t, s.path(stateDir+"/linklog.toml"), fmt.Sprintf("[listen]\nport = %d\n", test.port))
			r.answers = map[string]string{"systemctl show": fmt.Sprintf("LoadState=loaded\nActiveState=active\nMainPID=%d\n\nLoadState=loaded\nActiveState=failed\n", test.pid)}
			err := s.start(t.Context())
			if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, ErrPortTaken) || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// What the settings say about the ports reaches the socket units, whoever brought them,
// and only those are closed that change: each port has a unit of its own.
func TestSettingsReachTheSockets(t *testing.T) {
	s, r := fakeSystemd(t)
	for _, f := range Units(Config{Packaged: true}) {
		put(t, s.path(f.Path), f.Content)
	}
	file := s.path(stateDir + "/linklog.toml")
	const (
		head   = "# Written by \"linklog service\" at each start and restart: what [listen] in /var/lib/linklog/linklog.toml says.\n"
		socket = head + "[Socket]\n"
		never  = head + "[Unit]\nConditionPathExists=!/\n"
		more   = head + "[Service]\nSockets="
	)
	on9162 := socket + "ListenDatagram=\nListenDatagram=0.0.0.0:9162\nListenDatagram=[::]:9162\n"
	at := func(address, port string) string {
		return socket + "ListenDatagram=\nListenDatagram=" + address + ":" + port + "\nFreeBind=yes\n"
	}
	at5, buffer := at("192.168.1.5", "162"), socket+"ReceiveBuffer=67108864\n"
	type texts struct{ trap, syslog, flows, port, tcp, more string }
	for _, test := range []struct {
		name, settings string
		want           texts
		closed         string // units, if anything changed
		err            string
	}{
		{name: "none"},
		{"port", "port = 9162", texts{trap: on9162}, "linklog-trap.socket", ""},
		{"the same again", "port = 9162 # still", texts{trap: on9162}, "", ""},
		{"that of system logs", "port = 514", texts{trap: socket + "ListenDatagram=\nListenDatagram=0.0.0.0:514\nListenDatagram=[::]:514\n", syslog: never}, "linklog-trap.socket linklog-syslog.socket", ""},
		{"address", `address = "192.168.1.5"`, texts{trap: at5, syslog: at("192.168.1.5", "514"), flows: at("192.168.1.5", "2055")}, "linklog-trap.socket linklog-syslog.socket linklog-flow.socket", ""},
		{"address of IPv6", `address = "fd00::5"`, texts{trap: at("[fd00::5]", "162"), syslog: at("[fd00::5]", "514"), flows: at("[fd00::5]", "2055")}, "linklog-trap.socket linklog-syslog.socket linklog-flow.socket", ""},
		{"with an interface", `address = "fe80::1%eth0"`, texts{trap: at("[fe80::1]", "162%%eth0"), syslog: at("[fe80::1]", "514%%eth0"), flows: at("[fe80::1]", "2055%%eth0")}, "linklog-trap.socket linklog-syslog.socket linklog-flow.socket", ""},
		{"with lines of its own", `address = "fe80::1%e\n[Service]\nExecStart=/x"`, texts{trap: at("[fe80::1]", "162%%eth0"), syslog: at("[fe80::1]", "514%%eth0"), flows: at("[fe80::1]", "2055%%eth0")}, "", "not a valid interface name"},
		{"buffer", `buffer = "128 MiB"`, texts{trap: buffer, syslog: buffer, flows: buffer}, "linklog-trap.socket linklog-syslog.socket linklog-flow.socket", ""},
		{"wrong settings", "port = 70000", texts{trap: buffer, syslog: buffer, flows: buffer}, "", ""}, // the service says so
		{"any port", "port = 0", texts{syslog: never, flows: never}, "linklog-trap.socket linklog-syslog.socket linklog-flow.socket", ""},
		{"TCP", "tcp = true", texts{more: more + "linklog-tcp@514.socket\n"}, "linklog-syslog.socket linklog-flow.socket", ""},
		{"a list", "ports = [162, 601, 514]", texts{flows: never, more: more + "linklog-port@601.socket\n"}, "linklog-flow.socket linklog-tcp@514.socket", ""},
		{"one more", "ports = [162, 601, 5514, 514]", texts{flows: never, more: more + "linklog-port@601.socket linklog-port@5514.socket\n"}, "", ""},
		{"another address for all", `ports = [162, 601, 5514, 514]
			address = "192.168.1.5"`, texts{trap: at5, syslog: at("192.168.1.5", "514"), flows: never, port: at("192.168.1.5", "%i"), more: more + "linklog-port@601.socket linklog-port@5514.socket\n"},
			"linklog-trap.socket linklog-syslog.socket linklog-port@601.socket linklog-port@5514.socket", ""},
		{"one by TCP, too", `ports = [162, 5514]
			tcp = true
			address = "192.168.1.5"`, texts{trap: at5, syslog: never, flows: never, port: at("192.168.1.5", "%i"), tcp: socket + "ListenStream=\nListenStream=192.168.1.5:%i\nFreeBind=yes\n", more: more + "linklog-port@5514.socket linklog-tcp@5514.socket\n"},
			"linklog-syslog.socket linklog-port@601.socket", ""},
		{"traps only", "ports = [162]", texts{syslog: never, flows: never}, "linklog-trap.socket linklog-port@5514.socket linklog-tcp@5514.socket", ""},
		{"those of before flows", "ports = [162, 514]", texts{flows: never}, "linklog-syslog.socket", ""},
		{"flows for traps", "port = 2055", texts{trap: socket + "ListenDatagram=\nListenDatagram=0.0.0.0:2055\nListenDatagram=[::]:2055\n", flows: never}, "linklog-trap.socket", ""},
		{"the usual ports", "ports = [162, 514, 2055]", texts{}, "linklog-trap.socket linklog-flow.socket", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			read := func() texts {
				var all [6]string
				for i, path := range []string{dropInPath(trapName), dropInPath(syslogName), dropInPath(flowName), dropInPath(portName), dropInPath(tcpName), morePorts} {
					text, _ := os.ReadFile(s.path(path))
					all[i] = string(text)
				}
				return texts{all[0], all[1], all[2], all[3], all[4], all[5]}
			}
			before := read()
			if test.settings != "" {
				put(t, file, "[listen]\n"+test.settings+"\n")
			}
			err := s.restart(t.Context())
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Fatalf("got %v, want %s", err, test.err)
			}
			if got := read(); got != test.want {
				t.Errorf("the drop-ins:\n%q\nwant:\n%q", got, test.want)
			}
			switch {
			case err != nil:
				r.check(t)
			case before == test.want:
				r.check(t, up...)
			default:
				close := "systemctl stop " + strings.TrimSpace(test.closed+" "+serviceName)
				r.check(t, slices.Concat(on[:1], []string{close}, up)...)
			}
		})
	}
	for _, unit := range []string{trapName, flowName, portName, serviceName} {
		if _, err := os.Stat(filepath.Dir(s.path(dropInPath(unit)))); err == nil {
			t.Error("an empty folder is left of", unit)
		}
	}
	// A program that is newer than the units has none for flows to tell.
	unit := s.path("/usr/lib/systemd/system/" + flowName)
	text, err := os.ReadFile(unit)
	if err == nil {
		err = os.Remove(unit)
	}
	if err != nil {
		t.Fatal(err)
	}
	put(t, file, "[listen]\nports = [162, 514]\n")
	if err := s.restart(t.Context()); err != nil {
		t.Error(err)
	}
	r.check(t, up...)
	// An upgrade brings it: it is told before it is opened, once, and the service runs on.
	put(t, unit, string(text))
	for _, calls := range [][]string{{on[0], "systemctl stop linklog-flow.socket"}, nil} {
		if err := s.adapt(t.Context()); err != nil {
			t.Error(err)
		}
		r.check(t, calls...)
	}
	c := s.config()
	c.Port = 9162
	if err := s.install(t.Context(), c); err == nil || !strings.Contains(err.Error(), "write port = 9162 under [listen] in /var/lib/linklog/linklog.toml") {
		t.Error("another port over a package: ", err)
	}
}

func TestParseShow(t *testing.T) {
	for _, test := range []struct {
		name, out string
		want      Status
	}{
		{"running", "LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nMainPID=812\nNRestarts=3\nUnitFileState=enabled\n" +
			"ActiveEnterTimestamp=Fri 2026-11-20 06:07:08 UTC\nFragmentPath=/etc/systemd/system/linklog.service\n" +
			"\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n" +
			"\nLoadState=loaded\nActiveState=failed\nSubState=failed\nUnitFileState=enabled\n" +
			"\nLoadState=loaded\nActiveState=inactive\nSubState=dead\nUnitFileState=enabled\n" +
			"\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=disabled\n",
			Status{
				Installed: true, Running: true, PID: 812, Since: time.Date(2026, 11, 20, 6, 7, 8, 0, time.UTC),
				Unit: "/etc/systemd/system/linklog.service", State: "active (running)", Enabled: true,
				TrapSocket: SocketStatus{Installed: true, Enabled: true, Open: true}, SyslogSocket: SocketStatus{Installed: true, Enabled: true, Failed: true}, FlowSocket: SocketStatus{Installed: true, Enabled: true}, LocalSocket: SocketStatus{Installed: true, Open: true},
			}},
		{"stopped", "LoadState=loaded\nActiveState=inactive\nSubState=dead\nMainPID=0\nNRestarts=0\nActiveEnterTimestamp=\nFragmentPath=/x\nUnitFileState=disabled\n",
			Status{Installed: true, Unit: "/x", State: "inactive (dead)"}},
		{"failed", "LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\nMainPID=0\nFragmentPath=/x\n",
			Status{Installed: true, Unit: "/x", State: "failed (exit-code)", Failing: true}},
		{"starting", "LoadState=loaded\nActiveState=activating\nSubState=start\nMainPID=7\nNRestarts=0\nFragmentPath=/x\n",
			Status{Installed: true, Unit: "/x", State: "activating (start)", Starting: true}},
		{"starting again", "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nMainPID=0\nFragmentPath=/x\n",
			Status{Installed: true, Unit: "/x", State: "activating (auto-restart)", Failing: true}},
		{"starting once more", "LoadState=loaded\nActiveState=activating\nSubState=start\nMainPID=7\nNRestarts=12\nFragmentPath=/x\n",
			Status{Installed: true, Unit: "/x", State: "activating (start)", Failing: true}},
		{"the port is taken", "LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=0\nFragmentPath=/x\n" +
			"\nLoadState=loaded\nActiveState=failed\nSubState=failed\nResult=resources\nUnitFileState=enabled\n\nLoadState=not-found\nActiveState=inactive\n\nLoadState=not-found\nActiveState=inactive\n",
			Status{Installed: true, Running: true, Unit: "/x", State: "active (running)", TrapSocket: SocketStatus{Installed: true, Enabled: true, Failed: true}}},
		{"not installed", "LoadState=not-found\nActiveState=inactive\nSubState=dead\nMainPID=0\n", Status{}},
		{"nothing", "", Status{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := parseShow(test.out); got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestRunTellsWhatAToolSaid(t *testing.T) {
	ctx := context.Background()
	if _, err := run(ctx, "no-such-tool"); !errors.Is(err, exec.ErrNotFound) {
		t.Error(err)
	}
	if _, err := run(ctx, "ls", "/no such folder\x1b"); err == nil || !strings.HasPrefix(err.Error(), "ls /no such folder") || !strings.Contains(err.Error(), "(exit status ") {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := run(ctx, "sleep", "60"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 20*time.Second {
		t.Error(err, time.Since(start))
	}
}
