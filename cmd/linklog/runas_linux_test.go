package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"linklog/capture/send/sendtest"
)

// needsNobody skips a test where the rights of root cannot be given up, or where that
// cannot be seen.
func needsNobody(t *testing.T) *user.User {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip(err)
	}
	return nobody
}

// isNobody checks that a process has the rights of a user and no others, in every
// thread: rights are the threads' own on Linux.
func isNobody(t *testing.T, nobody *user.User, pid int) {
	t.Helper()
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if len(tasks) == 0 {
		t.Errorf("process %d: not there", pid)
	}
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		if err != nil { // the thread ended
			continue
		}
		for field, want := range map[string]string{
			"Uid": nobody.Uid + "\t" + nobody.Uid + "\t" + nobody.Uid + "\t" + nobody.Uid,
			"Gid": nobody.Gid + "\t" + nobody.Gid + "\t" + nobody.Gid + "\t" + nobody.Gid, "Groups": "",
			"CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapAmb": "0000000000000000",
		} {
			m := regexp.MustCompile(`(?m)^` + field + `:\t(.*)$`).FindSubmatch(status)
			if m == nil || strings.TrimSpace(string(m[1])) != want {
				t.Errorf("%s: %s: got %q, want %q", task, field, m, want)
			}
		}
	}
}

// TestRunAs drops from root to nobody for good, with the log file opened before
// in a folder that nobody may not even look into.
func TestRunAs(t *testing.T) {
	nobody := needsNobody(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--run-as=nobody"}, {"--run-as", "nobody"}, {}} { // also by default
		log := filepath.Join(dir, "log")
		os.Remove(log)
		p := start(t, nil, append(args, "--no-dns", "-ql", log)...)
		isNobody(t, nobody, p.cmd.Process.Pid)
		if info, err := os.Stat(log); err != nil || info.Mode().Perm()&^0o640 != 0 {
			t.Errorf("%v, %v: others can read what root wrote", info, err)
		}
		flood(t, p.port, 3, 0)
		eventually(t, "lines in the log file", func() bool { return countIn(t, log) == 3 })
		if code := p.interrupt(t); code != exitOK {
			t.Errorf("exit code %d: %s", code, p.stderr)
		}
	}
}

// TestRunAsFollowing is "sudo linklog" where the service runs: it is nobody as soon
// as it is connected, comes back to a service that lets in nobody but root, and
// leaves no process behind, however it ends.
func TestRunAsFollowing(t *testing.T) {
	nobody := needsNobody(t)
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	held, port := heldSocket(t)
	dir := reachable(t)
	socket, log := filepath.Join(dir, "s"), filepath.Join(dir, "log")
	serve := func() *exec.Cmd {
		service, _ := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket)
		eventually(t, "the service answers", func() bool {
			c := newClient(socket)
			defer c.Close()
			_, err := c.Hello(t.Context())
			return err == nil
		})
		return service
	}
	service := serve()
	follow := func(args ...string) *process {
		p := &process{cmd: exec.Command(file, append(args, "--socket", socket, "--no-dns", "-ql", log)...), stderr: &reading{}}
		p.cmd.Stderr = p.stderr
		if err := p.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
		eventually(t, "it follows", func() bool { return strings.Contains(p.stderr.String(), "following the service") })
		return p
	}
	for _, args := range [][]string{{}, {"--run-as=nobody"}, {"--since=1h"}, {"--after=0"}} {
		os.Remove(log)
		p := follow(args...)
		isNobody(t, nobody, p.cmd.Process.Pid)
		if !strings.Contains(p.stderr.String(), "running as user nobody") {
			t.Errorf("%v: told: %s", args, p.stderr)
		}
		if info, err := os.Stat(log); err != nil || info.Mode().Perm()&^0o640 != 0 {
			t.Errorf("%v, %v: others can read what root wrote", info, err)
		}
		children := childrenOf(t, p.cmd.Process.Pid)
		if len(children) != 1 {
			t.Fatalf("%v: %d processes beside it", args, len(children))
		}
		sendtest.Tell(t, port, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80")
		eventually(t, "a line", func() bool { return countIn(t, log) > 0 })
		before := countIn(t, log)

		service.Process.Kill()
		service.Wait()
		service = serve()
		sendtest.Tell(t, port, "@in TCP from 203.0.113.5:51234 to 192.168.1.10:80")
		eventually(t, "a line after the restart of the service: "+p.stderr.String(), func() bool { return countIn(t, log) > before })
		isNobody(t, nobody, p.cmd.Process.Pid)
		if len(args) == 0 {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		} else if code := p.interrupt(t); code != exitOK {
			t.Errorf("%v: exit code %d: %s", args, code, p.stderr)
		}
		eventually(t, "its helper ends with it", func() bool {
			_, err := os.Stat(fmt.Sprintf("/proc/%d", children[0]))
			return os.IsNotExist(err)
		})
	}

	// Without its helper it is refused when it comes back, and says so.
	p := follow()
	if err := syscall.Kill(childrenOf(t, p.cmd.Process.Pid)[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	service.Process.Kill()
	service.Wait()
	serve()
	eventually(t, "it says that it is refused", func() bool { return strings.Contains(p.stderr.String(), "may not read LinkLog's log") })
}

// childrenOf are the processes that a process started.
func childrenOf(t *testing.T, pid int) (children []int) {
	t.Helper()
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // a thread that ended meanwhile
		}
		for field := range strings.FieldsSeq(string(text)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, child)
		}
	}
	return children
}

