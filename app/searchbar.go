package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/log/search"
	"linklog/capture"
)

// searchBar is the search text on top: the filter of the log in one line.
type searchBar struct {
	shell *shell
	entry *search.Box
	timer *time.Timer
}

func newSearchBar(s *shell) *searchBar {
	b := &searchBar{shell: s, timer: time.NewTimer(0)}
	b.entry = search.New(search.Source{Services: s.app.services, Known: b.known})
	b.entry.SetPlaceHolder(lang.L("type to search, or dst:17.* port:443 !host:*.apple.com"))
	b.entry.OnSuggest = b.front
	b.entry.OnChanged = func(string) {
		b.timer.Stop()
		b.timer = time.AfterFunc(150*time.Millisecond, func() { b.shell.app.do(b.typed) })
	}
	b.entry.OnEscape = func() { b.SetText("") }
	b.entry.OnSubmitted = func(string) { b.typed() }
	s.app.logPage.showTerms(b.entry.Strip())
	return b
}

func (b *searchBar) content() fyne.CanvasObject { return b.entry }

// front puts the list of what can be written in front of the window. It is not there
// from the beginning, as the bar is made before the rest.
func (b *searchBar) front() {
	if window, ok := b.shell.content.(*fyne.Container); ok && b.shell.content != nil {
		list := b.entry.List()
		if n := len(window.Objects); n > 0 && window.Objects[n-1] != list {
			window.Add(list)
		}
	}
}

// SetText sets the text and applies it at once.
func (b *searchBar) SetText(text string) {
	b.entry.SetText(text)
	b.timer.Stop() // which SetText started
	if err := b.apply(); err != nil {
		b.shell.tell(err.Error()) // nobody wrote it here, where the mistake is shown
	}
}

// count tells how many rows match, where there is room for it.
func (b *searchBar) count(matching, all int) { b.shell.app.logPage.form.showCount(matching, all) }

// apply shows what the text asks for, or tells what is wrong with it.
func (b *searchBar) apply() error {
	q := b.read()
	if q.Err != nil {
		return q.Err
	}
	b.shell.app.logPage.search(q.Filter, q.Matcher)
	return nil
}

// typed shows what the text asks for but for terms that are wrong, for somebody may
// be writing them, and those beside them are not to wait.
func (b *searchBar) typed() {
	if q, ok := b.read().Right(b.shell.app.services); ok {
		b.shell.app.logPage.search(q.Filter, q.Matcher)
	}
}

func (b *searchBar) read() search.Query {
	q := search.Read(b.entry.Text, b.shell.app.services)
	b.entry.SetQuery(q)
	return q
}

// looked is how many of the newest messages are looked at for values to be offered.
const looked = 2000

// known are the values that a field has in the newest messages, shown or not.
func (b *searchBar) known(field string) []search.Known {
	store := b.shell.app.model.store
	return search.Seen(field, func(yield func(*capture.Event) bool) {
		var ev capture.Event
		for pos := max(store.First(), store.Next()-looked); pos < store.Next(); pos++ {
			if store.Event(pos, &ev) && !yield(&ev) {
				return
			}
		}
	}, b.shell.app.services)
}
