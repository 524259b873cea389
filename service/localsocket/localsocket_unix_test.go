//go:build unix

package localsocket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shortDir is a folder for sockets, whose paths may have some 100 bytes only.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "peer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func listenOn(t testing.TB, path string) net.Listener {
	t.Helper()
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func testPath(t testing.TB) string { return filepath.Join(shortDir(t), "run", "l.sock") }

func TestOfOurselves(t *testing.T) {
	path := testPath(t)
	_, callers := serve(t, path)
	if err := ask(path); err != nil {
		t.Fatal(err)
	}
	id := next(t, callers)
	name := "" // not every user has one
	if u, err := user.LookupId(strconv.Itoa(os.Geteuid())); err == nil {
		name = u.Username
	}
	if id.UID != strconv.Itoa(os.Geteuid()) || id.PID != os.Getpid() || id.Name != name {
		t.Errorf("%+v", id)
	}
}

// Nobody is connected: the kernel gives a number that is none.
func TestOfAnUnconnectedSocket(t *testing.T) {
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(shortDir(t), "l.sock"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if id, err := Of(c); err == nil || id != (Identity{}) {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestListenModes(t *testing.T) {
	old := syscall.Umask(0o077) // as the service has it
	defer syscall.Umask(old)
	path := testPath(t)
	serve(t, path)
	for name, want := range map[string]fs.FileMode{path: fs.ModeSocket | 0o666, filepath.Dir(path): fs.ModeDir | 0o755, path + ".lock": 0o600} {
		info, err := os.Lstat(name)
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}

func TestListenKeepsWhatIsNoSocket(t *testing.T) {
	for name, make := range map[string]func(string) error{
		"file":   func(p string) error { return os.WriteFile(p, []byte("mine"), 0o600) },
		"folder": func(p string) error { return os.Mkdir(p, 0o700) },
		"pipe":   func(p string) error { return syscall.Mkfifo(p, 0o600) },
		"link":   func(p string) error { return os.Symlink(p+".other", p) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(shortDir(t), "l.sock")
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			before, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			if l, err := Listen(path); err == nil || !strings.Contains(err.Error(), "not a socket") || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, %v", l, err)
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) || after.Mode() != before.Mode() {
				t.Error("not as it was: ", after, err)
			}
		})
	}
}

func TestListenRemovesOnlyAStaleSocket(t *testing.T) {
	path := filepath.Join(shortDir(t), "l.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	_, err = Listen(path) // of a program that knows no lock
	if want := fmt.Sprintf("process %d of user ", os.Getpid()); !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), want) {
		t.Errorf("in use: %v", err)
	}
	left.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Fatal("the test is wrong: ", err)
	}
	_, callers := serve(t, path)
	if err := ask(path); err != nil {
		t.Error(err)
	}
	next(t, callers)
	_, err = Listen(path)
	if want := fmt.Sprintf("process %d of user ", os.Getpid()); !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), want) {
		t.Errorf("in use: %v", err)
	}
	if err := ask(path); err != nil {
		t.Error("the other one is harmed: ", err)
	}
}

// Of many that start at once over a stale socket exactly one gets it.
func TestListenRace(t *testing.T) {
	path := filepath.Join(shortDir(t), "l.sock")
	for range 50 {
		left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		left.SetUnlinkOnClose(false)
		left.Close()
		const n = 8
		won := make(chan net.Listener, n)
		for range n {
			go func() {
				l, err := Listen(path)
				if err != nil && !errors.Is(err, syscall.EADDRINUSE) {
					t.Error(err)
				}
				won <- l
			}()
		}
		var winner net.Listener
		for range n {
			if l := <-won; l != nil {
				if winner != nil {
					t.Error("two have it")
				}
				winner = l
			}
		}
		if winner == nil {
			t.Fatal("nobody has it")
		}
		callers := answer(t, winner)
		if err := ask(path); err != nil {
			t.Error("the winner is not reached: ", err)
		}
		next(t, callers)
		winner.Close()
	}
}

// A link in the lock's place must not make us create what it points to.
func TestListenFollowsNoLink(t *testing.T) {
	dir := shortDir(t)
	if err := os.Symlink(dir+"/other", dir+"/l.sock.lock"); err != nil {
		t.Fatal(err)
	}
	if l, err := Listen(dir + "/l.sock"); err == nil || !strings.Contains(err.Error(), "l.sock.lock") {
		t.Errorf("%v, %v", l, err)
	}
	if _, err := os.Lstat(dir + "/other"); err == nil {
		t.Error("followed")
	}
}

