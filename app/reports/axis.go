package reports

import (
	"time"

	"linklog/app/ui"
)

// short writes a number for the axis: 12k, 3M.
func short(n uint64) string {
	switch {
	case n >= 1_000_000 && n%100_000 == 0:
		return ui.Tenths(n, 1_000_000) + "M"
	case n >= 10_000 && n%100 == 0:
		return ui.Tenths(n, 1000) + "k"
	}
	return ui.Number(n)
}

// label is what stands below bar i, and whether it is a good place for one.
func (s step) label(list []bar, i int) (string, bool) {
	t := list[i].from
	now := time.Now()
	newDay := i == 0 || list[i-1].from.Day() != t.Day()
	switch {
	case s.months >= 12:
		return t.Format("2006"), true
	case s.months > 0:
		if t.Month() == time.January || i == 0 {
			return ui.Month(t.Month()) + " " + t.Format("2006"), true
		}
		return ui.Month(t.Month()), true
	case s.days > 0, s.d >= 3*time.Hour && newDay && i > 0:
		return ui.Day(t, now), s.days > 0 || t.Hour() == 0
	case s.d >= 3*time.Hour:
		return "", false // days are enough
	}
	every := time.Hour
	switch {
	case s.d < 5*time.Minute:
		every = 10 * time.Minute
	case s.d >= time.Hour:
		every = 6 * time.Hour
	case s.d >= 15*time.Minute:
		every = 3 * time.Hour
	}
	minutes := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	if minutes%every != 0 {
		return "", false
	}
	if minutes == 0 {
		return ui.Day(t, now), true
	}
	return t.Format("15:04"), true
}
