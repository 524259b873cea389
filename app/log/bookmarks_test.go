package log

import (
	"testing"
	"time"

	"linklog/capture"
)

// bookmarked waits until another row with a bookmark has the keyboard focus, and returns it.
func (b *bench) bookmarked(what string, go_ func()) (ev capture.Event) {
	b.t.Helper()
	before, _ := b.event(max(b.view.Current(), 0))
	b.seen()
	go_()
	b.Until(what, func() bool {
		b.Window.Canvas().Capture()
		i := b.view.Current()
		if i < 0 || b.place != nil {
			return false
		}
		var here bool
		ev, here = b.event(i)
		return here && b.bookmarks.has(&ev) && !same(&ev, &before)
	})
	return ev
}

// Bookmarks are set by key, stay when the app starts again, are gone to wherever they are, and go with
// their events.
func TestBookmarks(t *testing.T) {
	b := start(t)
	b.ofYears(3000, 500)
	b.demo(300)
	b.Router()
	b.open(100)
	b.seen()
	n := b.matching()
	b.NextBookmark()
	if len(b.Told) != 1 {
		t.Errorf("%q", b.Told)
	}
	var want []capture.Event
	for _, i := range []int{50, 2000, n - 250, n - 10} { // imported, not in memory, in memory
		b.view.Select(i)
		b.seen()
		want = append(want, b.row(i))
		b.Bookmark()
	}
	b.view.Select(n - 5)
	b.Bookmark()
	b.Bookmark() // no longer
	if list := b.Prefs.Bookmarks(b.state.Hello.ID); len(list) != 4 {
		t.Fatalf("%+v", list)
	}

	b.open(100) // as after a start
	b.seen()
	for i := 3; i >= 0; i-- {
		if ev := b.bookmarked("the next older one", b.NextBookmark); !same(&ev, &want[i]) {
			t.Errorf("%d: event %d of %v, want %d of %v", i, ev.Seq, ev.Time, want[i].Seq, want[i].Time)
		}
	}
	if ev := b.bookmarked("the oldest leads to the newest", b.NextBookmark); !same(&ev, &want[3]) {
		t.Errorf("event %d", ev.Seq)
	}
	if ev := b.bookmarked("the newest leads back to the oldest", b.PreviousBookmark); !same(&ev, &want[0]) {
		t.Errorf("event %d", ev.Seq)
	}
	b.SetQuery("ip:192.168.1.0/24 until:2021-01-01")
	b.seen()
	b.Told = nil
	b.view.ClearSelection()
	for range 3 { // only those that are shown
		if ev := b.bookmarked("one that is shown", b.NextBookmark); ev.Import == 0 {
			t.Errorf("event %d", ev.Seq)
		}
	}

	// What was imported is removed: so are its bookmarks.
	if _, err := b.Client.UndoImport(t.Context(), int(want[0].Import)); err != nil {
		t.Fatal(err)
	}
	b.SetQuery("")
	b.refresh()
	b.Until("their bookmarks are gone", func() bool { return len(b.Prefs.Bookmarks(b.state.Hello.ID)) == 2 })
	if m := b.Prefs.Bookmarks(b.state.Hello.ID); m[0].Seq != want[2].Seq || m[1].Seq != want[3].Seq || m[0].Imported || time.Since(m[0].Time) > time.Hour {
		t.Errorf("%+v", m)
	}
	if b.bookmarks.has(&want[0]) || !b.bookmarks.has(&want[3]) {
		t.Error("the marks are not those of the bookmarks")
	}

	// So it is with what is removed on request, whoever asks for that.
	if found, err := b.Client.Forget(t.Context(), "ip:"+want[3].Src.Addr.String(), false); err != nil || found.Events == 0 {
		t.Fatal(found, err)
	}
	b.Eventually("it is removed", func() bool {
		state, err := b.Client.Forgetting(t.Context())
		return err == nil && !state.Ended.IsZero()
	})
	b.refresh()
	b.Until("its bookmark is gone", func() bool { return len(b.Prefs.Bookmarks(b.state.Hello.ID)) < 2 })
}
