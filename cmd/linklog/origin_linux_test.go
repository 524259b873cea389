package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"linklog/capture/send/sendtest"
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
			src = "2003:de:1234::10" // of Deutsche Telekom, as the home's own network is
		}
		fmt.Fprintf(&b, `{"time":"2026-11-0%dT10:00:00Z","kind":"traffic","direction":"out","protocol":"TCP","src_ip":"%s","src_port":5000,"dst_ip":"%s","dst_host":"%s","dst_port":%d}`+"\n", i+1, src, dst.ip, dst.host, []int{443, 5223}[i/6])
	}
	for file, text := range map[string]string{config: "[names]\ndns = false\n[hosts]\nown_networks = [\"192.168.1.0/24\", \"2003:de:1234::/48\"]\n", old: b.String()} {
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
		"owner:google":             "8.8.8.8 8.8.4.4 2001:4860:4860::8888",
		"owner:AS15169 country:*":  "8.8.8.8 8.8.4.4 2001:4860:4860::8888",
		"country:AU":               "1.1.1.1",
		"!owner:* dir:out":         "203.0.113.40",
		"owner:*telekom*":          "",
		"country:DE":               "",
		"!country:DE owner:google": "8.8.8.8 8.8.4.4 2001:4860:4860::8888",
	} {
		if got := strings.Join(strings.Fields(linklog("log", query, "--since", "2026-01-01", "-t", "%{dst.ip}")), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if got := linklog("log", "dst:1.1.1.1", "--since", "2026-01-01", "--json"); !strings.Contains(got, `"dst_owner":"Cloudflare","dst_country":"AU"}`) {
		t.Errorf("%s", got)
	}
	for by, want := range map[string]string{
		"owner":    "Google 3, Netflix Streaming Services 2, Cloudflare 1, unknown 1",
		"country":  "US 5, AU 1, unknown 1",
		"domain":   "unknown 2, nflxvideo.net 2, dns.google 2, one.one 1",
		"category": "web 6, messages and push 1",
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
	var hosts []struct{ Out int }
	if err := json.Unmarshal([]byte(linklog("hosts", "--json")), &hosts); err != nil || len(hosts) == 0 {
		t.Fatal(hosts, err)
	}
	for _, by := range []string{"domain", "owner", "country", "category"} {
		var groups struct{ Groups []struct{ Hosts, Out int } }
		if err := json.Unmarshal([]byte(linklog("hosts", "--by", by, "--json")), &groups); err != nil {
			t.Fatal(by, err)
		}
		of, attempts := 0, 0
		for _, g := range groups.Groups {
			of, attempts = of+g.Hosts, attempts+g.Out
		}
		for _, h := range hosts {
			attempts -= h.Out
		}
		if of != len(hosts) || attempts != 0 || len(groups.Groups) < 2 {
			t.Errorf("by %s: %d of %d hosts, %d attempts too many, %d groups", by, of, len(hosts), attempts, len(groups.Groups))
		}
	}
	if text := linklog("hosts", "--by", "owner", "--order", "name"); !strings.HasPrefix(text, "Owner ") || !strings.Contains(text, "\nGoogle ") || !strings.Contains(text, "\nunknown ") {
		t.Errorf("hosts by owner: %s", text)
	}
	for args, want := range map[string]struct {
		lines int
		first string
	}{
		"hosts": {len(hosts) + 1, "ref,name,ip,"}, "hosts --by owner": {5, "owner,hosts,new,"}, "hosts --by country": {4, "country,hosts,new,"}, "devices": {3, "ref,name,ip,"},
	} {
		lines, err := csv.NewReader(strings.NewReader(linklog(append(strings.Fields(args), "--csv")...))).ReadAll()
		if err != nil || len(lines) != want.lines || !strings.HasPrefix(strings.Join(lines[0], ","), want.first) {
			t.Errorf("%s --csv: %q, want %d; %v", args, lines, want.lines, err)
		}
	}
	for _, wrong := range [][]string{{"--by", "router"}, {"--by", "owner", "--order", "address"}, {"--json", "--csv"}} {
		if out, err := exec.Command(file, append([]string{"hosts", "--socket", socket}, wrong...)...).CombinedOutput(); err == nil {
			t.Errorf("%v: no error, but %s", wrong, out)
		}
	}
	out, err := exec.Command(file, "stats", "--by", "host,owner", "--socket", socket).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "only one of remote, owner, country and domain") {
		t.Errorf("by host and owner: %v, %s", err, out)
	}
}

// linklog top counts by the same files as the service.
func TestTopOrigins(t *testing.T) {
	held, port := heldSocket(t)
	dir := t.TempDir()
	socket, config, owners := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml"), filepath.Join(dir, "owners.mmdb")
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-ASN", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	network := &net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}
	if err := tree.Insert(network, mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(64500), "autonomous_system_organization": mmdbtype.String("Example Video")}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := tree.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{owners: b.Bytes(), config: fmt.Appendf(nil, "[names]\ndns = false\n[origin]\nasn = %q\n", owners)} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
	eventually(t, "the service answers: "+stderr.String(), func() bool { _, err := os.Stat(socket); return err == nil })
	sendtest.Tell(t, port, "@out TCP from 192.168.1.10:5000 to 203.0.113.40:443")
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the owner is that of the file", func() bool {
		out, err := exec.Command(file, "top", "--by", "owner", "--since", "1h", "--count", "1", "--every", "200ms", "--socket", socket).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.Contains(string(out), "Example Video")
	})
}
