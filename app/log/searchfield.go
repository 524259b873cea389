package log

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/log/search"
	"linklog/app/log/view"
	"linklog/app/ui"
	"linklog/capture"
)

// searchField is the search text: the filter of the log in one line.
type searchField struct {
	page  *Page
	entry *search.Box
	timer *time.Timer
	found []search.Found // what to mark in the rows
}

// typedAfter is how long someone has to stop typing until it is searched.
const typedAfter = 100 * time.Millisecond

func newSearchField(p *Page) *searchField {
	f := &searchField{page: p, timer: time.NewTimer(0)}
	f.entry = search.New(search.Source{Services: p.c.Services, Known: f.known})
	f.entry.SetPlaceHolder(lang.L("type to search, or dst:17.* port:443 !host:*.apple.com"))
	f.entry.OnChanged = func(string) {
		f.timer.Stop()
		p.history.stop() // what it searches for is not asked any more
		f.timer = time.AfterFunc(typedAfter, func() { p.c.Do(f.typed) })
	}
	f.entry.OnEscape = func() { p.SetQuery("") }
	f.entry.OnSubmitted = func(string) { f.typed() }
	return f
}

// Search is the field for the search text; what can be written next is shown in front
// of the window, once that is to be seen: show puts it there.
func (p *Page) Search(show func(suggestions fyne.CanvasObject)) fyne.CanvasObject {
	p.field.entry.OnSuggest = func() { show(p.field.entry.List()) }
	return p.field.entry
}

// FocusSearch moves the keyboard focus to the search text, all of which is selected: what is typed
// then takes its place.
func (p *Page) FocusSearch() {
	p.c.Window.Canvas().Focus(p.field.entry)
	p.field.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// SetQuery sets the search text and applies it at once.
func (p *Page) SetQuery(text string) {
	p.field.entry.SetText(text)
	p.field.timer.Stop() // which SetText started
	if err := p.field.apply(); err != nil {
		p.c.Tell(ui.Cause(err)) // it was not typed here, where the error is shown
	}
}

// apply shows what the text asks for, or tells what is wrong with it.
func (f *searchField) apply() error {
	q := f.read()
	if q.Err != nil {
		return q.Err
	}
	f.page.search(q.Filter, q.Matcher)
	return nil
}

// typed shows what the text asks for but for terms that are wrong, for someone may
// be writing them, and those beside them are not to wait.
func (f *searchField) typed() {
	if q, ok := f.read().Right(f.page.c.Services); ok {
		f.page.search(q.Filter, q.Matcher)
	}
}

func (f *searchField) read() search.Query {
	q := search.Read(f.entry.Text, f.page.c.Services)
	f.entry.SetQuery(q)
	f.found = q.Found()
	f.page.markFound()
	return q
}

// markFound marks in the rows what is searched for, and what is looked for in them.
func (p *Page) markFound() { p.view.SetFound(append(marked(p.field.found), p.find.marked()...)) }

// marked is what is found as the rows show it.
func marked(list []search.Found) (all []view.Found) {
	for _, f := range list {
		in := view.Words | view.Addresses
		switch f.In {
		case search.InWords:
			in = view.Words
		case search.InAddresses:
			in = view.Addresses
		case search.InPorts:
			in = view.Numbers
		}
		switch f.Of {
		case search.OfSource:
			in |= view.OfSource
		case search.OfDestination:
			in |= view.OfDestination
		}
		all = append(all, view.Found{Text: f.Text, In: in})
	}
	return all
}

// looked is how many of the newest messages are looked at for values to be offered.
const looked = 2000

// known are the values that a field has in the newest messages, shown or not.
func (f *searchField) known(field string) []search.Known {
	store := f.page.memory.store
	return search.Seen(field, func(yield func(*capture.Event) bool) {
		var ev capture.Event
		for pos := max(store.First(), store.Next()-looked); pos < store.Next(); pos++ {
			if store.Event(pos, &ev) && !yield(&ev) {
				return
			}
		}
	}, f.page.c.Services)
}
