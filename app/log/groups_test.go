package log

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"linklog/app/log/past"
	"linklog/capture"
	"linklog/service/client"
)

// repeating makes events of few devices and hosts, which often repeat.
func repeating(r *rand.Rand, n int, seq uint64) []capture.Event {
	events := make([]capture.Event, n)
	host := 0
	for i := range events {
		if r.IntN(3) == 0 {
			host = r.IntN(4)
		}
		ev := &events[i]
		*ev = capture.Event{Seq: seq + uint64(i), Time: time.Unix(int64(seq)+int64(i), 0).UTC(), Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP}
		ev.Src = capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: uint16(1000 + i)}
		ev.Dst = capture.Endpoint{Addr: netip.AddrFrom4([4]byte{203, 0, 113, byte(host)}), Port: 443}
		if r.IntN(50) == 0 {
			*ev = capture.Event{Seq: ev.Seq, Time: ev.Time, Kind: capture.System, Text: "System started"}
		}
	}
	return events
}

func never(*capture.Event) bool { return false }

// remembered puts events in front of the memory, as if the history had been searched.
func (s *shown) remembered(events []capture.Event) {
	newest := slices.Clone(events)
	slices.Reverse(newest)
	for n := 0; n < len(newest); n += past.PageRows {
		s.past.Mark(n, fmt.Sprint(n), time.Unix(1, 0))
	}
	s.past.Found(len(newest))
	s.past.End()
	ask, _ := s.past.See(0, s.past.Len()-1)
	for _, r := range ask {
		var from int
		fmt.Sscan(r.Cursor, &from)
		s.past.Put(r, newest[from:min(from+past.PageRows, len(newest))], true)
	}
}

// check compares the rows with the events and with themselves.
func (g *groups) check(t *testing.T, events []capture.Event) {
	t.Helper()
	if g.shown.Len() != len(events) {
		t.Fatalf("%d events, want %d", g.shown.Len(), len(events))
	}
	at := 0 // the event that is next
	last := int64(-1 << 62)
	for row := range g.Len() {
		group, id := g.group(row), g.ID(row)
		if id <= last || g.Find(id) != row {
			t.Fatalf("row %d has ID %d after %d, and is found at %d", row, id, last, g.Find(id))
		}
		last = id
		n := 1
		if group.N > 0 && !group.Open {
			n = group.N
		}
		if i, _ := g.base(row); i != at {
			t.Fatalf("row %d is event %d, want %d", row, i, at)
		}
		for i := at; i < at+n; i++ {
			if g.row(i) != row {
				t.Fatalf("event %d is in row %d, want %d", i, g.row(i), row)
			}
			if got := g.shown.ID(i); got <= id && g.Find(got) != row || got > id && g.Find(got) != row+1 {
				t.Fatalf("%d is found at %d, not at row %d with %d", got, g.Find(got), row, id)
			}
			if n > 1 && (g.alikeOf(&events[i]) != g.alikeOf(&events[at]) || !g.alikeOf(&events[i]).ok) {
				t.Fatalf("row %d has %+v and %+v", row, events[at], events[i])
			}
		}
		var ev capture.Event
		if !g.Event(row, &ev) || ev.Seq != events[at+n-1].Seq || n > 1 && (!group.Since.Equal(events[at].Time) || !group.Head) {
			t.Fatalf("row %d: event %d since %v, want %d since %v", row, ev.Seq, group.Since, events[at+n-1].Seq, events[at].Time)
		}
		at += n
	}
	if at != len(events) || g.Find(last+1) != g.Len() {
		t.Fatalf("the rows have %d events, want %d; behind them is %d of %d", at, len(events), g.Find(last+1), g.Len())
	}
}

// expected is how many rows there are if all are grouped.
func (g *groups) expected(events []capture.Event) (n int) {
	for i := range events {
		if a := g.alikeOf(&events[i]); i == 0 || !a.ok || a != g.alikeOf(&events[i-1]) {
			n++
		}
	}
	return n
}

// Wherever one begins to look, opens and closes groups, and while events are added at both ends, each event is
// in one row, in its order; when all was looked at, all that repeats is one row.
func TestGroups(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := newMemory(0)
		old, events := repeating(r, 1200, 1), repeating(r, 1500, 10_000)
		m.add(events)
		if seed%3 > 0 {
			m.shown.remembered(old)
			events = append(old, events...)
		}
		g := newGroups(m.shown, never)
		g.check(t, events)
		for step := range 40 {
			switch row := r.IntN(g.Len()); r.IntN(4) {
			case 0:
				g.look(row, min(row+20, g.Len()-1))
			case 1:
				before := g.group(row)
				if at, changed := g.set(row, !before.Open); changed != (before.N > 0) || changed && (g.group(at).Open == before.Open || !g.group(at).Head) {
					t.Fatalf("%+v became %+v", before, g.group(at))
				}
			case 2:
				if step > 20 {
					m.add(repeating(r, 7, events[len(events)-1].Seq+1))
					events = append(events, repeating(rand.New(rand.NewPCG(0, 0)), 0, 0)...)
					for len(events) < m.shown.Len() {
						var ev capture.Event
						m.shown.Event(len(events), &ev)
						events = append(events, ev)
					}
					g.grow()
				}
			case 3:
				if r.IntN(10) == 0 {
					g.reset()
				}
			}
			g.check(t, events)
		}
		clear(g.opened)
		g.reset()
		for g.look(0, g.Len()-1) {
		}
		g.check(t, events)
		if g.Len() != g.expected(events) {
			t.Fatalf("seed %d: %d rows, want %d", seed, g.Len(), g.expected(events))
		}
	}
}

