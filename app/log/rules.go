package log

import (
	"time"

	"linklog/app/log/view"
	"linklog/filter"
)

// SavedChanged gives rows the colours of the saved filters that match them.
func (p *Page) SavedChanged() {
	var rules []view.Rule
	for _, saved := range p.c.Prefs.Get().Saved {
		f, err := filter.Parse(saved.Query)
		if saved.Colour == "" || err != nil {
			continue
		}
		if m, err := f.Compile(p.c.Services, time.Now()); err == nil { // else it is of a later version
			rules = append(rules, view.Rule{Match: m.Match, Colour: saved.Colour})
		}
	}
	p.view.SetRules(rules)
}
