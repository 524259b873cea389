package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"linklog/app/logview"
	"linklog/app/look"
	"linklog/format"
)

// choices are what the user chose; the zero value is what a newcomer gets.
type choices struct {
	Theme    string `json:"theme,omitempty"`    // "light", "dark"; "": as the desktop
	Density  string `json:"density,omitempty"`  // "comfortable"; "": compact
	Language string `json:"language,omitempty"` // "en", "de"; "": as the system

	Width   float32        `json:"width,omitempty"` // of the window, in Fyne's units
	Height  float32        `json:"height,omitempty"`
	Columns logview.Layout `json:"columns,omitzero"`
	Page    pageID         `json:"page,omitempty"`

	Template string        `json:"template,omitempty"`
	Presets  []savedPreset `json:"presets,omitempty"`
	Saved    []savedFilter `json:"saved,omitempty"`
	Silent   bool          `json:"silent,omitempty"` // no notifications
	Muted    time.Time     `json:"muted,omitzero"`   // until then
	Quit     bool          `json:"quit_on_close,omitempty"`
	Attempts bool          `json:"attempts_only,omitempty"` // no messages about the router in the log
	TrayTold bool          `json:"tray_told,omitempty"`     // that closing the window keeps the tray

	// Alerts are the last alerts the user was told about, by the ID of the history.
	Alerts map[string]uint64 `json:"alerts,omitempty"`
}

// savedFilter is a filter with a name.
type savedFilter struct {
	Name  string `json:"name"`
	Query string `json:"query"`
}

// savedPreset is a template with a name.
type savedPreset struct {
	Name     string `json:"name"`
	Template string `json:"template"`
}

// maxChoices bounds the file, in bytes.
const maxChoices = 4 << 20

// Prefs is the file with the user's choices. What a newer version wrote into it
// stays there.
type Prefs struct {
	path string
	fail func(error) // told once when the choices cannot be kept

	mu      sync.Mutex
	c       choices
	unknown map[string]json.RawMessage // of a newer version
	timer   *time.Timer
	failed  bool
}

// saveAfter gathers changes that come together, as when a column is dragged.
const saveAfter = 500 * time.Millisecond

// OpenPrefs reads the choices. A file that cannot be read as such is set aside, and
// note says so; the app then starts as for a newcomer.
func OpenPrefs(path string, fail func(error)) (p *Prefs, note string, err error) {
	p = &Prefs{path: path, fail: fail}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, "", nil
	}
	if err != nil {
		return p, "", fmt.Errorf("choices: %w", err)
	}
	text, err := []byte(nil), error(nil)
	if info.Size() <= maxChoices {
		text, err = os.ReadFile(path)
		if err != nil {
			return p, "", fmt.Errorf("choices: %w", err)
		}
		if err = json.Unmarshal(text, &p.c); err == nil {
			err = json.Unmarshal(text, &p.unknown)
		}
	} else {
		err = fmt.Errorf("%d bytes are too many", info.Size())
	}
	if err == nil {
		return p, "", nil
	}
	p.c, p.unknown = choices{}, nil
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102T150405")
	if renameErr := os.Rename(path, aside); renameErr != nil {
		return p, "", fmt.Errorf("choices: %w, and the file cannot be set aside: %w", err, renameErr)
	}
	return p, fmt.Sprintf("the file with your choices was damaged (%v) and set aside as %s", err, aside), nil
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
	if p.timer == nil {
		p.timer = time.AfterFunc(saveAfter, p.save)
	}
}

// Close writes what is not written.
func (p *Prefs) Close() {
	p.mu.Lock()
	pending := p.timer != nil && p.timer.Stop()
	p.mu.Unlock()
	if pending {
		p.save()
	}
}

func (p *Prefs) save() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = nil
	err := p.write()
	if err != nil && !p.failed && p.fail != nil {
		go p.fail(fmt.Errorf("your choices cannot be kept: %w", err))
	}
	p.failed = err != nil
}

// write writes the file as a whole or not at all. mu is held.
func (p *Prefs) write() error {
	known, err := json.Marshal(&p.c)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(known, &all); err != nil {
		return err
	}
	var empty choices
	for name, value := range p.unknown {
		if _, ok := all[name]; !ok && !empty.has(name) {
			all[name] = value
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(p.path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(p.path), ".choices-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already if all went well
	_, err = tmp.Write(append(text, '\n'))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), p.path)
}

// has tells whether a member of the file is one of ours, which is left out when it
// is as for a newcomer.
func (choices) has(name string) bool {
	switch name {
	case "theme", "density", "language", "width", "height", "columns", "page", "template", "presets", "saved", "silent", "muted",
		"quit_on_close", "attempts_only", "tray_told", "alerts":
		return true
	}
	return false
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

func (p *Prefs) columns() logview.Layout { return p.get().Columns }

func (p *Prefs) template() string {
	if t := p.get().Template; t != "" {
		return t
	}
	return format.Default
}

func (p *Prefs) saved() []savedFilter { return p.get().Saved }

// windowSize is the size the window had, within reason.
func (p *Prefs) windowSize() fyne.Size {
	c := p.get()
	if c.Width < 300 || c.Height < 200 || c.Width > 20_000 || c.Height > 20_000 {
		return fyne.NewSize(1280, 800)
	}
	return fyne.NewSize(c.Width, c.Height)
}
