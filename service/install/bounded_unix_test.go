//go:build unix

package install

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The log never gets longer than it may, keeps its newest lines, and all of them whole.
func TestBoundedLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service.log")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	b := &bounded{file: file, path: path, most: 10_000, keep: 1_000}
	for i := range 5_000 {
		if _, err := fmt.Fprintf(b, "line %05d\n", i); err != nil {
			t.Fatal(err)
		}
		if info, err := file.Stat(); err != nil || info.Size() > b.most {
			t.Fatalf("%d bytes, %v", info.Size(), err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, line := range lines {
		if want := fmt.Sprintf("line %05d", 5_000-len(lines)+i); line != want {
			t.Fatalf("%q, want %q", line, want)
		}
	}
	if len(lines) < 80 {
		t.Errorf("%d lines are left", len(lines))
	}
}
