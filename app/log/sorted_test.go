package log

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"linklog/app/log/view"
	"linklog/capture"
)

// in waits until the rows have an order.
func (b *bench) in(by view.Sort) {
	b.t.Helper()
	b.sort(by)
	b.Until("they are sorted", func() bool {
		b.Window.Canvas().Capture()
		return b.sorting == nil && (b.sorted == nil) == (by.Column == "") && (b.sorted == nil || b.sorted.Sort == by)
	})
}

// Rows are sorted by a column, both ways, of all of the history, while others come, and go back to the
// place where one read.
func TestSort(t *testing.T) {
	b := start(t)
	b.ofYears(1500, 100)
	b.demo(200)
	b.Router()
	b.open(20)
	b.seen()
	all := b.matching()

	for _, down := range []bool{false, true} {
		b.in(view.Sort{Column: "dport", Down: down})
		if b.source().Len() != all || b.view.Current() != -1 {
			t.Fatalf("%d rows, want %d", b.source().Len(), all)
		}
		last := -1
		for row := range all {
			ev := b.row(row)
			if ev.Kind != capture.Traffic {
				last = 1 << 20 // what has no port is behind all
				continue
			}
			port := int(ev.Dst.Port)
			if down {
				port = 1<<16 - port
			}
			if port < last {
				t.Fatalf("row %d has port %d", row, ev.Dst.Port)
			}
			last = port
		}
	}
	if text := b.tally.text.Text; !strings.HasSuffix(text, "sorted by Destination port, new events wait") {
		t.Errorf("it says %q", text)
	}

	// What comes meanwhile is not among them; names are those of now.
	b.Router("@in TCP from 203.0.113.99:5000 to 192.168.1.10:65535")
	b.Until("it came", func() bool { return b.matching() == all+1 })
	if b.source().Len() != all {
		t.Error("it is among the rows that are sorted")
	}
	if err := b.Client.SetDeviceLabel(t.Context(), "192.168.1.3", "Aquarium"); err != nil {
		t.Fatal(err)
	}
	named := func() (n int) {
		for row := range all {
			if ev := b.row(row); ev.Src.Name == "Aquarium" {
				n++
			}
		}
		return n
	}
	b.Until("the name is in the rows", func() bool { return named() > 100 })

	// Found, bookmarked, and copied, in this order.
	b.Find()
	b.find.entry.SetText("203.0.113.99")
	b.find.typed()
	if b.find.count.Text != "1 of 15" || b.row(b.view.Current()).Dst.Addr != netip.MustParseAddr("203.0.113.99") {
		t.Errorf("%q", b.find.count.Text)
	}
	before := b.view.Current()
	b.FindNext()
	if b.find.count.Text != "2 of 15" || b.view.Current() <= before {
		t.Errorf("%q", b.find.count.Text)
	}
	b.FindPrevious()
	b.FindPrevious()
	if b.find.count.Text != "15 of 15" {
		t.Errorf("%q", b.find.count.Text)
	}
	marked := b.row(b.view.Current())
	b.Bookmark()
	b.copy()
	line := b.liner()
	if got, want := fyne.CurrentApp().Clipboard().Content(), string(line(nil, &marked)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if list := b.Prefs.Bookmarks(b.state.Hello.ID); len(list) != 1 || !list[0].Imported || marked.Import == 0 {
		t.Errorf("%+v of %+v", list, marked)
	}
	b.find.close()

	// A different search is sorted, too.
	b.SetQuery("ip:203.0.113.99")
	b.Until("what is left is sorted", func() bool { return b.sorting == nil && b.sorted != nil && b.source().Len() == 16 })
	b.SetQuery("")
	b.Until("all is sorted", func() bool { return b.sorting == nil && b.source().Len() == all+1 })

	b.in(view.Sort{Column: "time", Down: true})
	if first := b.row(0); first.Dst.Port != 65535 {
		t.Errorf("the newest is %+v", first)
	}
	b.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.sorted != nil || b.source() != view.Source(b.memory.shown) {
		t.Fatal("Escape leaves them sorted")
	}

	// Back to where one read.
	b.seen()
	b.view.Select(1000)
	b.seen()
	top, _ := b.view.Top()
	id := b.source().ID(top)
	b.in(view.Sort{Column: "source"})
	b.in(view.Sort{})
	if top, stands := b.view.Top(); !stands || b.source().ID(top) != id {
		t.Errorf("the row at the top is %d, stands %v, want %d", b.source().ID(top), stands, id)
	}
	// Following ends it.
	b.in(view.Sort{Column: "source"})
	b.Follow()
	if _, stands := b.view.Top(); stands || b.sorted != nil {
		t.Error("the newest rows are not followed")
	}
}

// Only the newest are sorted, and that is said.
func TestSortBounded(t *testing.T) {
	events := make([]capture.Event, sortMost)
	for i := range events {
		events[i] = capture.Event{Seq: uint64(sortMost - i), Kind: capture.Traffic, Proto: capture.TCP, Import: int32(i % 3)}
		events[i].Dst.Port = uint16(i * 7919)
	}
	v := view.New(newMemory(0).shown, view.Options{Columns: view.Columns(nil, nil)})
	by := view.Sort{Column: "dport"}
	s := newSorted(slices.Clone(events), by, v.Comparing(by))
	if s.Len() != sortMost {
		t.Fatalf("%d rows", s.Len())
	}
	var ev, last capture.Event
	for row := range s.Len() {
		if !s.Event(row, &ev) || ev.Dst.Port < last.Dst.Port || ev.Dst.Port == last.Dst.Port && ev.Seq < last.Seq || ev.Import != events[sortMost-int(ev.Seq)].Import {
			t.Fatalf("row %d: %+v after %+v", row, ev, last)
		}
		if s.Find(s.ID(row)) != row {
			t.Fatalf("row %d is found at %d", row, s.Find(s.ID(row)))
		}
		last = ev
	}
	if row, there := s.row(&last); !there || row != s.Len()-1 {
		t.Error(row, there)
	}
}
