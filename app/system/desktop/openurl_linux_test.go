package desktop

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A system that finds no browser says so by its exit code, which reaches the user; one whose browser stays is not waited for.
func TestOpenURLThatFails(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	system := func(script string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	system("exit 3")
	page := filepath.Join(dir, "report.html")
	if err := OpenPage(page); err == nil || !strings.Contains(err.Error(), page) || !strings.Contains(err.Error(), "exit status 3") {
		t.Error(err)
	}
	system("read line <" + dir + "/end") // until this test ends it
	if err := syscall.Mkfifo(filepath.Join(dir, "end"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := OpenURL("https://example.org/"); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "end"), []byte("\n"), 0); err != nil {
		t.Error(err)
	}
}
