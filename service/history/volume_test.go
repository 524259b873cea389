package history

import (
	"math"
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
