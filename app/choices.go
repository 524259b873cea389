package app

import (
	"encoding/json"
	"sync"

	"fyne.io/fyne/v2"

	"linklog/app/log/view"
	"linklog/app/system/prefs"
	"linklog/app/ui/look"
	"linklog/format"
)

// choices are what the user chose; the zero value is what a newcomer gets.
type choices = prefs.Prefs

// savedFilter is a filter with a name.
type savedFilter = prefs.Filter

// Prefs are the user's choices and the file they are kept in.
type Prefs struct {
	file *prefs.File[choices]

	mu sync.Mutex
	c  choices
}

// OpenPrefs reads the choices. What is wrong with the file is told, and the app
// goes on with the usual ones.
func OpenPrefs(path string, fail func(error)) *Prefs {
	p := &Prefs{}
	var err error
	if p.file, p.c, err = prefs.Open[choices](path, fail); err != nil {
		fail(err)
	}
	return p
}

// get gives the choices as they are.
func (p *Prefs) get() choices {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.c
}

// change changes choices; they are written soon.
func (p *Prefs) change(f func(*choices)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.c)
	if p.file != nil {
		_ = p.file.Changed(p.c) // fail of Open is told
	}
}

// Close writes what is not written.
func (p *Prefs) Close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

func (p *Prefs) mode() look.Mode {
	switch p.get().Theme {
	case "light":
		return look.Light
	case "dark":
		return look.Dark
	}
	return look.System
}

func (p *Prefs) density() look.Density {
	if p.get().Density == "comfortable" {
		return look.Comfortable
	}
	return look.Compact
}

// columns are the columns of the log as the user has them.
func (p *Prefs) columns() (l view.Layout) {
	if json.Unmarshal(p.get().Columns, &l) != nil {
		return view.Layout{} // none yet, or of another version
	}
	return l
}

func (p *Prefs) setColumns(l view.Layout) {
	text, err := json.Marshal(l)
	if err != nil {
		return // cannot be: names and numbers
	}
	p.change(func(c *choices) { c.Columns = text })
}

func (p *Prefs) template() string {
	if t := p.get().Template; t != "" {
		return t
	}
	return format.Default
}

func (p *Prefs) saved() []savedFilter { return p.get().Saved }

// windowSize is the size the window had.
func (p *Prefs) windowSize() fyne.Size {
	c := p.get()
	if c.Width == 0 || c.Height == 0 {
		return fyne.NewSize(1280, 800)
	}
	return fyne.NewSize(c.Width, c.Height)
}
