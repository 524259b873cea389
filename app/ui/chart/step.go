// Package chart is what charts of attempts over time have in common: bars that begin
// where days and hours do, the texts of their axes, and what is pointed at and selected; and
// OverTime, which draws such a chart.
package chart

import "time"

// Step is the width of bars: so many months, or days, or a duration.
type Step struct {
	months, days int
	d            time.Duration
}

// steps are the widths there are, from narrow to wide.
var steps = []Step{
	{d: time.Second}, {d: 5 * time.Second}, {d: 15 * time.Second}, {d: 30 * time.Second},
	{d: time.Minute}, {d: 2 * time.Minute}, {d: 5 * time.Minute}, {d: 10 * time.Minute}, {d: 15 * time.Minute}, {d: 30 * time.Minute},
	{d: time.Hour}, {d: 2 * time.Hour}, {d: 3 * time.Hour}, {d: 6 * time.Hour}, {d: 12 * time.Hour}, {days: 1}, {days: 7}, {months: 1}, {months: 3}, {months: 12},
}

// OfDays reports whether bars are whole days, or more.
func (s Step) OfDays() bool { return s.d == 0 }

// about is how long a step is, about.
func (s Step) about() time.Duration {
	return s.d + time.Duration(s.days)*24*time.Hour + time.Duration(s.months)*30*24*time.Hour
}

// StepFor is the narrowest step with which a range has not more bars than most, or a
// few more where they do not begin with it.
func StepFor(from, to time.Time, most int) Step {
	for _, s := range steps {
		if to.Sub(from) <= time.Duration(most)*s.about() {
			return s
		}
	}
	return steps[len(steps)-1]
}

// Start is where the bar begins that a time is in: at full hours, days and months of
// the time's location.
func (s Step) Start(t time.Time) time.Time {
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

// Next is where the bar behind the one that begins at t begins.
func (s Step) Next(t time.Time) time.Time {
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
