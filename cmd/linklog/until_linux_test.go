package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// At the time of --until linklog ends as if it were interrupted, listening or following.
func TestUntil(t *testing.T) {
	t.Parallel() // it mostly waits
	held, _ := heldSocket(t)
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	_, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket)
	eventually(t, "the service answers: "+stderr.String(), func() bool { _, err := os.Stat(socket); return err == nil })
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for what, args := range map[string][]string{"0 received = 0 events": {"--port", "0"}, "0 events from the service": {"--socket", socket}} {
		until := time.Now().Add(5 * time.Second)
		out, err := exec.Command(file, append(args, "--no-dns", "--until", until.Format(time.RFC3339Nano))...).CombinedOutput()
		if late := time.Since(until); err != nil || !strings.Contains(string(out), what) || late < 0 {
			t.Errorf("%v: %v after the time, %v\n%s", args, late, err, out)
		}
	}
}