// A socket for datagrams is somebody's, though nobody can connect to it.
func TestListenKeepsASocketForDatagrams(t *testing.T) {
	path := filepath.Join(shortDir(t), "l.sock")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if l, err := Listen(path); err == nil {
		l.Close()
		t.Error("taken")
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

// What a killed service leaves behind is a socket and a lock that nobody holds.
func TestListenAfterKill(t *testing.T) {
	path := testPath(t)
	c := start(t, nil, "listen", path)
	if err := ask(path); err != nil {
		t.Fatal(err)
	}
	c.cmd.Process.Kill()
	c.cmd.Wait()
	if _, err := os.Lstat(path); err != nil {
		t.Fatal("the test is wrong: ", err)
	}
	if err := ask(path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
	_, callers := serve(t, path)
	if err := ask(path); err != nil {
		t.Error(err)
	}
	next(t, callers)
}

func TestListenRefusesFoldersOfOthers(t *testing.T) {
	dir := shortDir(t)
	for mode, want := range map[fs.FileMode]bool{
		0o777: false, 0o775: false, 0o757: false, fs.ModeSticky | 0o777: true, 0o755: true, 0o700: true,
	} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		l, err := Listen(filepath.Join(dir, "l.sock"))
		if (err == nil) != want {
			t.Errorf("%v: %v", mode, err)
		}
		if err == nil {
			l.Close()
		} else if !strings.Contains(err.Error(), "can be written to by other users") {
			t.Error(err)
		}
	}
}

func TestPaths(t *testing.T) {
	long := "/" + strings.Repeat("x", maxPath)
	for path, want := range map[string]string{
		"":                "not an absolute path",
		"@linklog":        "not an absolute path",
		"run/l.sock":      "not an absolute path",
		"127.0.0.1:162":   "not an absolute path",
		long:              "a shorter one",
		"/dev/null/l/x":   "not a directory",
		"/dev/null/l":     "not a ", // folder
		"/tmp/\x00l.sock": "invalid",
	} {
		if l, err := Listen(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Listen %q: %v, %v", path, l, err)
		}
		if c, err := Dial(context.Background(), path); err == nil {
			t.Errorf("Dial %q: %v, %v", path, c, err)
		}
	}
	path := filepath.Join(shortDir(t), "x")
	path += strings.Repeat("x", maxPath-len(path))
	serve(t, path) // just fits
	if err := ask(path); err != nil {
		t.Error(err)
	}
}

func TestUserPath(t *testing.T) {
	dir := shortDir(t)
	t.Setenv("XDG_CACHE_HOME", "/cache")
	t.Setenv("HOME", "/home/ann")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	inCache := filepath.Join(cache, "linklog/linklog.sock")
	for _, test := range []struct{ dir, want string }{
		{dir, filepath.Join(dir, "linklog/linklog.sock")},
		{"", inCache},
		{"relative", inCache},
		{"/nonexistent", inCache},
		{os.TempDir(), inCache}, // others write there
	} {
		t.Setenv("XDG_RUNTIME_DIR", test.dir)
		if got := UserPath(); got != test.want {
			t.Errorf("%q: %s, want %s", test.dir, got, test.want)
		}
	}
	if os.Geteuid() == 0 {
		os.Chown(dir, 1000, 1000) // as su leaves it
		t.Setenv("XDG_RUNTIME_DIR", dir)
		if got := UserPath(); got != inCache {
			t.Error(got)
		}
	}
}

// A socket as systemd passes one: made elsewhere, known by its number only.
func TestOfAnInheritedListener(t *testing.T) {
	path := filepath.Join(shortDir(t), "l.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	adopted, err := net.FileListener(f)
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer adopted.Close()
	callers := answer(t, adopted)
	if err := ask(path); err != nil {
		t.Fatal(err)
	}
	if id := next(t, callers); id.PID != os.Getpid() || (Policy{}).Role(id) != Admin {
		t.Errorf("%+v", id)
	}
}

// children are what this program is when it is started with the variable as; the
// path of the socket is its argument.
var children = map[string]func() error{
	"ask":    func() error { return ask(os.Args[1]) },
	"listen": listenUntilKilled,
	"knock":  knock,
	"self":   self,
}

// knock connects and is gone.
func knock() error {
	c, err := Dial(context.Background(), os.Args[1])
	if err != nil {
		return err
	}
	return c.Close()
}

// self fails unless the user the service runs as is an administrator of it.
func self() error {
	if role := (Policy{}).Role(Identity{UID: strconv.Itoa(os.Geteuid())}); role != Admin {
		return errors.New(role.String())
	}
	return nil
}

func listenUntilKilled() error {
	l, err := Listen(os.Args[1])
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		c.Write([]byte{'!'})
		c.Close()
	}
}

type child struct {
	cmd *exec.Cmd
	err *bytes.Buffer
}

// start runs this program as another user, nil: as ours. "listen" listens when it returns.
func start(t *testing.T, user *syscall.Credential, what, path string) child {
	t.Helper()
	// The test's own program lies where others cannot look.
	data, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(shortDir(t), "peer.test")
	if err := os.WriteFile(exe, data, 0o755); err != nil {
		t.Fatal(err)
	}
	c := child{exec.Command(exe, path), new(bytes.Buffer)}
	c.cmd.Dir = "/"
	c.cmd.Env = []string{as + "=" + what, "GORACE=atexit_sleep_ms=0"}
	c.cmd.Stderr = c.err
	if user != nil {
		c.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: user}
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cmd.Process.Kill(); c.cmd.Wait() })
	if what == "listen" {
		late := time.AfterFunc(10*time.Second, func() { c.cmd.Process.Kill() })
		defer late.Stop()
		var b [6]byte
		if n, _ := out.Read(b[:]); string(b[:n]) != "ready\n" {
			c.cmd.Wait()
			t.Fatalf("it does not listen: %s", c.err)
		}
	}
	return c
}
