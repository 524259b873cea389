package prefs

import (
	"sync"

	"linklog/format"
)

// Prefs are the user's choices and the file they are kept in. The methods may be
// called from any goroutine.
type Prefs struct {
	file *File[Choices]

	mu sync.Mutex
	c  Choices
}

// Load reads the choices. What is wrong with the file is reported, and the app continues
// with the usual ones.
func Load(path string, fail func(error)) *Prefs {
	p := &Prefs{}
	var err error
	if p.file, p.c, err = Open[Choices](path, fail); err != nil {
		fail(err)
	}
	return p
}

// Get returns the choices as they are.
func (p *Prefs) Get() Choices {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.c
}

// Change changes choices; they are written soon. What slices and maps hold is not to
// be changed: whoever has the choices may look at the old ones still.
func (p *Prefs) Change(f func(*Choices)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.c)
	_ = p.file.Changed(p.c) // reported to fail of Load
}

// Close writes what is not written.
func (p *Prefs) Close() error { return p.file.Close() }

// Template is the template by which lines are copied and exported.
func (p *Prefs) Template() string {
	if t := p.Get().Template; t != "" {
		return t
	}
	return format.Default
}

// RemovePreset removes a saved template.
func (p *Prefs) RemovePreset(name string) {
	p.Change(func(c *Choices) {
		c.Presets = without(c.Presets, name, func(p Preset) string { return p.Name })
	})
}

// RemoveOwnPreset removes a template of ours from the presets, and RestorePresets brings all of
// them back.
func (p *Prefs) RemoveOwnPreset(template string) {
	p.Change(func(c *Choices) {
		c.Without = append(without(c.Without, template, func(t string) string { return t }), template)
	})
}

// RestorePresets: see RemoveOwnPreset.
func (p *Prefs) RestorePresets() { p.Change(func(c *Choices) { c.Without = nil }) }

// SavePreset keeps a template under a name, in the place of another of that name.
func (p *Prefs) SavePreset(name, template string) {
	p.Change(func(c *Choices) {
		c.Presets = append(without(c.Presets, name, func(p Preset) string { return p.Name }), Preset{Name: name, Template: template})
	})
}

// without is a copy of a list without what has a name.
func without[T any](list []T, name string, nameOf func(T) string) []T {
	rest := make([]T, 0, len(list)+1)
	for _, x := range list {
		if nameOf(x) != name {
			rest = append(rest, x)
		}
	}
	return rest
}

// maxHistories bounds how many histories are remembered: that of the service, and
// that of the engine in the app, those of other computers, and a few that were.
const maxHistories = 8 + 2*MaxComputers

// Told remembers up to which alert of a history, by its ID, the user was told.
func (p *Prefs) Told(id string, alert uint64) {
	p.reached(id, alert, func(c *Choices) *map[string]uint64 { return &c.Alerts })
}

// Read remembers up to which alert of a history the user has looked.
func (p *Prefs) Read(id string, alert uint64) {
	p.reached(id, alert, func(c *Choices) *map[string]uint64 { return &c.Read })
}

// reached remembers that somebody came to an alert of a history.
func (p *Prefs) reached(id string, alert uint64, in func(*Choices) *map[string]uint64) {
	if id == "" {
		return
	}
	p.Change(func(c *Choices) {
		was := in(c)
		next := make(map[string]uint64, len(*was)+1)
		for k, v := range *was {
			if len(next) < maxHistories {
				next[k] = v
			}
		}
		next[id] = max(next[id], alert)
		*was = next
	})
}

// LastRead is what Read remembers of a history.
func (p *Prefs) LastRead(id string) (alert uint64, known bool) {
	alert, known = p.Get().Read[id]
	return alert, known
}

// LastTold is what Told remembers of a history.
func (p *Prefs) LastTold(id string) (alert uint64, known bool) {
	alert, known = p.Get().Alerts[id]
	return alert, known
}
