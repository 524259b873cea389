package history

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"linklog/capture"
)

// flood makes attempts from ever new addresses, in no order, as a storm of forged ones.
type flood struct{ seq uint64 }

func (f *flood) next(n int) []capture.Event {
	events := make([]capture.Event, n)
	for i := range events {
		f.seq++
		x := uint32(f.seq) * 2654435761 // each once
		events[i] = capture.Event{
			Seq: f.seq, Time: start.Add(time.Duration(f.seq) * time.Millisecond), Router: netip.MustParseAddr("192.168.1.1"),
			Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP,
			Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)}), Port: 1000},
			Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 23},
		}
	}
	return events
}

// However many addresses a segment has, new ones change few of its pages; one that comes
// again is the same host to who asks.
func TestManyHosts(t *testing.T) {
	takesLong(t)
	h := mustOpen(t, t.TempDir(), Options{unsafe: true})
	var f flood
	first := f.next(4096)
	mustAppend(t, h, first)
	for range 40 {
		mustAppend(t, h, f.next(4096))
	}
	seg := h.segments[0]
	seg.mu.Lock()
	err := seg.w.c.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	seg.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, h, f.next(4096))
	info, err := os.Stat(seg.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096 + 24
	t.Logf("%d pages for %d new hosts", info.Size()/page, 4096)
	if info.Size() > 500*page {
		t.Errorf("%d pages were written for %d hosts", info.Size()/page, 4096)
	}

	again := first[7]
	f.seq++
	again.Seq = f.seq
	mustAppend(t, h, []capture.Event{again})
	q := Query{Filter: mustFilter(t, "ip:"+again.Src.Addr.String())}
	if events := all(t, h, q); len(events) != 2 || events[0].Src != again.Src || events[1].Src != again.Src {
		t.Errorf("%+v", events)
	}
	groups, err := h.Group(context.Background(), q, Grouping{By: BySource})
	if err != nil || len(groups.List) != 1 || groups.List[0].Count != 2 {
		t.Errorf("%+v, %v", groups, err)
	}
}

// Many texts come again and again, a page at a time: each is in the file once, and each event
// has its own.
func TestManyTexts(t *testing.T) {
	h := mustOpen(t, t.TempDir(), Options{unsafe: true})
	const texts, each = 700, 3
	say := func(n int) string { return fmt.Sprintf("eth0 rule %d", n*7919%texts) }
	for n := 1; n <= texts*each; n += 100 {
		events := make([]capture.Event, 100)
		for i := range events {
			events[i] = attempt(n + i)
			events[i].Text = say(n + i)
		}
		mustAppend(t, h, events)
	}
	var stored int64
	if err := h.read(h.segments[0], func(r *reader) (err error) {
		stored, _, err = r.c.Int("SELECT count(*) FROM texts")
		return err
	}); err != nil || stored != texts {
		t.Errorf("%d texts in the file, %v", stored, err)
	}
	n := 0
	for after := uint64(0); ; {
		page := all(t, h, Query{After: after, Limit: 64, OldestFirst: true})
		if len(page) == 0 {
			break
		}
		for _, ev := range page {
			if n++; ev.Text != say(int(ev.Seq)) {
				t.Fatalf("event %d says %q, want %q", ev.Seq, ev.Text, say(int(ev.Seq)))
			}
		}
		after = page[len(page)-1].Seq
	}
	if n != texts*each {
		t.Errorf("%d events", n)
	}
}

// What was rolled back is not remembered: who says the same later has his text.
func TestTextOfWhatWasRolledBack(t *testing.T) {
	h := mustOpen(t, t.TempDir(), Options{unsafe: true})
	mustAppend(t, h, []capture.Event{attempt(1)})
	next := attempt(2)
	next.Text = "eth0 rule 5"
	w, failed := h.segments[0].w, errors.New("failed")
	if err := w.transaction(func() error {
		if _, err := w.insert([]capture.Event{next}); err != nil {
			t.Error(err)
		}
		return failed
	}); err != failed {
		t.Fatal(err)
	}
	mustAppend(t, h, []capture.Event{next})
	if events := all(t, h, Query{OldestFirst: true}); len(events) != 2 || events[1].Text != next.Text {
		t.Errorf("%+v", events)
	}
}
