package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/filter"
)

// searchBar is the search text on top: the filter of the log in one line.
type searchBar struct {
	shell *shell
	entry *ui.Entry
	timer *time.Timer
}

func newSearchBar(s *shell) *searchBar {
	b := &searchBar{shell: s, entry: ui.NewEntry(), timer: time.NewTimer(0)}
	b.entry.TextStyle = fyne.TextStyle{Monospace: true}
	b.entry.SetPlaceHolder(lang.L("type to search, or dst:17.* port:443 !host:*.apple.com"))
	b.entry.OnChanged = func(string) {
		b.timer.Stop()
		b.timer = time.AfterFunc(150*time.Millisecond, func() { b.shell.app.do(b.apply) })
	}
	b.entry.OnEscape = func() { b.SetText("") }
	b.entry.OnSubmitted = func(string) { b.apply() }
	return b
}

func (b *searchBar) content() fyne.CanvasObject { return b.entry }

// SetText sets the text and applies it at once.
func (b *searchBar) SetText(text string) {
	b.entry.SetText(text)
	b.timer.Stop() // which SetText started
	b.apply()
}

// count tells how many rows match, where there is room for it.
func (b *searchBar) count(matching, all int) { b.shell.app.logPage.form.showCount(matching, all) }

func (b *searchBar) apply() {
	f, err := filter.Parse(b.entry.Text)
	if err == nil {
		m, compileErr := f.Compile(b.shell.app.services)
		if compileErr == nil {
			b.shell.app.logPage.search(f, m)
			return
		}
		err = compileErr
	}
	b.shell.tell(err.Error())
}
