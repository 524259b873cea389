package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/alerts"
	"linklog/service/book"
	"linklog/service/client"
	"linklog/service/history"
	"linklog/service/settings"
	"linklog/service/sqlite"
)

// agedData is a data folder with so many events of last month but three, and as many of now.
func agedData(t *testing.T, data string, many int) {
	t.Helper()
	now := time.Now().UTC()
	old := now.AddDate(0, 0, -130)
	h, err := history.Open(filepath.Join(data, "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := settings.Parse([]byte(forgetRules))
	if err != nil {
		t.Fatal(err)
	}
	at := old
	b, a, err := alerts.Open(filepath.Join(data, "state.db"), book.Options{Now: func() time.Time { return at }}, alerts.Options{Rules: rules.Rules, NameWait: -1})
	if err != nil {
		t.Fatal(err)
	}
	var events []capture.Event
	for i := range 2 * many {
		ev := capture.Event{
			Seq: uint64(i + 1), Time: at.Add(time.Duration(i) * time.Millisecond), Router: netip.MustParseAddr("127.0.0.1"), Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP,
			Src: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 5000},
			Dst: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{198, 51, byte(i / 100 % 100), byte(100 + i%100)}), Name: fmt.Sprintf("long-ago-%d.example", i), Port: 443},
		}
		if i >= many {
			at = now.Add(-time.Minute)
			ev.Time = at.Add(time.Duration(i) * time.Millisecond)
			ev.Dst = capture.Endpoint{Addr: netip.AddrFrom4([4]byte{203, 0, 113, byte(i % 100)}), Name: fmt.Sprintf("today-%d.example", i%100), Port: 443}
		}
		b.Observe(&ev)
		if _, err := h.SetName(ev.Dst.Addr, ev.Dst.Name, ev.Time), a.Tick(at); err != nil {
			t.Fatal(err)
		}
		events = append(events, ev)
	}
	for i := 0; i < len(events); i += many {
		if err := h.Append(t.Context(), events[i:i+many]); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(uint64(len(events))); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{b.Close(), h.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestShortenKilled kills the service at any moment while it shortens old addresses, and when it
// does so once more: in the end they are in no byte of a file, nor are their names, and nothing
// else is different.
func TestShortenKilled(t *testing.T) {
	dir := t.TempDir()
	const many = 3000
	agedData(t, filepath.Join(dir, "data"), many)
	const on = forgetRules + "[privacy]\nshorten_after = \"90d\"\n"
	s := runService(t, dir, forgetRules)
	for _, text := range []string{"198.51.7.107", "long-ago-707.", "203.0.113.7", "today-7."} {
		if len(holding(t, s.data, text)) == 0 {
			t.Errorf("%q is nowhere before: this test does not look for it", text)
		}
	}
	for range 15 {
		s.end(t, syscall.SIGKILL)
		s = runService(t, dir, on)
		time.Sleep(time.Duration(rand.Int64N(int64(200 * time.Millisecond)))) // any moment will do
	}
	var old []string
	for i := range 100 {
		old = append(old, fmt.Sprintf("198.51.7.%d", 100+i), fmt.Sprintf("198.51.29.%d", 100+i))
	}
	var left []string
	defer func() {
		if t.Failed() {
			t.Logf("left: %.2000q", left)
		}
	}()
	eventually(t, "all is shortened", func() bool {
		left = holding(t, s.data, append(old, "long-ago-")...)
		return len(left) == 0
	})
	for filter, want := range map[string]int64{"": 2 * many, "ip:198.51.7.0/24": 100, "ip:198.51.7.107": 0, "host:long-ago*": 0, "ip:203.0.113.7": many / 100, "host:today-7.example": many / 100, "ip:192.168.1.10": 2 * many} {
		if n, err := s.Count(t.Context(), client.Query{All: true, Filter: filter}); err != nil || filter != "" && n != want || n < want {
			t.Errorf("%q: %d events, not %d, %v", filter, n, want, err)
		}
	}
	hosts, err := s.Hosts(t.Context(), client.HostQuery{Limit: 1000})
	if err != nil || len(hosts) != 100 {
		t.Errorf("%d hosts, %v", len(hosts), err)
	}
}

// TestShortenGoesOn: the service was killed when it had removed old hosts and names, but not yet
// written the files anew in which they can be read: the next start does that.
func TestShortenGoesOn(t *testing.T) {
	dir := t.TempDir()
	agedData(t, filepath.Join(dir, "data"), 300)
	s := runService(t, dir, forgetRules+"[privacy]\nshorten_after = \"90d\"\n")
	for _, text := range []string{"198.51.0.107", "long-ago-7."} {
		eventually(t, text+" is shortened", func() bool { return len(holding(t, s.data, text)) == 0 })
	}
	s.end(t, syscall.SIGTERM)
	for file, change := range map[string][2]string{
		"history/names.db": {
			"INSERT INTO names (addr, name, first, last) VALUES ('198.51.100.77', 'left-in-free-room.example', 1, 1)",
			"DELETE FROM names WHERE name = 'left-in-free-room.example'",
		},
		"state.db": {
			"CREATE TABLE other AS SELECT 'left-in-free-room.example'",
			"DROP TABLE other",
		},
	} {
		c, err := sqlite.Open(filepath.Join(s.data, file), false, 1000, sqlite.Usual)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range append([]string{"PRAGMA secure_delete = OFF"}, change[:]...) {
			if err := c.Each(func(sqlite.Row) error { return nil }, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if left := holding(t, s.data, "left-in-free-room"); len(left) != 2 {
		t.Fatalf("it is to be in two files: %q", left)
	}
	if err := os.WriteFile(filepath.Join(s.data, "shortening"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s = runService(t, dir, forgetRules+"[privacy]\nshorten_after = \"90d\"\n")
	eventually(t, "the files are written anew", func() bool {
		return len(holding(t, s.data, "left-in-free-room")) == 0 && !exists(filepath.Join(s.data, "shortening"))
	})
}

// TestShortenImportedKilled kills the service at any moment while it shortens old addresses in what was
// imported: in the end they are in no byte of a file, and the same log adds nothing when it is imported
// again. Nor does what is old when it is imported stay as it was.
func TestShortenImportedKilled(t *testing.T) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const many = 5000
	var old, lines []string
	log := func(name string, at time.Time, net int) string {
		lines = nil
		for i := range many {
			lines = append(lines, fmt.Sprintf("%s gw kernel: ACCEPT IN=br-lan OUT=eth0 SRC=192.168.1.10 DST=%s LEN=60 PROTO=TCP SPT=%d DPT=443 SYN\n",
				at.Add(time.Duration(i)*time.Second).UTC().Format("2006-01-02T15:04:05+00:00"), fmt.Sprintf("198.51.%d.%d", net+i/100%100, 100+i%100), 1024+i))
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	long, today, longToo := log("long-ago.log", time.Now().AddDate(0, 0, -200), 0), log("today.log", time.Now().Add(-3*time.Hour), 40), log("long-ago-too.log", time.Now().AddDate(0, 0, -300), 90)
	s := runService(t, dir, "")
	imported := func(path string, want string) {
		t.Helper()
		if out, err := exec.Command(file, "import", path, "--socket", s.socket).CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("%v, %s", err, out)
		}
	}
	imported(long, "import 1: 5,000 added")
	imported(today, "import 2: 5,000 added")
	for i := range 100 {
		old = append(old, fmt.Sprintf("198.51.7.%d", 100+i), fmt.Sprintf("198.51.41.%d", 100+i), fmt.Sprintf("198.51.91.%d", 100+i))
	}
	if found := holding(t, s.data, "198.51.7.107", "198.51.41.107"); len(found) < 2 {
		t.Fatalf("%q: these are not looked for", found)
	}
	old = slices.DeleteFunc(old, func(a string) bool { return strings.HasPrefix(a, "198.51.41.") })
	const on = "[privacy]\nshorten_after = \"90d\"\n"
	for range 12 {
		s.end(t, syscall.SIGKILL)
		s = runService(t, dir, on)
		time.Sleep(time.Duration(rand.Int64N(int64(150 * time.Millisecond)))) // any moment will do
	}
	eventually(t, "all is shortened", func() bool { return len(holding(t, s.data, old...)) == 0 })
	imported(longToo, "import 3: 5,000 added")
	imported(long, "nothing added, 5,000 known")
	imported(today, "nothing added, 5,000 known")
	if left := holding(t, s.data, old...); len(left) > 0 {
		t.Errorf("%q", left)
	}
	for filter, want := range map[string]int64{"": 3 * many, "ip:198.51.7.0/24": 100, "ip:198.51.7.107": 0, "ip:198.51.41.107": 1, "ip:192.168.1.10": 3 * many} {
		if n, err := s.Count(t.Context(), client.Query{All: true, Filter: filter}); err != nil || filter != "" && n != want || n < want { // with a gap of each kill
			t.Errorf("%q: %d events, not %d, %v", filter, n, want, err)
		}
	}
	hosts, err := s.Hosts(t.Context(), client.HostQuery{Limit: 10_000})
	if err != nil || len(hosts) != many {
		t.Errorf("%d hosts, %v", len(hosts), err)
	}
}
