package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestLogrotate rotates a log file by the real logrotate, with the example that the
// packages bring: twice, and no line is lost.
func TestLogrotate(t *testing.T) {
	nobody := needsNobody(t)
	logrotate, err := exec.LookPath("logrotate")
	if err != nil {
		t.Skip("no logrotate here")
	}
	example, err := os.ReadFile("../../packaging/linux/logrotate")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(reachable(t), "logs")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	config, state := filepath.Join(dir, "config"), filepath.Join(dir, "state")
	if err := os.WriteFile(config, []byte(strings.ReplaceAll(string(example), "/var/log/linklog", dir)), 0o644); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "traffic.log")
	p := start(t, nil, "--no-dns", "-ql", log)
	// The first is compressed at the second time, when nobody writes to it any more.
	for round := 1; round <= 2; round++ {
		flood(t, p.port, 10, 0)
		eventually(t, "lines", func() bool { return countIn(t, log) == 10 })
		if out, err := exec.Command(logrotate, "--force", "--state", state, config).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		eventually(t, "the old file is closed", func() bool { return !hasOpen(t, p.cmd.Process.Pid, log+".1") })
		info, err := os.Stat(log)
		if err != nil || info.Mode().Perm() != 0o640 || strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Uid)) != nobody.Uid {
			t.Errorf("%v, %v: not the file of %s", info, err, nobody.Username)
		}
	}
	flood(t, p.port, 10, 0)
	if code := p.interrupt(t); code != exitOK {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	if out, err := exec.Command("gzip", "--decompress", log+".2.gz").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, file := range []string{log, log + ".1", log + ".2"} {
		if n := countIn(t, file); n != 10 {
			t.Errorf("%s: %d lines of 10", file, n)
		}
	}
}
