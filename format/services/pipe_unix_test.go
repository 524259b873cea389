//go:build unix

package services

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A named pipe in the place of the file is not waited for.
func TestLoadPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "services")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil {
		t.Error("a pipe was read")
	}
}
