package log

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"linklog/capture"
	"linklog/service/client"
)

// ofYears imports so many events of years ago, each n-th of them with a host that is looked for.
func (b *bench) ofYears(count, n int) {
	b.t.Helper()
	var events []capture.Event
	for i := range count {
		ev := capture.Event{Time: time.Date(2020, 5, 1, 0, 0, i/3, 0, time.UTC), Kind: capture.Traffic, Dir: capture.Direction(1 + i%3/2), Proto: capture.TCP}
		ev.Src = capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(i % 7)}), Port: uint16(1000 + i)}
		ev.Dst = capture.Endpoint{Addr: netip.AddrFrom4([4]byte{198, 51, 100, byte(i % 11)}), Port: 443}
		if i%n == n-1 {
			ev.Dst.Addr = netip.MustParseAddr("203.0.113.99")
		}
		events = append(events, ev)
	}
	if _, err := b.Client.Import(b.t.Context(), nil, "old.log", events); err != nil {
		b.t.Fatal(err)
	}
}

// found waits until the row with the keyboard focus is one that was looked for, and returns it.
func (b *bench) found(what string) capture.Event {
	b.t.Helper()
	b.Until("there is one: "+what, func() bool {
		b.Window.Canvas().Capture()
		return b.find.text == b.find.entry.Text && b.find.way == nowhere && b.place == nil && !b.find.history.searching() && b.view.Current() >= 0
	})
	b.seen()
	return b.row(b.view.Current())
}

// What is looked for is gone to from where one reads, in memory and in all of the history, without a filter.
func TestFind(t *testing.T) {
	b := start(t)
	b.ofYears(4000, 500) // 8 rows
	b.demo(300)
	b.Router("@in TCP from 203.0.113.99:5000 to 192.168.1.10:22")
	b.Until("it is there", func() bool { return b.Len() == 301 })
	b.demo(20)
	b.Router()
	b.open(50)
	b.seen()
	all := b.matching()

	b.Find()
	b.find.entry.SetText("203.0.113.99")
	ev := b.found("the newest")
	if ev.Src.Addr != netip.MustParseAddr("203.0.113.99") || b.find.count.Text != "1 of 9" {
		t.Fatalf("row %d, event %d, %q", b.view.Current(), ev.Seq, b.find.count.Text)
	}
	for i := range 8 {
		b.FindNext()
		before := ev
		ev = b.found("an older one")
		if ev.Dst.Addr != netip.MustParseAddr("203.0.113.99") || !ev.Time.Before(before.Time) || ev.Import == 0 {
			t.Fatalf("%d: %+v", i, ev)
		}
		if i == 2 {
			b.FindPrevious()
			if back := b.found("the one before"); back.Seq != before.Seq {
				t.Errorf("back to %d, want %d", back.Seq, before.Seq)
			}
			b.FindNext()
			if again := b.found("the next one"); again.Seq != ev.Seq {
				t.Errorf("on to %d, want %d", again.Seq, ev.Seq)
			}
		}
	}
	if b.find.count.Text != "9 of 9" || b.matching() != all {
		t.Errorf("%q, %d rows, want %d", b.find.count.Text, b.matching(), all)
	}
	b.FindNext() // from the oldest to the newest
	if ev := b.found("the newest again"); ev.Src.Addr != netip.MustParseAddr("203.0.113.99") || b.find.count.Text != "1 of 9" {
		t.Errorf("%+v, %q", ev, b.find.count.Text)
	}

	// From a row that one has chosen since, up and down.
	b.view.Select(1300)
	b.seen()
	at := b.row(1300).Time
	b.FindNext()
	if ev := b.found("an older one"); ev.Dst.Addr != netip.MustParseAddr("203.0.113.99") || ev.Time.After(at) || at.Sub(ev.Time) > 3*time.Minute {
		t.Errorf("from %v to %v", at, ev.Time)
	}
	b.view.Select(1300)
	b.seen()
	b.FindPrevious()
	if ev := b.found("a newer one"); ev.Dst.Addr != netip.MustParseAddr("203.0.113.99") || ev.Time.Before(at) || ev.Time.Sub(at) > 3*time.Minute {
		t.Errorf("from %v to %v", at, ev.Time)
	}

	// It counts on while more comes, and looks through what the filter leaves.
	b.Router("@in TCP from 203.0.113.99:5001 to 192.168.1.10:23")
	b.Until("the new one counts", func() bool { return strings.HasSuffix(b.find.count.Text, " of 10") })
	b.SetQuery("dir:in")
	b.Until("what is left is counted", func() bool { b.Window.Canvas().Capture(); return !b.find.history.searching() && !b.history.searching() })
	if n, err := b.Client.Count(t.Context(), client.Query{Filter: "dir:in 203.0.113.99", All: true}); err != nil || n < 2 || b.memory.found.Len() != int(n) {
		t.Errorf("%d found, want %d, %v", b.memory.found.Len(), n, err)
	}

	b.find.entry.SetText("nobody")
	b.Until("nothing is found", func() bool { return b.find.count.Text == "Nothing found" })
	b.find.entry.SetText(`"open`)
	b.Until("it says what is wrong", func() bool {
		return b.find.err != nil && b.find.count.Text != "" && b.find.count.Text != "Nothing found"
	})
	b.find.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.find.content.Visible() || b.memory.found != nil || b.Window.Canvas().Focused() != fyne.Focusable(b.view) {
		t.Error("Escape does not close it")
	}
}

// Who goes on ends what is looked for.
func TestFindEnds(t *testing.T) {
	b := start(t)
	b.ofYears(2000, 1000)
	b.Router()
	b.open(10)
	b.seen()
	b.Find()
	b.find.entry.SetText("203.0.113.99")
	b.find.typed()
	b.FindNext()
	first := b.find.history
	if !first.searching() {
		t.Fatal("it is not looked for")
	}
	b.find.entry.SetText("198.51.100.3")
	b.find.typed()
	if first.searching() || !b.find.history.searching() {
		t.Error("what nobody wants is looked for, or what somebody does is not")
	}
	b.find.close()
	if b.find.history.searching() {
		t.Error("it is looked for, and the bar is closed")
	}
}
