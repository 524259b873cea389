package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"linklog/service/localsocket/sockettest"
)

// computer is one with a /run of its own, in which services listen where they usually do.
type computer struct {
	t    *testing.T
	dir  string // which all users reach
	file string // the program
	pid  int    // of who holds its /run
}

func newComputer(t *testing.T) *computer {
	t.Helper()
	sockettest.NeedRoot(t)
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"unshare", "nsenter"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	dir := reachable(t)
	ready := filepath.Join(dir, "ready")
	holder := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c", `mount -t tmpfs -o mode=755 none /run && : >"$0" && exec sleep 600`, ready)
	if err := holder.Start(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { holder.Process.Kill(); holder.Wait() })
	eventually(t, "it has a /run", func() bool { _, err := os.Stat(ready); return err == nil })
	return &computer{t, dir, file, holder.Process.Pid}
}

// person is a user of a computer who logged in.
type person struct {
	*computer
	uid  uint32
	home string
	env  []string
}

// login makes a user's home and what a desktop, or systemd, makes for the session.
func (c *computer) login(uid uint32) *person {
	c.t.Helper()
	p := &person{computer: c, uid: uid, home: filepath.Join(c.dir, fmt.Sprint(uid))}
	runtime := fmt.Sprint("/run/user/", uid)
	p.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.home, "XDG_RUNTIME_DIR=" + runtime, "TMPDIR=/tmp"}
	root := &person{computer: c, env: os.Environ()}
	for _, dir := range []string{p.home, runtime} {
		if out, err := root.start("sh", "-c", fmt.Sprintf("mkdir -p -m 755 $(dirname %[1]s) && mkdir -m 700 %[1]s && chown %[2]d:%[2]d %[1]s", dir, uid)).CombinedOutput(); err != nil {
			c.t.Fatalf("%v: %s", err, out)
		}
	}
	return p
}

// start is a command of the user's on that computer.
func (p *person) start(args ...string) *exec.Cmd {
	id := strconv.FormatUint(uint64(p.uid), 10)
	cmd := exec.Command("nsenter", append([]string{"--mount", "--target", strconv.Itoa(p.pid), "--setuid", id, "--setgid", id, "--"}, args...)...)
	cmd.Env, cmd.Dir = p.env, "/"
	return cmd
}

// serves runs a service until the returned function is called.
func (p *person) serves(args ...string) (end func()) {
	p.t.Helper()
	cmd := p.start(append([]string{p.file, "service", "run", "--port", "0"}, args...)...)
	stderr := &reading{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	end = func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}
	p.t.Cleanup(end)
	eventually(p.t, "the service runs: "+stderr.String(), func() bool { return strings.Contains(stderr.String(), "msg=listening") })
	return end
}

func (p *person) expect(code int, want string, args ...string) {
	p.t.Helper()
	cmd := p.start(append([]string{p.file}, args...)...)
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(string(out), want) {
		p.t.Errorf("user %d: linklog %s: exit code %d, %s\nwant %d, %s", p.uid, strings.Join(args, " "), got, out, code, want)
	}
}

// TestOwnService is a computer whose service lets one user in, and another not. Each runs a
// service of his own as well: the one finds the system's, the other his own.
func TestOwnService(t *testing.T) {
	c := newComputer(t)
	data := filepath.Join(c.dir, "system")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	const member = 54321
	if err := os.WriteFile(filepath.Join(data, settingsName), []byte(fmt.Sprintf("[names]\ndns = false\n[access]\nviewers = [\"%d\"]\n", member)), 0o600); err != nil {
		t.Fatal(err)
	}
	root := &person{computer: c, env: os.Environ()}
	stop := root.serves("--data-dir", data)
	stranger, viewer := c.login(54322), c.login(member)
	const refusal = "may not read LinkLog's log"
	viewer.expect(exitOK, "Data         "+data+":", "status")
	for _, args := range [][]string{{"status"}, {"log"}, {}} {
		stranger.expect(exitFailure, refusal, args...)
	}

	end := stranger.serves()
	own := filepath.Join(stranger.home, ".local/share/linklog")
	stranger.expect(exitOK, "Data         "+own+":", "status")
	stranger.expect(exitOK, "your own, not the system's", "status")
	stranger.expect(exitOK, "", "log")
	stranger.expect(exitOK, "", "hosts")
	stranger.expect(exitOK, "", "devices", "name", "192.168.1.10", "TV")
	stranger.expect(exitOK, own+"/linklog.toml", "service", "check")
	stranger.expect(exitOK, "Your own service has reloaded its settings.", "service", "reload")
	stranger.expect(exitOK, "Your own service is running (process ", "service", "status")
	for _, verb := range []string{"start", "stop", "restart"} {
		stranger.expect(exitFailure, "That is for the system's service. Your own (process ", "service", verb)
	}
	doctor, _ := stranger.start(c.file, "doctor").CombinedOutput()
	if strings.Contains(string(doctor), "may not read") || !strings.Contains(string(doctor), "LinkLog's service is running, since") {
		t.Errorf("doctor: %s", doctor)
	}
	// cron and su know nothing of the session.
	alone := *stranger
	alone.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + stranger.home}
	alone.expect(exitOK, "Data         "+own+":", "status")

	stderr := &reading{}
	follower := stranger.start(c.file)
	follower.Stderr = stderr
	if err := follower.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { follower.Process.Kill(); follower.Wait() })
	eventually(t, "it follows its own", func() bool {
		return strings.Contains(stderr.String(), "following your own service, which listens on UDP port ")
	})

	// Who may read the system's gets that, and hears of his own where it matters.
	viewer.serves()
	viewer.expect(exitOK, "Data         "+data+":", "status")
	socket := "/run/user/" + fmt.Sprint(member) + "/linklog/linklog.sock"
	viewer.expect(exitOK, "the system's; for your own: "+c.file+" status --socket "+socket, "status")
	viewer.expect(exitOK, "Data         "+filepath.Join(viewer.home, ".local/share/linklog")+":", "status", "--socket", socket)
	viewer.expect(exitFailure, "That is the system's service. For your own: "+c.file+" service reload --socket "+socket, "service", "reload")
	root.expect(exitOK, "Data         "+data+":", "status")

	end()
	stranger.expect(exitFailure, refusal, "status")
	stop()
	viewer.expect(exitOK, "Data         "+filepath.Join(viewer.home, ".local/share/linklog")+":", "status")
}
