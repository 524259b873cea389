package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/capture/send/sendtest"
	"linklog/service/localsocket/sockettest"
)

// reachable is a folder of the test's own which other users can reach, but not write to.
func reachable(t *testing.T) string {
	t.Helper()
	return sockettest.Folder(t)
}

// TestOtherUser is a service of root and another user of the computer: refused at
// first, then let in to look, and no more than that.
func TestOtherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start programs of other users")
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := reachable(t)
	socket, config := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml")
	settings := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte("[names]\ndns = false\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings("")
	held, port := heldSocket(t)
	service, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
	sendtest.Tell(t, port, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80")

	as := func(uid uint32, args ...string) (string, int) {
		cmd := commandAs(file, uid, args...)
		cmd.Env = append(os.Environ(), "LINKLOG_SOCKET="+socket)
		cmd.Dir = "/"
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	expect := func(uid uint32, code int, want string, args ...string) {
		t.Helper()
		if out, got := as(uid, args...); got != code || !strings.Contains(out, want) {
			t.Errorf("user %d: linklog %s: exit code %d, %s\nwant %d, %s", uid, strings.Join(args, " "), got, out, code, want)
		}
	}
	old := filepath.Join(dir, "old.json")
	if err := os.WriteFile(old, []byte(`{"time":"2024-01-01T10:00:00Z","kind":"traffic","direction":"in","protocol":"TCP","src_ip":"203.0.113.9","src_port":5,"dst_ip":"192.168.1.10","dst_port":22}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is stored", func() bool { out, _ := as(0, "log", "--no-dns"); return strings.Contains(out, "203.0.113.4") })

	const whom = `may not read LinkLog's log: ask an administrator to add the user to the group "linklog" (then log in again), or to [access] in the settings`
	for _, args := range [][]string{{"status"}, {"log"}, {"hosts"}, {"devices"}, {"export"}, {"import", old}, {"hosts", "ignore", "port:ntp"}, {}} {
		expect(nobodyElse, exitFailure, whom, args...)
	}
	// That is all doctor tells: nothing about ports, other programs and the network.
	expect(nobodyElse, exitFailure, "you may not read its log", "doctor", "-p", "9") // nobody listens there
	if out, _ := as(nobodyElse, "doctor", "-p", "9"); strings.Contains(out, "port") || !strings.Contains(out, "sudo usermod -aG linklog nobody\n") {
		t.Error(out)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o666 {
		t.Errorf("%v, %v: not for all to knock", info, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "data")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v: others can look into the data", info, err)
	}

	settings("[access]\nviewers = [\"65534\"]\n")
	if err := service.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the settings are read again: "+stderr.String(), func() bool { return strings.Contains(stderr.String(), "settings reloaded") })
	expect(nobodyElse, exitOK, "(viewer)", "status")
	expect(nobodyElse, exitOK, "203.0.113.4:51234 -> 192.168.1.10:http", "log", "--no-dns")
	expect(nobodyElse, exitOK, "203.0.113.4", "hosts")
	expect(nobodyElse, exitFailure, "may read the history, but only an administrator may add to it\nAs an administrator: sudo ", "import", old)
	expect(nobodyElse, exitFailure, " import --router 192.168.1.1 "+old+"\n", "import", "--router", "192.168.1.1", old)
	expect(nobodyElse, exitFailure, "may read LinkLog's log, but only an administrator may do that\nAs an administrator: sudo ", "service", "reload")
	expect(nobodyElse, exitFailure, " service reload\n", "service", "reload")
	expect(0, exitOK, "1 event read", "import", old)
	expect(0, exitOK, "nothing added, 1 known\n", "import", old)
	expect(0, exitOK, "import 2: 1 added, 0 known\n", "import", "--router", "192.168.1.1", old)
	expect(nobodyElse, exitOK, old, "import", "--list")
	expect(nobodyElse, exitFailure, "only an administrator may do that\nAs an administrator: sudo ", "import", "--undo", "2", "-y")
	expect(0, exitUsage, "without a terminal to confirm on, add --yes", "import", "--undo", "2")
	expect(0, exitOK, "import 2: 1 event removed\n", "import", "--undo", "2", "-y")
	expect(0, exitFailure, "there is no import 2; the numbers are 1\n", "import", "--undo", "2", "-y")
	expect(0, exitUsage, "--list and --undo take no files", "import", "--undo", "1", old)
	expect(0, exitUsage, "--year: 1066 is not a year from 1990 to ", "import", "--year", "1066", old)
	expect(0, exitOK, "203.0.113.9", "hosts")
	expect(54321, exitFailure, whom, "status") // a third
	exported := filepath.Join(dir, "all.json.gz")
	expect(0, exitOK, "events written", "export", "-o", exported)
	if info, err := os.Stat(exported); err != nil || info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("%v, %v: others can read what root exported", info, err)
	}
	if _, err := exec.LookPath("curl"); err == nil {
		for _, request := range []string{"PUT settings", "POST reload", "DELETE events?before=2030-01-01T00:00:00Z", "POST import"} {
			method, path, _ := strings.Cut(request, " ")
			out, _ := commandAs("curl", nobodyElse, "-sS", "--unix-socket", socket, "-X", method, "http://linklog/v1/"+path, "-d", `{"text":""}`, "-w", "%{http_code}").CombinedOutput()
			if !strings.HasSuffix(string(out), "403") || !strings.Contains(string(out), "only an administrator may do that") {
				t.Errorf("%s: %s", request, out)
			}
		}
	}
	if text, err := os.ReadFile(config); err != nil || !strings.Contains(string(text), "65534") {
		t.Errorf("the settings are changed: %s, %v", text, err)
	}
	expect(0, exitOK, "203.0.113.4", "log", "--no-dns")
}

// TestNoTCP looks at all sockets of the service: none is of TCP.
func TestNoTCP(t *testing.T) {
	held, _ := heldSocket(t)
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	service, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket)
	eventually(t, "the service is ready", func() bool { return strings.Contains(stderr.String(), "msg=listening") })
	proc := fmt.Sprintf("/proc/%d/", service.Process.Pid)
	fds, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Skip(err)
	}
	inodes := make(map[string]bool)
	for _, fd := range fds {
		if link, err := os.Readlink(proc + "fd/" + fd.Name()); err == nil && strings.HasPrefix(link, "socket:[") {
			inodes[strings.Trim(link, "socket:[]")] = true
		}
	}
	of := func(table string, column int) (n int) {
		text, err := os.ReadFile(proc + "net/" + table)
		if err != nil {
			return 0
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > column && inodes[fields[column]] && regexp.MustCompile(`^\d+$`).MatchString(fields[column]) {
				n++
			}
		}
		return n
	}
	if tcp, tcp6 := of("tcp", 9), of("tcp6", 9); tcp+tcp6 > 0 {
		t.Errorf("%d sockets of TCP", tcp+tcp6)
	}
	// That it was looked well: those it has are found in the same way.
	if udp, unix := of("udp", 9), of("unix", 6); udp != 1 || unix != 1 {
		t.Errorf("%d sockets of UDP and %d of unix, want one of each, in %v", udp, unix, inodes)
	}
}

// TestSocketThatIsNotTrusted: what listens where others could have put it is not asked, and
// every command says why, also where it would listen itself if there were no service.
func TestSocketThatIsNotTrusted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start programs of other users")
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "ll")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, nobodyElse, nobodyElse); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	service := commandAs(file, nobodyElse, "service", "run", "--port", "0", "--data-dir", filepath.Join(dir, "data"), "--socket", socket)
	service.Dir = "/"
	stderr := &reading{}
	service.Stderr = stderr
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		service.Process.Kill()
		service.Wait()
	})
	eventually(t, "it runs", func() bool { return strings.Contains(stderr.String(), "msg=listening") })
	for _, args := range [][]string{{"status"}, {"log"}, {"hosts"}, {}, {"--since", "1h"}, {"--filter-new"}} {
		cmd := exec.Command(file, append(args, "--socket", socket)...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != exitFailure || !strings.Contains(string(out), "not trusted: user nobody listens, but others may write to the folder /tmp (") || strings.Contains(string(out), "none runs") {
			t.Errorf("linklog %s: exit code %d, %s", strings.Join(args, " "), code, out)
		}
	}
}

// TestServiceIsStopped: a service that hangs holds no command up.
func TestServiceIsStopped(t *testing.T) {
	held, _ := heldSocket(t)
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	service, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket)
	eventually(t, "the service is ready", func() bool { return strings.Contains(stderr.String(), "msg=listening") })
	if err := service.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"status"}, {"log"}, {"hosts"}, {"export"}, {}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			cmd := exec.Command(file, append(args, "--socket", socket)...)
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != exitFailure || !strings.Contains(string(out), "LinkLog's service did not answer within 5s") {
				t.Errorf("exit code %d, %s", code, out)
			}
			if took := time.Since(begin); took > 15*time.Second {
				t.Errorf("after %v", took)
			}
		})
	}
}
