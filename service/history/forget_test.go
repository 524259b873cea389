package history

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"linklog/capture"
	"linklog/service/sqlite"
)

// bytesOf are those of all files in a folder.
func bytesOf(t *testing.T, dir string) (all []byte) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

// What is forgotten is in no byte of a file afterwards, of a sealed one or of the one that is
// written, also where a crash came after it was removed and before the file was written anew;
// all else is found as before.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{SegmentRows: 20_000})
	gone := func(n int) bool { return n%5 == 0 || n > 23_000 && n < 24_000 }
	var events []capture.Event
	var ranges []Range
	for n := 1; n <= 25_000; n++ {
		e := attempt(n)
		if gone(n) {
			e.Src.Name, e.Text = fmt.Sprintf("secret-%d.example", n), fmt.Sprintf("hidden %d", n)
			ranges = append(ranges, Range{uint64(n), uint64(n)})
		} else {
			e.Src.Name = fmt.Sprintf("kept-%d.example", n%2000)
		}
		events = append(events, e)
	}
	mustAppend(t, h, events)
	settle(t, h)
	secret := netip.MustParseAddr("198.51.100.7")
	for addr, name := range map[netip.Addr]string{secret: "secret.example", netip.MustParseAddr("198.51.100.8"): "kept.example"} {
		if err := h.SetName(addr, name, start); err != nil {
			t.Fatal(err)
		}
	}
	files := h.FilesWith(ranges)
	if len(files) != 2 || !h.Segments()[0].Sealed {
		t.Fatalf("files %v of %+v", files, h.Segments())
	}
	// The end of the process after the events were removed, before the rest is done.
	live := h.list()[1]
	live.mu.Lock()
	w, err := live.writer(&h.o)
	if err == nil {
		err = w.transaction(func() error { _, err := w.remove(ranges[len(ranges)-2000:], 25_000); return err })
	}
	live.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(bytesOf(t, dir), []byte("secret-23500.example")) {
		t.Error("nothing is left of what was only removed: this test tests nothing")
	}
	for _, file := range files {
		if _, err := h.Forget(t.Context(), file, ranges); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.ForgetNames([]netip.Addr{secret}); err != nil {
		t.Fatal(err)
	}
	look := func(when string) {
		t.Helper()
		all := bytesOf(t, dir)
		for _, text := range []string{"secret", "hidden", "198.51.100.7"} {
			if i := bytes.Index(all, []byte(text)); i >= 0 {
				t.Errorf("%s: %q", when, all[i:min(i+30, len(all))])
			}
		}
		want := slices.DeleteFunc(slices.Clone(events), func(e capture.Event) bool { return gone(int(e.Seq)) })
		var found []capture.Event
		err := h.Each(t.Context(), Query{OldestFirst: true}, func(e *capture.Event) error {
			found = append(found, *e)
			return nil
		})
		if err != nil || !slices.Equal(found, want) {
			t.Errorf("%s: %d events, not %d, %v", when, len(found), len(want), err)
		}
		for filter, n := range map[string]int64{"host:kept-7.example": 13, "host:secret*": 0} {
			if got, err := h.Count(t.Context(), Query{Filter: mustFilter(t, filter)}); err != nil || got != n {
				t.Errorf("%s: %s: %d events, not %d, %v", when, filter, got, n, err)
			}
		}
		if name, err := h.Name(netip.MustParseAddr("198.51.100.8")); err != nil || name != "kept.example" {
			t.Errorf("%s: %q, %v", when, name, err)
		}
	}
	look("at once")
	settle(t, h)
	look("when all is in order")
	if n, err := h.Forget(t.Context(), files[0], ranges); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = mustOpen(t, dir, Options{SegmentRows: 20_000})
	settle(t, h)
	if r := h.Report(); len(r.Damaged) > 0 {
		t.Errorf("%+v", r)
	}
	more := attempt(25_001)
	mustAppend(t, h, []capture.Event{more})
	events = append(events, more)
	look("after a new start")
}

