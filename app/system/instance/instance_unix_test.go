//go:build unix

package instance

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Kill what runs while others ask it: one of them takes its place, and none of them
// ends without being told.
func TestKilledWhileAsked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.sock")
	for range 4 {
		first := start(t, path)
		first.await(t, "first")
		var others []*process
		for range 6 {
			others = append(others, start(t, path))
		}
		first.cmd.Process.Kill()
		first.cmd.Wait()
		winners := 0
		for _, p := range others {
			p.await(t, "\n")
			if strings.HasPrefix(p.said(), "show ") { // it was asked before it could say that it runs
				p.await(t, "first\n")
			}
			switch said := p.said(); {
			case strings.Contains(said, "first\n"):
				winners++
				defer p.stdin.Close()
			case !strings.HasPrefix(said, ErrRunning.Error()+"\n"):
				t.Errorf("%q", said)
			}
		}
		if winners > 1 {
			t.Fatalf("%d run", winners)
		}
		for _, p := range others {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		}
	}
}

// One that holds the lock and hangs is not waited for for ever.
func TestHolderThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("waits")
	}
	path := filepath.Join(t.TempDir(), "app.sock")
	lock, err := lockFile(path + ".lock")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // which accepts nothing
	begin := time.Now()
	_, err = Acquire(t.Context(), path, "", nil)
	if !errors.Is(err, ErrRunning) || !strings.Contains(err.Error(), "does not answer") {
		t.Error(err)
	}
	if took := time.Since(begin); took > settleWithin+2*answerWithin {
		t.Errorf("took %v", took)
	}
}

func TestPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := Path(); got != filepath.Join(dir, "linklog", "app.sock") {
		t.Error(got)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if got := Path(); strings.HasPrefix(got, dir) {
		t.Errorf("%s, where others may write", got)
	}
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("XDG_CACHE_HOME", dir+"/cache")
	t.Setenv("HOME", dir+"/home")
	for _, env := range []string{"XDG_CACHE_HOME", "HOME"} {
		path := Path()
		i, err := Acquire(t.Context(), path, "", nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		i.Close()
		t.Setenv(env, "")
	}
	t.Setenv("TMPDIR", dir)
	if got := Path(); !strings.HasPrefix(got, dir+"/linklog-") {
		t.Error(got)
	}
}

func TestFolderOfOthers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(t.Context(), filepath.Join(dir, "app.sock"), "", nil); err == nil || !strings.Contains(err.Error(), "by other users") {
		t.Error(err)
	}
	if os.Geteuid() == 0 {
		if err := errors.Join(os.Chmod(dir, 0o700), os.Chown(dir, 65534, 65534)); err != nil {
			t.Fatal(err)
		}
		if _, err := Acquire(t.Context(), filepath.Join(dir, "app.sock"), "", nil); err == nil || !strings.Contains(err.Error(), "user 65534") {
			t.Error(err)
		}
	}
	if _, err := Acquire(t.Context(), "/tmp/"+strings.Repeat("x", 120)+"/app.sock", "", nil); err == nil || !strings.Contains(err.Error(), "XDG_RUNTIME_DIR") {
		t.Error(err)
	}
}

// Links in the place of the lock or a file in that of the socket are left alone.
func TestStrangers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.sock")
	if err := os.Symlink(filepath.Join(dir, "other"), path+".lock"); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(t.Context(), path, "", nil); !errors.Is(err, unix.ELOOP) {
		t.Error(err)
	}
	if err := errors.Join(os.Remove(path+".lock"), os.WriteFile(path, []byte("mine"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(t.Context(), path, "", nil); !errors.Is(err, unix.EADDRINUSE) {
		t.Error(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("%q %v", text, err)
	}
}

func TestWantIsChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.sock")
	for _, want := range []string{"two\nlines", "\x1b[2J", strings.Repeat("x", 300), "\u202egpj"} {
		if _, err := Acquire(t.Context(), path, want, nil); err == nil || errors.Is(err, ErrRunning) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
