package prefs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A folder that may be read only: damaged choices stay where they are, good ones
// are read, nothing is written, and the app goes on.
func TestReadOnlyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "linklog")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	good, damaged := filepath.Join(dir, "app.json"), filepath.Join(dir, "damaged.json")
	put(t, good, `{"theme":"dark"}`)
	put(t, damaged, `{"theme":"dark","width":[]}`)
	if err := errors.Join(os.Chmod(good, 0o644), os.Chmod(damaged, 0o644), os.Chmod(dir, 0o555)); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // to whom everything is allowed: be nobody on this thread, for files
		for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
			if info, err := os.Stat(d); err == nil && info.Mode()&0o005 == 0 {
				if err := os.Chmod(d, info.Mode()|0o055); err != nil {
					t.Fatal(err)
				}
			}
		}
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	f, p, err := Open[Choices](good, nil)
	if err != nil || p.Theme != "dark" {
		t.Fatalf("%v %+v", err, p)
	}
	if err := f.Save(sample()); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	f, p, err = Open[Choices](damaged, nil)
	if !errors.Is(err, ErrNotKept) || p.Theme != "dark" {
		t.Errorf("%v %+v", err, p)
	}
	if err := f.Save(sample()); !errors.Is(err, ErrNotKept) {
		t.Error(err)
	}
	for path, want := range map[string]string{good: `{"theme":"dark"}`, damaged: `{"theme":"dark","width":[]}`} {
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s %v", text, err)
		}
	}
}
