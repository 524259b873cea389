package alerts

import (
	"fmt"
	"time"

	"linklog/phrase"
	"linklog/service/book"
)

// lastMute is how long alerts can be muted: beyond it times are not kept as they are.
var lastMute = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// SetMute mutes alerts until a time; the zero time ends it. New hosts that come
// meanwhile are told in one digest afterwards.
func (a *Alerts) SetMute(until time.Time) error {
	if until.After(lastMute) {
		return book.Refusal{Why: phrase.Say("alerts can be muted until {{.Time}} at most", "Time", lastMute.Format(time.RFC3339))}
	}
	if until.Before(time.Unix(0, 0)) { // long over, and not to be kept either
		until = time.Time{}
	}
	var n int64
	if !until.IsZero() {
		n = until.Add(a.steadier()).UnixNano()
	}
	if err := a.at.Exec("UPDATE state SET muted = ?", n); err != nil {
		return fmt.Errorf("mute: %w", err)
	}
	a.at.Lock()
	defer a.at.Unlock()
	a.state.muted = n
	return nil
}

// Mute tells until when alerts are muted; the zero time: they are not.
func (a *Alerts) Mute() time.Time {
	a.at.Lock()
	defer a.at.Unlock()
	if !a.muted(a.at.Steady()) {
		return time.Time{}
	}
	return nanos(a.state.muted).Add(-a.steadier())
}

// muted reports whether alerts are muted. The book is locked.
func (a *Alerts) muted(now time.Time) bool { return now.UnixNano() < a.state.muted }
