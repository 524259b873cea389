package install

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// container is a real systemd in a container with a network of its own.
type container struct {
	t      *testing.T // the test, or a step of it
	whole  *testing.T
	root   string // its root folder, seen from outside
	leader string // the process number of its systemd

	env []string

	ended chan struct{} // closed when it has shut down
}

// boot starts a container that shares this computer's /usr, or skips; env is for
// systemd-nspawn.
func boot(t *testing.T, env ...string) *container {
	t.Helper()
	switch info, err := os.Lstat("/bin"); {
	case testing.Short():
		t.Skip("boots a container")
	case os.Getuid() != 0:
		t.Skip("needs root, to start a container")
	case err != nil || info.Mode()&os.ModeSymlink == 0:
		t.Skip("/bin is not in /usr here")
	}
	if _, err := exec.LookPath("systemd-nspawn"); err != nil {
		t.Skip("systemd-nspawn is not installed (apt-get install systemd-container)")
	}
	root := t.TempDir()
	os.Chmod(root, 0o755)
	script := `cd "$1" && mkdir -p usr/lib local/bin var/lib var/log tmp run proc sys dev root home && chmod 1777 tmp
		for l in bin sbin lib lib32 lib64; do if [ -L /$l ]; then cp -a /$l .; fi; done
		cp -a /etc . && cp /usr/lib/os-release usr/lib
		rm -rf etc/systemd/system etc/fstab etc/machine-id && mkdir etc/systemd/system && : >etc/machine-id`
	if out, err := exec.Command("/bin/sh", "-ec", script, "sh", root).CombinedOutput(); err != nil {
		t.Fatalf("make the root: %v\n%s", err, out)
	}
	c := &container{t: t, whole: t, root: root, env: env}
	c.start()
	return c
}

// reboot shuts the container down and starts it again.
func (c *container) reboot() {
	c.t.Helper()
	c.must("systemctl", "reboot")
	select {
	case <-c.ended:
	case <-time.After(30 * time.Second):
		c.t.Fatal("the container does not shut down")
	}
	c.start()
}

// start starts the container and waits until it is up.
func (c *container) start() {
	t := c.t
	t.Helper()
	var log bytes.Buffer
	cmd := exec.Command("systemd-nspawn", "--quiet", "--directory="+c.root, "--bind-ro=/usr", "--bind="+c.root+"/local:/usr/local", "--private-network", "--register=no", "--keep-unit",
		"--console=pipe", "--boot", "systemd.unit=multi-user.target")
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Skip("no container here:", err)
	}
	ended := make(chan struct{})
	c.ended = ended
	go func() { cmd.Wait(); close(ended) }()
	c.whole.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) // asks its systemd to shut down
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			cmd.Process.Kill()
			<-ended
		}
	})
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		select {
		case <-ended:
			t.Skipf("no container here: %s", log.String())
		default:
		}
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", cmd.Process.Pid))
		if f := strings.Fields(string(children)); len(f) > 0 {
			c.leader = f[0]
			// Something that has nothing to do with us may have failed (degraded).
			out, _ := c.try("systemctl", "is-system-running")
			if s := strings.TrimSpace(out); s == "running" || s == "degraded" {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Skip("systemd does not come up in a container here:", log.String())
		}
	}
}

// step is a part of a test; what fails in it ends it.
func (c *container) step(name string, f func(t *testing.T)) {
	defer func() { c.t = c.whole }()
	c.whole.Run(name, func(t *testing.T) {
		c.t = t
		f(t)
	})
}

// try runs a command in the container.
func (c *container) try(command ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--target=" + c.leader, "--all", "--"}, command...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin", "SUDO_USER=anna", "LC_ALL=C"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *container) must(command ...string) string {
	c.t.Helper()
	out, err := c.try(command...)
	if err != nil {
		journal, _ := c.try("journalctl", "--no-pager", "-n", "30", "-u", "linklog*")
		c.t.Fatalf("%s: %v\n%s\n%s", strings.Join(command, " "), err, out, journal)
	}
	return out
}

// linklog runs our command the way a user does who has just downloaded it.
func (c *container) linklog(args ...string) string {
	c.t.Helper()
	return c.must(append([]string{"/root/linklog"}, args...)...)
}

