package log

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/capture"
	"linklog/service/client"
)

// bookmarks are the rows that the user wants to find again.
type bookmarks struct {
	page    *Page
	history string // whose they are, by its ID
	marked  map[event]struct{}
	since   [2]time.Time // from when on there were events, received and imported, when it was looked last
	forgot  time.Time    // when the last removal on request had ended then
}

// event is what tells one from all others of a history.
type event struct {
	seq      uint64
	imported bool
	at       int64 // nanoseconds since 1970
}

func eventOf(ev *capture.Event) event { return event{ev.Seq, ev.Import != 0, ev.Time.UnixNano()} }

// load takes those of the history that is shown.
func (b *bookmarks) load() {
	b.history = b.page.state.Hello.ID
	b.marked = make(map[event]struct{})
	for _, m := range b.page.c.Prefs.Bookmarks(b.history) {
		b.marked[event{m.Seq, m.Imported, m.Time.UnixNano()}] = struct{}{}
	}
}

// has reports whether an event has one.
func (b *bookmarks) has(ev *capture.Event) bool {
	if len(b.marked) == 0 {
		return false
	}
	_, has := b.marked[eventOf(ev)]
	return has
}

// set gives an event one, or takes it.
func (b *bookmarks) set(ev *capture.Event, set bool) {
	p := b.page
	if b.history == "" || ev.Seq == 0 {
		return
	}
	if !p.c.Prefs.Bookmark(prefs.Bookmark{History: b.history, Seq: ev.Seq, Imported: ev.Import != 0, Time: ev.Time.UTC()}, set) {
		p.c.Tell(lang.L("There are {{.Count}} bookmarks already. Remove some first.", map[string]any{"Count": ui.Number(prefs.MaxBookmarks)}))
		return
	}
	b.changed()
}

// changed shows which there are now.
func (b *bookmarks) changed() {
	b.load()
	b.page.groupAgain()
	b.page.view.Changed()
}

// Bookmark marks the row with the keyboard focus, or no longer.
func (p *Page) Bookmark() {
	if i := p.view.Current(); i >= 0 {
		if ev, here := p.event(i); here {
			p.bookmarks.set(&ev, !p.bookmarks.has(&ev))
		}
	}
}

// NextBookmark goes to the next older row with a bookmark, PreviousBookmark to the next newer one.
func (p *Page) NextBookmark()     { p.bookmarks.next(true) }
func (p *Page) PreviousBookmark() { p.bookmarks.next(false) }

// next goes to the next one among what is shown. Those of events that are no more are removed.
func (b *bookmarks) next(older bool) {
	p := b.page
	list := p.c.Prefs.Bookmarks(b.history)
	if b.history == "" || len(list) == 0 {
		p.c.Tell(lang.L("There are no bookmarks. Ctrl+D marks a row."))
		return
	}
	asks := client.Query{Filter: p.asks.String(), All: true}
	list = around(list, p.here(), older)
	var at *capture.Event
	var gone []prefs.Bookmark
	p.c.Background(func(ctx context.Context) (err error) {
		for _, m := range list {
			if at, err = b.read(ctx, asks, m); at != nil || err != nil {
				return err
			}
			is, err := b.read(ctx, client.Query{All: true}, m)
			if err != nil {
				return err
			}
			if is == nil {
				gone = append(gone, m)
			}
		}
		return nil
	}, func(err error) {
		b.remove(gone)
		switch {
		case err != nil:
			p.c.Fail(lang.L("The history could not be read"), err)
		case at == nil:
			p.c.Tell(lang.L("None of the bookmarks is in what is shown."))
		default:
			p.reach(at, p.memory.position(at))
		}
	})
}

// around are the bookmarks in the order in which one comes to them from an event, which is the last.
func around(list []prefs.Bookmark, from capture.Event, older bool) []prefs.Bookmark {
	slices.SortFunc(list, func(a, b prefs.Bookmark) int { return compareEvents(a.Time, a.Seq, b.Time, b.Seq) })
	if older {
		slices.Reverse(list)
	}
	n := 0 // so many are not on that side
	for _, m := range list {
		if c := compareEvents(m.Time, m.Seq, from.Time, from.Seq); older && c >= 0 || !older && c <= 0 {
			n++
		}
	}
	return slices.Concat(list[n:], list[:n])
}

func compareEvents(at time.Time, seq uint64, at2 time.Time, seq2 uint64) int {
	return cmp.Or(at.Compare(at2), cmp.Compare(seq, seq2))
}

// here is the event where one reads. If there is none, or it has not come, it is now.
func (p *Page) here() capture.Event {
	if row, focused := p.reading(); row >= 0 {
		if ev, here := p.event(row); here {
			if !focused {
				ev.Seq++ // it may be the one itself
			}
			return ev
		}
	}
	return capture.Event{Time: time.Now()}
}

// read is the event of a bookmark, if it is among what is asked for. It runs in the background.
func (b *bookmarks) read(ctx context.Context, q client.Query, m prefs.Bookmark) (at *capture.Event, err error) {
	q.Since, q.Until = m.Time, m.Time.Add(time.Nanosecond)
	err = b.page.c.Client.Events(ctx, q, func(ev *capture.Event) error {
		if ev.Seq == m.Seq && (ev.Import != 0) == m.Imported {
			found := *ev
			at = &found
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return at, err
}

// remove removes those of events that are no more.
func (b *bookmarks) remove(gone []prefs.Bookmark) {
	if len(gone) == 0 {
		return
	}
	for _, m := range gone {
		b.page.c.Prefs.Bookmark(m, false)
	}
	b.changed()
}

// check removes the bookmarks of events that retention took, as what there is begins later now, or
// that were removed on request, the last time at forgot.
func (b *bookmarks) check(forgot time.Time) {
	p := b.page
	since := [2]time.Time{p.status.History.Since, p.status.Imported.Since}
	any := !b.forgot.Equal(forgot)
	if b.since == since && !any || b.history == "" {
		return
	}
	b.since, b.forgot = since, forgot
	var doubtful, gone []prefs.Bookmark
	for _, m := range p.c.Prefs.Bookmarks(b.history) {
		from := since[0]
		if m.Imported {
			from = since[1]
		}
		if any || from.IsZero() || m.Time.Before(from) {
			doubtful = append(doubtful, m)
		}
	}
	if len(doubtful) == 0 {
		return
	}
	p.c.Background(func(ctx context.Context) error {
		for _, m := range doubtful {
			at, err := b.read(ctx, client.Query{All: true}, m)
			if err != nil {
				return err
			}
			if at == nil {
				gone = append(gone, m)
			}
		}
		return nil
	}, func(error) { b.remove(gone) }) // what could not be asked stays until next time
}
