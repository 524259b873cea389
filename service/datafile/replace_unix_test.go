//go:build unix

package datafile

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReplace puts a text in the place of whatever stands there, and touches nothing else.
func TestReplace(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	for name, put := range map[string]func(path string) error{
		"nothing":           func(string) error { return nil },
		"a file":            func(path string) error { return os.WriteFile(path, []byte("before"), 0o640) },
		"a named pipe":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a link":            func(path string) error { return os.Symlink(other, path) },
		"a link to itself":  func(path string) error { return os.Symlink(path, path) },
		"a link to /dev":    func(path string) error { return os.Symlink("/dev/zero", path) },
		"a file, read-only": func(path string) error { return os.WriteFile(path, nil, 0o400) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(other, []byte("somebody's"), 0o600); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			if err := Replace(path, []byte("after"), 0o600); err != nil {
				t.Fatal(err)
			}
			info, err := os.Lstat(path)
			if err != nil || !info.Mode().IsRegular() {
				t.Fatal(info, err)
			}
			want := map[string]fs.FileMode{"a file": 0o640, "a file, read-only": 0o400}[name]
			if want == 0 {
				want = 0o600
			}
			if text, _ := os.ReadFile(path); string(text) != "after" || info.Mode().Perm() != want {
				t.Errorf("%q, mode %v", text, info.Mode())
			}
			if text, _ := os.ReadFile(other); string(text) != "somebody's" {
				t.Errorf("the other file has %q", text)
			}
			if left, _ := os.ReadDir(dir); len(left) != 1 {
				t.Errorf("left: %v", left)
			}
		})
	}
	folder := filepath.Join(t.TempDir(), "folder")
	if err := os.MkdirAll(filepath.Join(folder, "in it"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(folder, nil, 0o600); err == nil {
		t.Error("a folder was replaced")
	}
}