// Addresses in files that are old enough become networks, in all bytes, and the rest stays as it
// is: devices, events, and files that are not.
func TestShorten(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{SegmentRows: 4000})
	long := netip.MustParseAddr("2001:db8:7:8:9::42")
	events := attempts(1, 10_000)
	for i := range events {
		if e := &events[i]; i%3 == 0 {
			e.Src.Name = fmt.Sprintf("name-%d.example", i)
		} else if i%100 == 1 {
			e.Src.Addr = long
		}
	}
	mustAppend(t, h, events)
	settle(t, h)
	external := func(a netip.Addr) bool { return a != netip.MustParseAddr("192.168.1.10") }
	if files, through, err := h.Shorten(t.Context(), events[2000].Time, external, false); files != 0 || through != 0 || err != nil {
		t.Errorf("while all files have newer ones: %d, %d, %v", files, through, err)
	}
	before := events[4001].Time
	if files, through, err := h.Shorten(t.Context(), before, external, false); files != 1 || through != 4000 || err != nil {
		t.Fatalf("%d files up to %d, %v", files, through, err)
	}
	look := func(when string) {
		t.Helper()
		i := 0
		err := h.Each(t.Context(), Query{OldestFirst: true}, func(e *capture.Event) error {
			want := events[i]
			if i < 4000 {
				want.Src.Name = ""
				want.Src.Addr = Network(want.Src.Addr)
			}
			if *e != want && i%499 < 2 {
				t.Errorf("%s: %+v, not %+v", when, *e, want)
			}
			i++
			return nil
		})
		if err != nil || i != len(events) {
			t.Errorf("%s: %d events, %v", when, i, err)
		}
		all, err := os.ReadFile(h.list()[0].path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"name-", "203.0.1.17", long.String(), string(long.AsSlice()), "203.0.19.199"} {
			if bytes.Contains(all, []byte(text)) {
				t.Errorf("%s: %q", when, text)
			}
		}
		for filter, n := range map[string]int64{"ip:203.0.3.0/24": 198, "ip:2001:db8:7::/48": 27} {
			q := Query{Filter: mustFilter(t, filter), Before: 4001}
			if got, err := h.Count(t.Context(), q); err != nil || got != n {
				t.Errorf("%s: %s: %d events, %v", when, filter, got, err)
			}
		}
	}
	look("at once")
	if files, through, err := h.Shorten(t.Context(), before, external, false); files != 0 || through != 4000 || err != nil {
		t.Errorf("again: %d, %d, %v", files, through, err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = mustOpen(t, dir, Options{SegmentRows: 4000})
	if files, through, err := h.Shorten(t.Context(), before, external, false); files != 0 || through != 4000 || err != nil {
		t.Errorf("after a new start: %d, %d, %v", files, through, err)
	}
	settle(t, h)
	look("after a new start")
	for text, want := range map[string]string{"203.0.113.77": "203.0.113.0", "::ffff:203.0.113.77": "203.0.113.0", "2001:db8:1:2::3": "2001:db8:1::", "fe80::1%eth0": "fe80::"} {
		if got := Network(netip.MustParseAddr(text)); got.String() != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

// While somebody reads a file by hand, nothing of it is forgotten by half: it is an error, and the next
// time removes what is left.
func TestForgetWhileRead(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{})
	events := attempts(1, 100)
	for i := range events {
		events[i].Text = "secret"
	}
	mustAppend(t, h, events)
	settle(t, h)
	seg := h.list()[0]
	by, err := sqlite.Open(seg.path, false, 0, sqlite.Usual)
	if err != nil {
		t.Fatal(err)
	}
	defer by.Close()
	read := func() error { return by.Each(func(sqlite.Row) error { return nil }, "SELECT count(*) FROM log") }
	if err := by.Exec("BEGIN"); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Forget(t.Context(), seg.number, []Range{{1, 100}}); err == nil {
		t.Error("nobody says that it is not done")
	}
	if n, err := h.Count(t.Context(), Query{}); n != 0 || err != nil {
		t.Errorf("%d events, %v", n, err)
	}
	if err := by.Exec("COMMIT"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Forget(t.Context(), seg.number, []Range{{1, 100}}); err != nil {
		t.Error(err)
	}
	if bytes.Contains(bytesOf(t, dir), []byte("secret")) {
		t.Error("it is still there")
	}
	mustAppend(t, h, attempts(101, 102))
	if n, err := h.Count(t.Context(), Query{}); n != 2 || err != nil {
		t.Errorf("%d events, %v", n, err)
	}
}
