package reports

import (
	"fmt"
	"time"
)

// preset is a range that ends now.
type preset int

const (
	hour preset = iota
	day
	week
	month
	always
	own // from and to are the user's
)

// wish is what the user wants to see.
type wish struct {
	preset   preset
	from, to time.Time // of own
	dir      string    // "in", "out" or "" for both
}

// span is the wish in times; oldest is when the history begins.
func (w *wish) span(now, oldest time.Time) (from, to time.Time) {
	switch w.preset {
	case hour:
		return now.Add(-time.Hour), now
	case day:
		return now.Add(-24 * time.Hour), now
	case week:
		return now.AddDate(0, 0, -7), now
	case month:
		return now.AddDate(0, 0, -30), now
	case own:
		return w.from, w.to
	}
	if oldest.IsZero() || !oldest.Before(now) {
		oldest = now.Add(-time.Hour)
	}
	return oldest.In(now.Location()), now
}

// parseTime reads a time that the user wrote; end tells that a day means its end.
func parseTime(text string, end bool, now time.Time) (time.Time, error) {
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "02.01.2006 15:04", "2.1.2006 15:04"} {
		if t, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, form := range []string{"2006-01-02", "2.1.2006"} {
		if t, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			if end {
				t = t.AddDate(0, 0, 1)
			}
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q", text)
}
