package prefs

import (
	"encoding/json"
	"time"
)

// Choices are the preferences of the user; the zero value is the defaults.
type Choices struct {
	Theme    string `json:"theme,omitempty"`    // "light", "dark"; "": as the desktop
	Density  string `json:"density,omitempty"`  // "comfortable"; "": compact
	Language string `json:"language,omitempty"` // "en", "de"; "": as the system

	Width   float32         `json:"width,omitempty"`   // of the window, in Fyne's units; 0: as it comes
	Height  float32         `json:"height,omitempty"`  // likewise
	Columns json.RawMessage `json:"columns,omitempty"` // of the log, as the log view writes them
	Page    string          `json:"page,omitempty"`    // shown last
	Router  string          `json:"router,omitempty"`  // which one there is, by its ID in package guide

	Template  string     `json:"template,omitempty"`        // "": LinkLog's own
	Presets   []Preset   `json:"presets,omitempty"`         // of the user, besides ours
	Without   []string   `json:"without_presets,omitempty"` // templates of ours that the user removed
	Saved     []Filter   `json:"saved,omitempty"`           // filters by name
	Bookmarks []Bookmark `json:"bookmarks,omitempty"`       // events to find again
	Attempts  bool       `json:"attempts_only,omitempty"`   // no messages about the router in the log

	HostsBy    string `json:"hosts_by,omitempty"`    // what hosts are put together by, one of api.Classes; "": they are not
	Grouped    bool   `json:"grouped,omitempty"`     // what repeats in the log is one row
	NoTimeline bool   `json:"no_timeline,omitempty"` // no time line above the log

	Computers []Computer `json:"computers,omitempty"` // whose services can be shown, too
	Computer  string     `json:"computer,omitempty"`  // which is shown, by its name; "": this one

	Silent bool              `json:"silent,omitempty"` // no notifications
	Muted  time.Time         `json:"muted,omitzero"`   // none until then; of earlier versions, the mute is the service's
	Alerts map[string]uint64 `json:"alerts,omitempty"` // the last the user was told about, by the ID of the history
	Read   map[string]uint64 `json:"read,omitempty"`   // and the last that was there when he looked

	Quit     bool `json:"quit_on_close,omitempty"` // closing the window ends the app
	TrayTold bool `json:"tray_told,omitempty"`     // that closing the window keeps the tray
}

// Filter is a filter with a name.
type Filter struct {
	Name   string `json:"name"`
	Query  string `json:"query"`
	Colour string `json:"colour,omitempty"` // of what matches in the log, as package look calls it; "": none
}

// Preset is a template with a name.
type Preset struct {
	Name     string `json:"name"`
	Template string `json:"template"`
}

// Tidy forgets a size that no window can have. Other values that are not known
// stay: a newer version may know them.
func (p *Choices) Tidy() {
	ok := func(size float32) bool { return size >= 100 && size <= 20_000 } // which NaN is not
	if !ok(p.Width) || !ok(p.Height) {
		p.Width, p.Height = 0, 0
	}
}
