package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOrigins holds that the history is searched and counted by who addresses belong to,
// and that programs are told.
func TestOrigins(t *testing.T) {
	held, _ := heldSocket(t)
	dir := t.TempDir()
	socket, config, old := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml"), filepath.Join(dir, "old.jsonl")
	var b strings.Builder
	for i, dst := range []struct{ ip, host string }{
		{"8.8.8.8", "dns.google"}, {"8.8.4.4", "dns.google"}, {"2001:4860:4860::8888", ""}, {"1.1.1.1", "one.one.one.one"},
		{"45.57.3.1", "a.nflxvideo.net"}, {"45.57.3.2", "b.nflxvideo.net"}, {"203.0.113.40", "printer"},
	} {
		src := "192.168.1.10"
		if strings.Contains(dst.ip, ":") {
			src = "fd00::10"
		}
		fmt.Fprintf(&b, `{"time":"2026-11-0%dT10:00:00Z","kind":"traffic","direction":"out","protocol":"TCP","src_ip":"%s","src_port":5000,"dst_ip":"%s","dst_host":"%s","dst_port":443}`+"\n", i+1, src, dst.ip, dst.host)
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
	linklog := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(file, append(args, "--socket", socket)...).Output()
		if err != nil {
			t.Fatal(args, err)
		}
		return string(out)
	}
	linklog("import", old)
	for query, want := range map[string]string{
		"owner:google":            "8.8.8.8 8.8.4.4 2001:4860:4860::8888",
		"owner:AS15169 country:*": "8.8.8.8 8.8.4.4 2001:4860:4860::8888",
		"country:AU":              "1.1.1.1",
		"!owner:* dir:out":        "203.0.113.40",
	} {
		if got := strings.Join(strings.Fields(linklog("log", query, "--since", "2026-01-01", "-t", "%{dst.ip}")), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if got := linklog("log", "dst:1.1.1.1", "--since", "2026-01-01", "--json"); !strings.Contains(got, `"dst_owner":"Cloudflare","dst_country":"AU"}`) {
		t.Errorf("%s", got)
	}
	for by, want := range map[string]string{
		"owner":   "Google 3, Netflix Streaming Services 2, Cloudflare 1, unknown 1",
		"country": "US 5, AU 1, unknown 1",
		"domain":  "unknown 2, nflxvideo.net 2, dns.google 2, one.one 1",
	} {
		var got struct {
			Groups []map[string]any
		}
		if err := json.Unmarshal([]byte(linklog("stats", "--by", by, "--json")), &got); err != nil {
			t.Fatal(err)
		}
		lines := map[string]bool{}
		for _, g := range got.Groups {
			lines[fmt.Sprint(g[by], " ", g["count"])] = true
		}
		for line := range strings.SplitSeq(want, ", ") {
			if !lines[line] || len(lines) != strings.Count(want, ",")+1 {
				t.Errorf("by %s: %v, want %s", by, lines, want)
			}
		}
	}
	out, err := exec.Command(file, "stats", "--by", "host,owner", "--socket", socket).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "only one of remote, owner, country and domain") {
		t.Errorf("by host and owner: %v, %s", err, out)
	}
}
