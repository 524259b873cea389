package settings

import "linklog/app/ui/look"

// Choices are the app's own settings. Each user has his own.
type Choices struct {
	Mode         look.Mode
	Density      look.Density
	Language     string // "en", "de"; "": the system's. It counts from the next start.
	Notify       bool   // tell of new hosts
	StartAtLogin bool
	CloseToTray  bool // closing the window keeps the tray icon
	ShowSystem   bool // messages that are no attempts stand in the log
	ShowTimeline bool // above the log
}

// languages are those there are texts in, "" first.
var languages = []struct{ code, name string }{{"", "Same as system"}, {"en", "English"}, {"de", "Deutsch"}}

// languageName is what a language is called in itself.
func languageName(code string) string {
	for _, l := range languages {
		if l.code == code {
			return l.name
		}
	}
	return code
}
