package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A time with more hours than the service has in one answer is counted day by day all the
// same, and nothing of it is left over.
func TestStatsOfALongTime(t *testing.T) {
	held, _ := heldSocket(t)
	dir := t.TempDir()
	socket, config, old := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml"), filepath.Join(dir, "old.jsonl")
	const hours = 12_000
	start := time.Date(2024, 1, 1, 0, 30, 0, 0, time.UTC)
	var b strings.Builder
	for i := range hours {
		fmt.Fprintf(&b, `{"time":"%s","kind":"traffic","direction":"in","protocol":"TCP","src_ip":"203.0.113.9","src_port":%d,"dst_ip":"192.168.1.10","dst_port":22}`+"\n",
			start.Add(time.Duration(i)*time.Hour).Format(time.RFC3339), 1024+i)
	}
	for file, text := range map[string]string{config: "[names]\ndns = false\n", old: b.String()} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
	eventually(t, "the service answers: "+stderr.String(), func() bool { _, err := os.Stat(socket); return err == nil })
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	linklog := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(file, append(args, "--socket", socket)...)
		cmd.Env = append(os.Environ(), "TZ=UTC")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(args, err)
		}
		return out
	}
	linklog("import", old)
	for by, lines := range map[string]int{"day": hours / 24, "hour": hours} {
		var got struct {
			Total, Rest int64
			Groups      []struct {
				Day, Hour string
				Count     int64
			}
		}
		if err := json.Unmarshal(linklog("stats", "--by", by, "--json"), &got); err != nil {
			t.Fatal(err)
		}
		if got.Total != hours || got.Rest != 0 || len(got.Groups) != lines {
			t.Fatalf("by %s: %d attempts, %d of them left over, in %d lines", by, got.Total, got.Rest, len(got.Groups))
		}
		for _, g := range got.Groups {
			if g.Count != int64(hours/lines) {
				t.Errorf("by %s: %+v", by, g)
			}
		}
	}
}
