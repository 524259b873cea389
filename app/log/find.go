package log

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/log/past"
	"linklog/app/log/rows"
	"linklog/app/log/search"
	"linklog/app/log/view"
	"linklog/capture"
	"linklog/filter"
	"linklog/service/client"
)

// find looks for words in what is shown, and leads from one row to the next that has them. What has
// them is a list of its own, made as that of the log is: from memory at once, and from the history as
// it is searched.
type find struct {
	page *Page
	*findBar
	timer   *time.Timer
	text    string
	err     error
	cancel  context.CancelFunc // of the work that runs; nil: none does
	history *history           // of what is found; nil: nothing is looked for
	inOrder *rows.View         // what is found of rows that are sorted; nil: they are not

	way    way
	from   anchor        // where it goes from
	at     int64         // the row of what is found that is gone to, by its ID
	chosen bool          // at is known
	event  capture.Event // that was reached last
}

// way says to which row it goes.
type way int8

const (
	nowhere way = iota
	nearest     // the newest that is not below where one reads
	older
	newer
)

// anchor is a row of the log.
type anchor struct {
	id    int64
	event capture.Event
	here  bool
}

func newFind(p *Page) *find {
	f := &find{page: p, timer: time.NewTimer(0)}
	f.findBar = newFindBar(f)
	return f
}