// TestHangupDropped rotates the log file of a linklog that gave up root, in the ways
// there are: what will not work is said at the start, and no line is lost.
func TestHangupDropped(t *testing.T) {
	nobody := needsNobody(t)
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	for _, test := range []struct {
		name   string
		mode   os.FileMode // of the folder
		owner  int
		create bool   // logrotate makes the new file
		says   string // at the start; "": nothing
		told   string // at the SIGHUP
	}{
		{"a folder of the user's", 0o700, uid, false, "", ""},
		{"root's folder, and logrotate makes the file", 0o755, 0, true, "make the new one (create 0640 nobody)", ""},
		{"root's folder, and nobody makes the file", 0o755, 0, false, "let logrotate copy it (copytruncate)", "log file not reopened, still writing to the old one"},
		{"a folder of root alone", 0o700, 0, true, "let logrotate copy it (copytruncate)\n", "log file not reopened, still writing to the old one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(reachable(t), "logs")
			if err := errors.Join(os.Mkdir(dir, test.mode), os.Chmod(dir, test.mode), os.Chown(dir, test.owner, 0)); err != nil {
				t.Fatal(err)
			}
			log := filepath.Join(dir, "log")
			p := start(t, nil, "--no-dns", "-ql", log)
			flood(t, p.port, 10, 0)
			eventually(t, "lines", func() bool { return countIn(t, log) == 10 })
			said := p.stderr.String()
			if test.says == "" && strings.Contains(said, "SIGHUP") || !strings.Contains(said, test.says) {
				t.Errorf("said at the start: %s", said)
			}
			if err := os.Rename(log, log+".1"); err != nil {
				t.Fatal(err)
			}
			if test.create {
				if err := errors.Join(os.WriteFile(log, nil, 0o640), os.Chown(log, uid, gid)); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			into := log
			if test.told != "" {
				into += ".1"
				eventually(t, "it is told", func() bool { return strings.Contains(p.stderr.String(), test.told) })
			} else {
				eventually(t, "the old file is closed", func() bool { return !hasOpen(t, p.cmd.Process.Pid, log+".1") })
				if info, err := os.Stat(log); err != nil || info.Mode().Perm()&^0o640 != 0 {
					t.Errorf("%v, %v: others can read the new file", info, err)
				}
			}
			flood(t, p.port, 10, 0)
			if code := p.interrupt(t); code != exitOK {
				t.Errorf("exit code %d: %s", code, p.stderr)
			}
			lines := countIn(t, log+".1")
			if into == log {
				lines += countIn(t, log)
			}
			if lines != 20 {
				t.Errorf("%d lines of 20", lines)
			}
		})
	}
}

// hasOpen tells whether a process has a file open.
func hasOpen(t *testing.T, pid int, file string) bool {
	t.Helper()
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(fds) == 0 {
		t.Fatalf("process %d has no files: %v", pid, err)
	}
	for _, fd := range fds {
		if link, err := os.Readlink(fd); err == nil && link == file {
			return true
		}
	}
	return false
}
