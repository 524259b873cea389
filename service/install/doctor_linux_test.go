package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDoctorUnderRealSystemd is linklog doctor while the installed service is in each
// of its states: it answers soon, says that one and no other, and never starts it.
func TestDoctorUnderRealSystemd(t *testing.T) {
	program := filepath.Join(t.TempDir(), "linklog")
	buildCommand(t, program)
	c := computer(t, program)
	c.must("useradd", "--create-home", "otto")

	// examine runs it, and wants each of want in what it says and none of not.
	examine := func(user string, code int, want []string, not ...string) {
		c.t.Helper()
		start := time.Now()
		out, err := c.try("runuser", "-u", user, "--", "env", "PATH=/usr/local/bin:/usr/bin", "linklog", "doctor")
		if took := time.Since(start); took > 15*time.Second {
			c.t.Errorf("it took %v", took)
		}
		if exit, _ := err.(*exec.ExitError); (exit != nil) != (code != 0) {
			c.t.Errorf("exit: %v, want %d", err, code)
		}
		for _, text := range want {
			if !strings.Contains(out, text) {
				c.t.Errorf("%s is not told: %q", user, text)
			}
		}
		for _, text := range append(not, "A different program is using UDP port 162: linklog-trap.socket", "program: systemd") {
			if strings.Contains(out, text) {
				c.t.Errorf("%s is told: %q", user, text)
			}
		}
		if c.t.Failed() {
			c.t.Fatal(out)
		}
	}
	state := func(want string) {
		c.t.Helper()
		if out, _ := c.try("systemctl", "is-active", serviceName); strings.TrimSpace(out) != want {
			c.t.Errorf("it is %s, not %s any more", out, want)
		}
	}

	c.step("running", func(t *testing.T) {
		for _, user := range []string{"root", "anna"} {
			examine(user, 0, []string{"ok     LinkLog's service is running, since ", "ok     LinkLog is listening on UDP port 162.", "ok     LinkLog is listening on UDP port 514.", ":162 arrived.", ":514 arrived."}, "WRONG")
		}
		examine("otto", 1, []string{"you may not read its log", "sudo usermod -aG linklog otto"}, "port", "program")
	})
	c.step("stopped, its sockets open", func(t *testing.T) {
		c.must("systemctl", "stop", serviceName)
		for _, user := range []string{"root", "anna", "otto"} {
			examine(user, 1, []string{"WRONG  LinkLog's service is installed, but stopped.", "sudo linklog service start"}, "Nothing is listening")
			state("inactive")
		}
	})
	c.step("stopped", func(t *testing.T) {
		c.linklog("service", "stop")
		examine("anna", 1, []string{"WRONG  LinkLog's service is installed, but stopped.", "sudo linklog service start", "Nothing is listening on UDP port 162."})
		state("inactive")
		if out, err := c.try("runuser", "-u", "anna", "--", "env", "PATH=/usr/local/bin:/usr/bin", "linklog"); err == nil || !strings.HasPrefix(out, "linklog: LinkLog's service is installed here, but is not running. To find out why: linklog doctor\nTo start it: sudo linklog service start\nWithout it: UDP port 162: permission denied") || strings.Contains(out, "service install") {
			t.Errorf("linklog alone: %v %s", err, out)
		}
	})
	c.step("the port is another program's", func(t *testing.T) {
		if err := copyFile(build(t, "linux"), filepath.Join(c.root, "root/stranger")); err != nil {
			t.Fatal(err)
		}
		pid := strings.TrimSpace(c.must("/bin/sh", "-c", "/root/stranger hold 162 >/root/held 2>&1 & echo $!; for i in $(seq 100); do ss -Hlun sport = :162 | grep -q . && exit; sleep 0.1; done; exit 1"))
		examine("root", 1, []string{"but stopped.", "WRONG  A different program is using UDP port 162: stranger (process " + pid + ")."})
		examine("anna", 1, []string{"but stopped.", "UDP port 162 is in use; run as administrator to see by which program."})
		c.must("kill", pid)
		c.must("/bin/sh", "-c", "for i in $(seq 100); do ss -Hlun sport = :162 | grep -q . || exit 0; sleep 0.1; done; exit 1")
	})
	c.linklog("service", "start")
	c.step("the port is another program's, and the service runs", func(t *testing.T) {
		c.linklog("service", "stop")
		pid := strings.TrimSpace(c.must("/bin/sh", "-c", "/root/stranger hold 162 >/root/held 2>&1 & echo $!; for i in $(seq 100); do ss -Hlun sport = :162 | grep -q . && exit; sleep 0.1; done; exit 1"))
		if out, err := c.try("/root/linklog", "service", "start"); err == nil || !strings.Contains(out, "stranger (process "+pid+")") {
			t.Errorf("start: %v %s", err, out)
		}
		runs := "ok     LinkLog's service is running, since "
		examine("root", 1, []string{runs, "WRONG  A different program is using UDP port 162: stranger (process " + pid + ")."}, "a problem: port")
		examine("anna", 1, []string{runs, "WRONG  UDP port 162 is in use; run as administrator to see by which program.", ":514 arrived."}, ":162 ", "a problem: port")
		examine("otto", 1, []string{"you may not read its log"}, "port", "program")
		c.must("kill", pid)
		for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(200 * time.Millisecond) {
			if out, err := c.try("/usr/local/bin/linklog", "doctor"); err == nil && strings.Contains(out, "ok     LinkLog is listening on UDP port 162.") {
				break
			} else if time.Now().After(deadline) {
				t.Fatal("the port is free, and not the service's: ", out)
			}
		}
	})
	c.step("the port of system logs is another program's", func(t *testing.T) {
		c.linklog("service", "stop")
		pid := strings.TrimSpace(c.must("/bin/sh", "-c", "/root/stranger hold 514 >/root/held 2>&1 & echo $!; for i in $(seq 100); do ss -Hlun sport = :514 | grep -q . && exit; sleep 0.1; done; exit 1"))
		c.linklog("service", "start")
		examine("root", 1, []string{"ok     LinkLog is listening on UDP port 162.", "WRONG  A different program is using UDP port 514: stranger (process " + pid + ").", "ports = [162, 2055]"}, "a problem")
		c.must("kill", pid)
		c.eventually("it is the service's", func() bool {
			out, err := c.try("/usr/local/bin/linklog", "doctor")
			return err == nil && strings.Contains(out, "ok     LinkLog is listening on UDP port 514.")
		})
	})
	c.step("stopped by a signal", func(t *testing.T) {
		c.must("systemctl", "kill", "--signal=STOP", serviceName)
		examine("root", 1, []string{"does not report its status: no answer within 3s", "sudo linklog service restart"})
		c.must("systemctl", "kill", "--signal=CONT", serviceName)
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
			if out, err := c.try("/usr/local/bin/linklog", "status"); err == nil {
				break
			} else if time.Now().After(deadline) {
				t.Fatal("it does not answer again: ", out)
			}
		}
	})
	c.step("a file of root", func(t *testing.T) {
		c.must("install", "-m", "600", "/dev/null", "/var/lib/linklog/history/history-2020-01-000001.db")
		examine("root", 1, []string{"history-2020-01-000001.db cannot be read: it belongs to root", "sudo chown "})
		c.must("rm", "/var/lib/linklog/history/history-2020-01-000001.db")
	})
	c.step("not enabled", func(t *testing.T) {
		c.must("systemctl", "disable", trapName)
		examine("root", 0, []string{"does not start with this computer", "sudo linklog service install"})
		c.must("systemctl", "enable", trapName)
	})
	c.step("failing at each start", func(t *testing.T) {
		c.must("/bin/sh", "-ec", `mkdir -p /etc/systemd/system/linklog.service.d
			printf '[Service]\nExecStartPre=/bin/false\n' >/etc/systemd/system/linklog.service.d/x.conf
			systemctl daemon-reload; systemctl restart linklog.service || :`)
		for _, user := range []string{"root", "anna", "otto"} {
			examine(user, 1, []string{"WRONG  LinkLog's service fails at each start: ", "journalctl -u linklog"}, "Nothing is listening")
		}
	})
	c.step("not installed", func(t *testing.T) {
		c.must("rm", "-r", "/etc/systemd/system/linklog.service.d")
		c.linklog("service", "uninstall")
		c.must("cp", "/root/linklog", "/usr/local/bin/linklog")
		examine("anna", 1, []string{"note   LinkLog's service is not running", "Nothing is listening on UDP port 162.", "sudo linklog service install"})
	})
}

// buildCommand builds the real linklog, not the program that stands for it in other tests.
func buildCommand(t *testing.T, to string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", to, "linklog/cmd/linklog")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
}