// Find opens the bar that looks for words in what is shown.
func (p *Page) Find() {
	f := p.find
	if !f.content.Visible() {
		f.content.Show()
		p.content.Refresh()
		f.again()
	}
	p.c.Window.Canvas().Focus(f.entry)
	f.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// FindNext goes to the next older row with what is looked for, FindPrevious to the next newer one.
func (p *Page) FindNext()     { p.find.next(older) }
func (p *Page) FindPrevious() { p.find.next(newer) }

// close closes the bar.
func (f *find) close() {
	f.stop()
	f.page.memory.found = nil
	f.content.Hide()
	f.page.content.Refresh()
	f.page.markFound()
	f.page.Focus()
}

// typed looks for what was typed.
func (f *find) typed() {
	f.timer.Stop()
	if text := strings.TrimSpace(f.entry.Text); text != f.text {
		f.text = text
		f.again()
		f.set(nearest)
	}
}

// stop ends what runs; what was found stays.
func (f *find) stop() {
	f.way = nowhere
	if f.cancel != nil {
		f.cancel()
		f.cancel = nil
	}
	if f.history != nil {
		f.history.stop()
	}
}

// again looks through other rows, or for other words.
func (f *find) again() {
	f.stop()
	p := f.page
	p.memory.found, f.history, f.inOrder, f.err, f.chosen = nil, nil, nil, nil, false
	p.markFound()
	if !f.content.Visible() || f.text == "" {
		f.showCount()
		return
	}
	asks := p.asks
	asks.Any = strings.TrimSpace(asks.Any + " " + f.text)
	var m *filter.Matcher
	if m, f.err = asks.Compile(p.c.Services, time.Now()); f.err != nil {
		f.showCount()
		return
	}
	if p.sorted != nil {
		f.inOrder, _ = p.sorted.store.Select(context.Background(), m)
		f.showCount()
		return
	}
	store, of := p.memory.store, p.memory.shown
	begin := func(front *rows.View) {
		front.Update()
		base := store.First()
		var before *past.Past
		if of.past != nil {
			base = max(base, of.past.Base())
			before = past.New(base, p.memory.generation+1)
		}
		p.memory.found = &shown{past: before, front: front, from: base}
		f.history = newHistory(p, before, client.Query{Filter: asks.String(), Before: store.Seq(base), All: true}, f.step)
		if before != nil && p.shown && p.state.Hello.ID != "" {
			f.history.start()
		}
		f.step()
	}
	if store.Len() <= atOnce {
		front, _ := store.Select(context.Background(), m)
		begin(front)
		return
	}
	f.showCount()
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	snapshot := store.Snapshot()
	var front *rows.View
	p.c.While(ctx, func(ctx context.Context) (err error) {
		front, err = snapshot.Select(ctx, m)
		return err
	}, func(err error) {
		if ctx.Err() == nil && err == nil {
			begin(front)
		}
	})
}

// next goes one on, and opens the bar if it is not open.
func (f *find) next(to way) {
	if !f.content.Visible() || f.text == "" {
		f.page.Find()
		return
	}
	f.typed() // if that has not been taken yet
	if f.way == nearest {
		return // which is on its way
	}
	f.set(to)
}

// set sets out from where one reads.
func (f *find) set(to way) {
	p := f.page
	if f.inOrder != nil {
		f.down(to)
		return
	}
	onIt := f.chosen && (f.way != nowhere || p.place != nil && same(&p.place.row, &f.event) || f.isCurrent())
	if !onIt {
		f.chosen = false
		f.from = anchor{}
		if row, _ := p.reading(); row >= 0 {
			f.from.id = p.memory.shown.ID(p.baseOf(row))
			f.from.event, f.from.here = p.event(row)
		}
	}
	f.way = to
	if onIt && to != nearest {
		f.on()
	}
	f.step()
}

// down goes to the next of the rows that are sorted, or to the one before.
func (f *find) down(to way) {
	n, first := f.inOrder.Len(), f.page.sorted.store.First()
	if n == 0 {
		return
	}
	row := f.page.view.Current()
	if row < 0 {
		row, _ = f.page.view.Top()
		to = nearest
	}
	i := f.inOrder.Find(first + int64(row))
	on := i < n && f.inOrder.ID(i) == first+int64(row)
	switch {
	case to == older && on:
		i++
	case to == newer:
		i--
	}
	f.at, f.chosen = f.inOrder.ID((i+n)%n), true
	f.page.goTo(int(f.at - first))
	f.showCount()
}

// isCurrent reports whether the row with the keyboard focus is the one that was reached last.
func (f *find) isCurrent() bool {
	row := f.page.view.Current()
	if row < 0 {
		return false
	}
	ev, here := f.page.event(row)
	return here && same(&ev, &f.event)
}

// same reports whether two are one event: whatever it is called now.
func same(a, b *capture.Event) bool {
	return a.Seq == b.Seq && a.Import == b.Import && a.Time.Equal(b.Time)
}

// on goes one on from what is chosen.
func (f *find) on() {
	found := f.page.memory.found
	if found == nil || found.Len() == 0 {
		return
	}
	i, n := found.Find(f.at), found.Len()
	if f.way == older {
		i--
	} else {
		i++
	}
	if i < 0 && f.history.searching() {
		return // that is not known yet: the one that is chosen stays
	}
	f.at = found.ID((i + n) % n)
}

// step does what can be done now to get where it goes; it is called again when more has come.
func (f *find) step() {
	defer f.showCount()
	p, found := f.page, f.page.memory.found
	if f.way == nowhere || found == nil {
		return
	}
	if !f.chosen && !f.choose(found) {
		return
	}
	i := found.Find(f.at)
	if i >= found.Len() || found.ID(i) != f.at { // it is gone
		f.way, f.chosen = nowhere, false
		return
	}
	var ev capture.Event
	if !found.Event(i, &ev) {
		f.history.sight(i, i)
		return
	}
	f.way, f.event = nowhere, ev
	p.reach(&ev, f.at)
}

// choose finds out to which row it goes; false: that is not known yet.
func (f *find) choose(found *shown) bool {
	n, searching := found.Len(), f.history.searching()
	if n == 0 {
		if !searching {
			f.way = nowhere
		}
		return false
	}
	i, exact, known := f.index(found)
	if !known {
		if searching {
			return false
		}
		i = 0
	}
	switch {
	case f.way == older, f.way == nearest && !exact:
		i--
	case f.way == newer && exact:
		i++
	}
	if i < 0 && searching {
		return false
	}
	f.at, f.chosen = found.ID((i+n)%n), true
	return true
}

// index is the first row of what is found that is not above where it goes from; exact: it is that.
func (f *find) index(found *shown) (i int, exact, known bool) {
	if f.from.id >= 0 { // in memory: the same ID
		i = found.Find(f.from.id)
		return i, i < found.Len() && found.ID(i) == f.from.id, true
	}
	if found.past == nil || !f.from.here {
		return 0, false, false
	}
	if i, exact = found.past.Row(&f.from.event); exact {
		return i, true, true
	}
	i, known, _ = found.past.At(f.from.event.Time)
	return i, false, known
}

// number is which of what is found has the keyboard focus, counted from the newest, or from above where
// the rows are sorted; 0: none.
func (f *find) number() int {
	switch found := f.page.memory.found; {
	case !f.chosen:
		return 0
	case f.inOrder != nil:
		return f.inOrder.Find(f.at) + 1
	case found == nil:
		return 0
	default:
		return found.Len() - found.Find(f.at)
	}
}

// state is how many rows were found, and how far that is.
func (f *find) state() (n int, c count, known bool) {
	switch found, h := f.page.memory.found, f.history; {
	case f.inOrder != nil:
		return f.inOrder.Len(), c, true
	case found == nil:
		return 0, count{searching: true}, false
	default:
		return found.Len(), count{searching: h.searching(), searched: h.searched, of: h.of, err: h.err}, true
	}
}

// rename gives addresses other names; nil: they are asked for again.
func (f *find) rename(names map[rows.Owner]string) {
	if f.inOrder != nil {
		f.inOrder.Update()
	}
	switch found := f.page.memory.found; {
	case found == nil || found.past == nil:
	case names == nil:
		found.past.Forget()
	default:
		found.past.Rename(names)
	}
}

// marked is what is to be marked in the rows.
func (f *find) marked() []view.Found {
	if !f.content.Visible() || f.text == "" {
		return nil
	}
	q := search.Read(f.text, f.page.c.Services)
	return marked(q.Found())
}

// reach goes to a row of the log. id is what it has if it is one of those in memory, or was.
func (p *Page) reach(ev *capture.Event, id int64) {
	if p.sorted != nil {
		if row, there := p.sorted.row(ev); there {
			p.goTo(row)
		} else {
			p.c.Tell(lang.L("This row is not among those that are sorted."))
		}
		return
	}
	s := p.memory.shown
	if id >= 0 {
		if i := s.Find(id); i < s.Len() && s.ID(i) == id {
			p.goTo(i)
		}
		return
	}
	if s.past == nil {
		return
	}
	if i, here := s.past.Row(ev); here {
		p.goTo(i)
		return
	}
	p.place = &place{row: *ev, chosen: true, above: p.view.PageRows() / 2}
	p.backToPlace()
}

// goTo selects a row of what is shown, by its index there; one that is out of sight comes to the middle,
// with what is around it. Of a group that is closed it would not be seen.
func (p *Page) goTo(i int) {
	if p.groups != nil {
		p.groups.reveal(i)
		i = p.rowOf(i)
	}
	n := p.view.PageRows()
	if top, _ := p.view.Top(); i < top || i >= top+n {
		p.view.Restore(i-n/2, i)
		return
	}
	p.view.Select(i)
}
