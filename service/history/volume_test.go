package history

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"linklog/capture"
)

// measured is an attempt of which is known how much was sent.
func measured(n int, bytes uint64) capture.Event {
	e := attempt(n)
	e.Src.Sent = capture.Volume{Bytes: bytes, Packets: bytes/1000 + 1}
	e.Dst.Sent = capture.Volume{Bytes: 2 * bytes}
	return e
}

// How much was sent is kept with an event, whatever it is read with, and over a restart.
func TestVolumes(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{SegmentRows: 2000})
	events := attempts(1, 5000)
	for _, n := range []int{1, 2, 1999, 2500, 2501, 4321, 5000} {
		events[n-1] = measured(n, uint64(n))
	}
	events[42].Dst.Sent.Packets = math.MaxUint64
	mustAppend(t, h, events)
	events[42].Dst.Sent.Packets = math.MaxInt64 // SQLite has no more
	for range 2 {
		same(t, "oldest first", all(t, h, Query{OldestFirst: true}), events)
		same(t, "few", all(t, h, Query{OldestFirst: true, After: 2499, Before: 2502}), events[2499:2501])
		same(t, "far between", all(t, h, Query{OldestFirst: true, Filter: mustFilter(t, "sport:3524,5345")}), []capture.Event{events[2499], events[4320]})
		settle(t, h)
		rows := int64(0)
		for _, seg := range h.list() {
			if err := h.read(seg, func(r *reader) error {
				n, _, err := r.c.Int("SELECT count(*) FROM volumes")
				rows += n
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if rows != 8 {
			t.Errorf("%d rows of volumes, want 8: other events must cost nothing", rows)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		h = mustOpen(t, dir, Options{SegmentRows: 2000})
	}
}

// What is reported later adds to an event, once, wherever the event is: in the file that is written, or in
// one that is complete and does not change.
func TestLater(t *testing.T) {
	dir := t.TempDir()
	o := Options{SegmentRows: 1000}
	h := mustOpen(t, dir, o)
	events := attempts(1, 2500)
	events[1999] = measured(2000, 4000)
	mustAppend(t, h, events)
	settle(t, h)
	sealed := filepath.Join(dir, h.Segments()[0].File)
	before, err := os.ReadFile(sealed)
	if err != nil {
		t.Fatal(err)
	}
	later := func(seq, of, bytes uint64) Later {
		return Later{Seq: seq, Of: of, Src: capture.Volume{Bytes: bytes, Packets: 1}, Dst: capture.Volume{Bytes: 2 * bytes}}
	}
	add := func(list ...Later) {
		t.Helper()
		for range 2 { // the second time, it is known
			if err := h.AddLater(context.Background(), list); err != nil {
				t.Fatal(err)
			}
		}
	}
	sent := func(n int, bytes, packets uint64) {
		t.Helper()
		events[n-1].Src.Sent.Bytes += bytes
		events[n-1].Src.Sent.Packets += packets
		events[n-1].Dst.Sent.Bytes += 2 * bytes
	}
	add(later(2501, 7, 1_000_000), later(2502, 7, 500_000), later(2503, 2400, 300), later(2504, 2000, 1))
	sent(7, 1_500_000, 2)
	sent(2400, 300, 1)
	sent(2000, 1, 1)
	add(later(2505, 2600, 9), later(2506, 3_000_000, 9)) // of events that are not there
	mustAppend(t, h, attempts(3001, 4100))
	events = append(events, attempts(3001, 4100)...)
	add(later(4101, 7, 10), later(4102, 2400, 1)) // now in another file
	add(later(2503, 2400, 300), later(2501, 7, 1_000_000))
	sent(7, 10, 1)
	sent(2400, 1, 1)
	for range 2 {
		same(t, "all", all(t, h, Query{OldestFirst: true}), events)
		same(t, "newest first", all(t, h, Query{Before: 12}), reversed(events[:11]))
		same(t, "large", all(t, h, Query{OldestFirst: true, Filter: mustFilter(t, "bytes:>4M")}), events[6:7])
		same(t, "known", all(t, h, Query{OldestFirst: true, Filter: mustFilter(t, "packets:*")}), []capture.Event{events[6], events[1999], events[2399]})
		got, err := h.Group(context.Background(), Query{}, Grouping{By: ByKind, Volumes: true})
		want := Volume{Measured: 3, Down: capture.Volume{Bytes: 1_500_010 + 301 + 4001, Packets: 3 + 2 + 6}}
		if want.Up.Bytes = 2*(1_500_010+301) + 8000 + 2; err != nil || len(got.List) != 1 || got.List[0].Volume != want {
			t.Errorf("%+v, %v, want %+v", got.List, err, want)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		h = mustOpen(t, dir, o)
		add(later(4101, 7, 10), later(2502, 7, 500_000)) // once more, as after a crash
		settle(t, h)
	}
	if after, err := os.ReadFile(sealed); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a file that was complete was written again, %v", err)
	}

	// What is too much is the largest.
	add(later(4200, 4000, math.MaxUint64), later(4201, 4000, math.MaxUint64))
	if got := all(t, h, Query{After: 3999, Before: 4001}); got[0].Src.Sent.Bytes != math.MaxInt64 || got[0].Dst.Sent.Bytes != math.MaxInt64-1 && got[0].Dst.Sent.Bytes != math.MaxInt64 {
		t.Errorf("%+v", got)
	}

	// An event that is removed takes with it what later files have of it, and what comes after counts nothing.
	ranges := []Range{{7, 7}, {2400, 2400}}
	for _, file := range h.FilesWith(ranges) {
		if _, err := h.Forget(context.Background(), file, ranges); err != nil {
			t.Fatal(err)
		}
	}
	add(later(4300, 7, 99), later(4301, 2400, 99))
	for _, seg := range h.list() {
		if err := h.read(seg, func(r *reader) error {
			return r.ownVolumes(0, math.MaxInt64, func(seq uint64, _, _ capture.Volume) error {
				if seq == 7 || seq == 2400 {
					t.Errorf("%s has a volume of %d, which was removed", seg.path, seq)
				}
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "what is left", all(t, h, Query{OldestFirst: true, Filter: mustFilter(t, "bytes:*"), Before: 3000}), events[1999:2000])
}

// What is removed for its age takes nothing else with it, and what is reported of it later counts nothing.
func TestLaterOfRemovedFile(t *testing.T) {
	h := mustOpen(t, t.TempDir(), Options{SegmentRows: 1000})
	mustAppend(t, h, attempts(1, 1500))
	settle(t, h)
	report := []Later{{Seq: 1501, Of: 10, Src: capture.Volume{Bytes: 5}}, {Seq: 1502, Of: 1200, Src: capture.Volume{Bytes: 6}}}
	if err := h.AddLater(context.Background(), report); err != nil {
		t.Fatal(err)
	}
	h.appending.Lock()
	first := h.list()[0]
	h.remove(first)
	h.appending.Unlock()
	if err := h.AddLater(context.Background(), []Later{{Seq: 1503, Of: 10, Src: capture.Volume{Bytes: 5}}, {Seq: 1504, Of: 1200, Src: capture.Volume{Bytes: 6}}}); err != nil {
		t.Fatal(err)
	}
	got := all(t, h, Query{Filter: mustFilter(t, "bytes:*")})
	if len(got) != 1 || got[0].Seq != 1200 || got[0].Src.Sent.Bytes != 12 {
		t.Errorf("%+v", got)
	}
}
