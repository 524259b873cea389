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

// step is the width of bars: so many months, or days, or a duration.
type step struct {
	months, days int
	d            time.Duration
}

// steps are the widths there are, from narrow to wide.
var steps = []step{
	{d: time.Minute}, {d: 2 * time.Minute}, {d: 5 * time.Minute}, {d: 10 * time.Minute}, {d: 15 * time.Minute}, {d: 30 * time.Minute},
	{d: time.Hour}, {d: 3 * time.Hour}, {d: 6 * time.Hour}, {d: 12 * time.Hour}, {days: 1}, {days: 7}, {months: 1}, {months: 3}, {months: 12},
}

// maxBars is how many bars there are at most.
const maxBars = 62

// about is how long a step is, about.
func (s step) about() time.Duration {
	return s.d + time.Duration(s.days)*24*time.Hour + time.Duration(s.months)*30*24*time.Hour
}

// stepFor is the narrowest step with which a range has not too many bars.
func stepFor(from, to time.Time) step {
	for _, s := range steps {
		if to.Sub(from) <= maxBars*s.about() {
			return s
		}
	}
	return steps[len(steps)-1]
}

// start is where the bar begins that a time is in: at full hours, days and months of
// the time's location.
func (s step) start(t time.Time) time.Time {
	y, m, d := t.Date()
	switch {
	case s.months > 0:
		return midnight(y, time.Month((int(m)-1)/s.months*s.months+1), 1, t.Location())
	case s.days == 7:
		return midnight(y, m, d-(int(t.Weekday())+6)%7, t.Location())
	case s.days > 0:
		return midnight(y, m, d, t.Location())
	}
	from := midnight(y, m, d, t.Location())
	return from.Add(t.Sub(from).Truncate(s.d))
}

// next is where the bar behind the one that begins at t begins.
func (s step) next(t time.Time) time.Time {
	y, m, d := t.Date()
	if s.d == 0 {
		return midnight(y, m+time.Month(s.months), d+s.days, t.Location())
	}
	n := t.Add(s.d)
	if tomorrow := midnight(y, m, d+1, t.Location()); n.After(tomorrow) {
		return tomorrow // where the clock is changed
	}
	return n
}

// midnight is when a day begins: where the clock is changed at midnight that may be
// later than 0:00.
func midnight(y int, m time.Month, d int, l *time.Location) time.Time {
	_, _, want := time.Date(y, m, d, 12, 0, 0, 0, l).Date()
	t := time.Date(y, m, d, 0, 0, 0, 0, l)
	for range 12 {
		if t.Day() == want {
			break
		}
		t = t.Add(15 * time.Minute)
	}
	return t
}

// ask is the width of the buckets to ask the service for: they are counted from
// 1970 in UTC, and have to fit into bars of the user's time.
func (s step) ask(from, to time.Time) time.Duration {
	switch {
	case s.d > 0 && s.d <= 5*time.Minute:
		return s.d
	case s.d > 0 && s.d <= 15*time.Minute:
		return 5 * time.Minute
	case to.Sub(from) < 60*24*time.Hour:
		return 15 * time.Minute // time zones are a multiple of that apart
	}
	return time.Hour
}
