//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestRunAsNeedsRoot runs the program as an ordinary user.
func TestRunAsNeedsRoot(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("as root it works: see TestRunAs")
	}
	if _, err := dropTo("nobody"); err == nil || !strings.Contains(err.Error(), "only root") {
		t.Errorf("got %v", err)
	}
}

// TestConnectorAlone is the helper started by a person.
func TestConnectorAlone(t *testing.T) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(file, connectorName, "--", "/nosuchsocket")
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitUsage || !strings.Contains(string(out), "linklog starts this command itself") {
		t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), out)
	}
}

// TestPrivilegedPort takes a port below 1024 as an ordinary user.
func TestPrivilegedPort(t *testing.T) {
	limit, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if err != nil || strings.TrimSpace(string(limit)) != "1024" || os.Getuid() != 0 {
		t.Skip("needs root, to become an ordinary user, and a system that protects ports below 1024")
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chown(dir, nobodyElse, nobodyElse)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--port", "162"}, {"service", "run", "--port", "162", "--data-dir", dir}} {
		cmd := commandAs(file, nobodyElse, args...)
		out, _ := cmd.CombinedOutput()
		typed := file
		if args[0] == "service" {
			typed += " service run"
		}
		for _, want := range []string{"UDP port 162: permission denied\n", "\n      " + typed + " --port 9162\n",
			"sudo setcap cap_net_bind_service=+ep " + file + "\n", "sudo " + file + " service install\n"} {
			if cmd.ProcessState.ExitCode() != exitFailure || !strings.Contains(string(out), want) {
				t.Errorf("%v: exit code %d, %s\nwant %q", args, cmd.ProcessState.ExitCode(), out, want)
			}
		}
		if told := strings.Contains(string(out), "user nobody"); told == (args[0] == "service") {
			t.Errorf("%v: %s", args, out)
		}
	}
}

// TestUnwritableDataFolder: what is wrong with a folder is said of the folder, and
// nothing of a port.
func TestUnwritableDataFolder(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can start programs of other users")
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := commandAs(file, nobodyElse, "service", "run", "--port", freePort(t), "--data-dir", filepath.Join(dir, "data"), "--socket", filepath.Join(dir, "s"))
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitFailure || !strings.Contains(string(out), filepath.Join(dir, "data")+" cannot be made: the folder "+dir+" belongs to root, and LinkLog runs as ") || strings.Contains(strings.ToLower(string(out)), "port") {
		t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), out)
	}
}

// TestTerminate ends the program as service managers do: all lines are written.
func TestTerminate(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p := start(t, nil, "--no-dns", "--run-as=root", "-ql", log)
	flood(t, p.port, 1000, 0)
	if code := p.end(t, syscall.SIGTERM); code != exitOK || countIn(t, log) != 1000 {
		t.Errorf("exit code %d, %d lines: %s", code, countIn(t, log), p.stderr)
	}
}

// TestHangup rotates the log file under load: every line is in one of the two.
func TestHangup(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	p := start(t, nil, "--no-dns", "--run-as=root", "-ql", log)
	for i := range 5 {
		flood(t, p.port, 1000, 0)
		if err := os.Rename(log, log+"."+strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a new log file", func() bool { _, err := os.Stat(log); return err == nil })
	}
	p.interrupt(t)
	files, _ := filepath.Glob(log + "*")
	lines := 0
	for _, file := range files {
		lines += countIn(t, file)
	}
	if len(files) != 6 || lines != 5000 {
		t.Errorf("%d files with %d lines", len(files), lines)
	}
	if !strings.Contains(p.stderr.String(), "5000 received") {
		t.Errorf("told: %s", p.stderr)
	}
}

// nobodyElse is a user of whom the service has never heard.
const nobodyElse = 65534

// commandAs is a command run by another user.
func commandAs(file string, uid uint32, args ...string) *exec.Cmd {
	cmd := exec.Command(file, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	return cmd
}