func (c *container) exists(path string) bool {
	_, err := os.Lstat(filepath.Join(c.root, path))
	return err == nil
}

// received waits until all numbers from 1 to n have arrived, and then checks that
// each did once and nothing else.
func (c *container) received(n int) {
	c.t.Helper()
	var lines []string
	for range 100 {
		data, _ := os.ReadFile(filepath.Join(c.root, "/var/lib/private/linklog/received"))
		lines = strings.Fields(strings.ReplaceAll(string(data), "reload\n", ""))
		if len(lines) >= n {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	slices.Sort(lines)
	if once := slices.Compact(slices.Clone(lines)); len(lines) != n || len(once) != n {
		c.t.Errorf("%d datagrams arrived, %d different ones, of %d sent", len(lines), len(once), n)
	}
}

// All of it for real: systemd runs what Install installs, in the sandbox of the unit.
func TestServiceUnderRealSystemd(t *testing.T) {
	c := boot(t)
	program := build(t, "linux")
	if err := copyFile(program, filepath.Join(c.root, "root/linklog")); err != nil {
		t.Fatal(err)
	}
	c.must("useradd", "--create-home", "anna")
	sent := 0
	sendDuring := func(what func()) {
		c.t.Helper()
		done := make(chan string)
		go func() {
			out, err := c.try("/root/linklog", "send", fmt.Sprintf("%d-%d", sent+1, sent+2000))
			if err != nil {
				out += err.Error()
			}
			done <- out
		}()
		time.Sleep(50 * time.Millisecond)
		what()
		if out := <-done; out != "" {
			c.t.Fatal("send: ", out)
		}
		sent += 2000
		c.received(sent)
	}
	pid := func() int {
		c.t.Helper()
		var n int
		fmt.Sscanf(c.linklog("service", "status"), "installed=true running=true pid=%d", &n)
		if n == 0 {
			c.t.Fatal("not running: ", c.linklog("service", "status"))
		}
		return n
	}

	if out := c.linklog("service", "status"); !strings.HasPrefix(out, "installed=false running=false pid=0 ") {
		t.Error("status before install: ", out)
	}
	if out, err := c.try("/root/linklog", "service", "start"); err == nil || !strings.Contains(out, "not installed: run: sudo linklog service install") {
		t.Errorf("start before install: %v %s", err, out)
	}

	c.linklog("service", "install")
	first := pid()
	if status := c.linklog("service", "status"); !strings.Contains(status, "state=active (running)") ||
		!strings.Contains(status, "unit=/etc/systemd/system/linklog.service") || !strings.Contains(status, time.Now().UTC().Format("since=2006-01-02T")) {
		t.Error("status: ", status)
	}
	if groups := c.must("id", "-nG", "anna"); !strings.Contains(groups, "linklog") {
		t.Error("the installing user's groups: ", groups)
	}
	if out := c.must("systemctl", "show", "linklog", "-p", "StatusText"); !strings.Contains(out, "6 sockets") {
		t.Error(out)
	}
	caps, _ := c.try("grep", "-E", "^(Cap|NoNewPrivs|Seccomp|Uid)", "/proc/"+strconv.Itoa(first)+"/status")
	if !strings.Contains(caps, "CapBnd:\t0000000000000000") || !strings.Contains(caps, "NoNewPrivs:\t1") || !strings.Contains(caps, "Seccomp:\t2") || strings.Contains(caps, "Uid:\t0") {
		t.Error("rights of the process:\n", caps)
	}
	if out := c.must("systemd-analyze", "security", "--no-pager", "linklog.service"); exposure(t, out) > 1.5 {
		t.Error(out)
	}
	// A stranger may connect to the local socket: to refuse him is the service's part.
	ask := []string{"runuser", "-u", "nobody", "--", "python3", "-c", "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/linklog/linklog.sock'); print(s.recv(99))"}
	if _, err := exec.LookPath("python3"); err == nil {
		if out := c.must(ask...); !strings.Contains(out, strconv.Itoa(first)) {
			t.Errorf("the local socket: %s, want %d", out, first)
		}
	}

	sendDuring(func() {})
	c.step("restart", func(t *testing.T) {
		sendDuring(func() { c.linklog("service", "restart"); c.linklog("service", "restart") })
		if pid() == first {
			t.Error("still the same process")
		}
	})
	c.step("upgrade", func(t *testing.T) { // the new program over the one that runs
		sendDuring(func() { c.linklog("service", "install") })
	})
	c.step("reload", func(t *testing.T) {
		before := pid()
		c.must("systemctl", "reload", "linklog")
		for range 50 {
			log, _ := os.ReadFile(filepath.Join(c.root, "/var/lib/private/linklog/received"))
			if strings.Contains(string(log), "reload\n") {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		log, _ := os.ReadFile(filepath.Join(c.root, "/var/lib/private/linklog/received"))
		if n := strings.Count(string(log), "reload\n"); n != 1 || pid() != before {
			t.Errorf("%d reloads, process %d then %d", n, before, pid())
		}
	})
	c.step("kill -9", func(t *testing.T) {
		before := pid()
		c.must("kill", "-9", strconv.Itoa(before))
		sendDuring(func() {}) // nobody is there: they wait
		if pid() == before {
			t.Error("still the same process")
		}
	})
	c.step("stop and start", func(t *testing.T) {
		c.linklog("service", "stop")
		if out, _ := c.try("/root/linklog", "send", "1-4"); !strings.Contains(out, "refused") {
			t.Error("somebody listens after stop: ", out)
		}
		if out := c.linklog("service", "status"); !strings.HasPrefix(out, "installed=true running=false pid=0 ") {
			t.Error("status: ", out)
		}
		c.linklog("service", "start")
		sendDuring(func() {})
	})
	c.step("port taken", func(t *testing.T) {
		c.linklog("service", "stop")
		holder := exec.Command("nsenter", "--target="+c.leader, "--all", "--", "/root/linklog", "hold", "162")
		if err := holder.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		out, err := c.try("/root/linklog", "service", "start")
		_, number, found := strings.Cut(out, "cannot receive yet: LinkLog is already running (process ")
		number, _, _ = strings.Cut(number, ")")
		if err == nil || !found {
			t.Errorf("start: %v %s", err, out)
		}
		c.must("kill", number)
		holder.Wait()
		// It runs all the same. When it ends, the manager starts it with the socket.
		c.must("kill", "-9", strconv.Itoa(pid()))
		for range 50 {
			if out, _ := c.try("systemctl", "is-active", trapName); out == "active\n" {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		sendDuring(func() {})
	})
	c.step("uninstall, keep the history", func(t *testing.T) {
		c.linklog("service", "uninstall", "--keep-history")
		for _, gone := range []string{"/etc/systemd/system/linklog.service", "/etc/systemd/system/linklog-trap.socket", "/etc/systemd/system/linklog-syslog.socket", "/etc/systemd/system/linklog-flow.socket", "/etc/systemd/system/linklog-api.socket",
			"/etc/systemd/system/multi-user.target.wants/linklog.service", "/etc/systemd/system/sockets.target.wants/linklog-trap.socket",
			"/etc/sysusers.d/linklog.conf", "/local/bin/linklog"} {
			if c.exists(gone) {
				t.Error("still there: ", gone)
			}
		}
		if groups, _ := os.ReadFile(filepath.Join(c.root, "etc/group")); bytes.Contains(groups, []byte("linklog")) {
			t.Error("the group is still there")
		}
		if out := c.must("systemctl", "list-units", "--all", "--no-legend", "linklog*"); out != "" {
			t.Error("units: ", out)
		}
		c.received(sent)
		c.linklog("service", "install") // and again on top of it
		sendDuring(func() {})
	})
	c.step("uninstall", func(t *testing.T) {
		c.linklog("service", "uninstall")
		for _, gone := range []string{"/var/lib/private/linklog", "/var/lib/linklog"} {
			if c.exists(gone) {
				t.Error("still there: ", gone)
			}
		}
		if out, err := c.try("ls", "-A", "/run/linklog", "/run/systemd/units"); strings.Contains(out, "linklog.s") {
			t.Error(err, out)
		}
		c.linklog("service", "uninstall") // twice is no error
	})
}