// A million repeats are soon one row, and what is known of them is bounded.
func TestGroupsBounded(t *testing.T) {
	m := newMemory(0)
	r := rand.New(rand.NewPCG(1, 1))
	m.add(repeating(r, 900_000, 1))
	g := newGroups(m.shown, never)
	for at := g.Len() - 1; at > 0; at = max(at-700, 0) {
		row := min(at, g.Len()-1)
		g.look(max(row-40, 0), row)
		if n := g.high - g.low; n > 3*groupMost {
			t.Fatalf("%d rows are known", n)
		}
	}
	same := repeating(r, 1, 1_000_000)[0]
	same.Kind, same.Dst.Port = capture.Traffic, 23
	events := make([]capture.Event, 100_000)
	for i := range events {
		events[i] = same
		events[i].Seq += uint64(i)
	}
	m.add(events)
	start := time.Now()
	for g.look(g.Len()-40, g.Len()-1) {
	}
	if last := g.group(g.Len() - 1); last.N != len(events) {
		t.Errorf("the last row is %d events after %v", last.N, time.Since(start))
	}
}

// The log with groups: they grow while it is followed, are opened by key, and are copied and counted whole.
func TestGroupedLog(t *testing.T) {
	b := start(t)
	b.ofYears(1500, 1) // one host, seven devices
	for range 9 {
		b.Router("@out TCP from 192.168.1.10:5000 to 203.0.113.4:443")
	}
	b.Until("they are there", func() bool { return b.Len() == 9 })
	b.Router()
	b.open(20)
	b.ToggleGroups()
	b.seen()
	if n := b.source().Len(); n != b.matching()-8 {
		t.Fatalf("%d rows of %d events", n, b.matching())
	}
	if !strings.HasSuffix(b.tally.text.Text, "1,509 events · repeats in one row") {
		t.Errorf("it says %q", b.tally.text.Text)
	}
	last := b.source().Len() - 1
	if g := b.group(last); g.N != 9 || g.Open || !g.Head {
		t.Fatalf("%+v", g)
	}
	b.Router("@out TCP from 192.168.1.10:5001 to 203.0.113.4:443")
	b.Until("the group grows", func() bool { b.Window.Canvas().Capture(); return b.group(last).N == 10 })
	if n := b.source().Len(); n != last+1 {
		t.Errorf("%d rows, want %d", n, last+1)
	}

	b.view.Select(last)
	if n := b.selectedLen(); n != 10 || b.tally.selected.Text != "10 selected" {
		t.Errorf("%d events are selected, and it says %q", n, b.tally.selected.Text)
	}
	b.copy()
	if n := strings.Count(fyne.CurrentApp().Clipboard().Content(), "\n"); n != 10 {
		t.Errorf("%d lines are copied", n)
	}
	b.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if g := b.group(last); !g.Open || b.source().Len() != last+10 || b.view.Current() != last {
		t.Errorf("%+v, %d rows, the keyboard is at %d", g, b.source().Len(), b.view.Current())
	}
	b.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	b.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	if g := b.group(last); g.Open || b.source().Len() != last+1 || b.view.Current() != last {
		t.Errorf("%+v, %d rows, the keyboard is at %d", g, b.source().Len(), b.view.Current())
	}
	var n int // an export has events, not rows
	if err := b.Client.Events(context.Background(), b.exported(time.Time{}), func(*capture.Event) error { n++; return nil }); err != nil || n != 1510 {
		t.Errorf("%d events are exported, %v", n, err)
	}

	// What is found in a group is shown: it is opened.
	b.view.ClearSelection()
	b.Find()
	b.find.entry.SetText("203.0.113.4")
	if ev := b.found("one of the group"); ev.Dst.Addr != netip.MustParseAddr("203.0.113.4") || !b.group(b.view.Current()).Open {
		t.Errorf("%+v, %+v", ev, b.group(b.view.Current()))
	}
	b.FindNext()
	b.FindNext()
	if ev := b.found("the third"); b.find.count.Text != "3 of 10" || ev.Seq != b.row(b.source().Len()-3).Seq {
		t.Errorf("%q, event %d", b.find.count.Text, ev.Seq)
	}

	// In the history, over a border between pages: to the oldest and back.
	b.ToggleGroups()
	if b.source() != any(b.memory.shown) {
		t.Error("it is still grouped")
	}
	b.ToggleGroups()
	b.SetQuery("src:192.168.1.3 dir:in until:2021-01-01")
	b.Until("all is one row", func() bool {
		b.Window.Canvas().Capture()
		return !b.history.searching() && b.source().Len() == 1
	})
	want, err := b.Client.Count(t.Context(), client.Query{Filter: "src:192.168.1.3 dir:in until:2021-01-01", All: true})
	sum := 0
	for row := range b.source().Len() {
		sum += max(b.group(row).N, 1)
	}
	if err != nil || int64(sum) != want || want < 100 {
		t.Errorf("the rows are %d events, want %d, %v", sum, want, err)
	}
}
