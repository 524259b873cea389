//go:build unix

package settings

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// oddFiles makes what only Unix has in the place of files.
func oddFiles(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.toml"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "socket.toml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	want["pipe.toml"], want["socket.toml"] = " is a named pipe, not a file", " is a socket, not a file"
}

// The copy of the settings in use may be anything, too.
func TestStartBesideAPipe(t *testing.T) {
	dir := t.TempDir()
	f := &File{Path: filepath.Join(dir, "linklog.toml"), Good: filepath.Join(dir, "good")}
	if err := syscall.Mkfifo(f.Good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Path, []byte("[history]\ndays = 'x'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, wrong, err := f.Start(); err != nil || wrong == nil || !strings.Contains(wrong.Error(), f.Good+" is a named pipe") || s.History != (History{}) {
		t.Error(s, wrong, err)
	}
	if err := os.WriteFile(f.Path, []byte("[history]\ndays = 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, wrong, err := f.Start(); err != nil || wrong != nil || s.History.Days != 5 {
		t.Error(s, wrong, err)
	}
	if s, err := Load(f.Good); err != nil || s.History.Days != 5 {
		t.Error(s, err)
	}
}
