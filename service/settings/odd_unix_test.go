//go:build unix

package settings

import (
	"net"
	"path/filepath"
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
