package chart

import (
	"math"
	"time"

	"linklog/app/ui"
)

// Short writes a number for an axis: 12k, 3M, and of bytes 3MB.
func Short(n uint64, bytes bool) string {
	if bytes {
		return short(n) + "B"
	}
	return short(n)
}

func short(n uint64) string {
	switch {
	case n >= 1_000_000_000_000 && n%100_000_000_000 == 0:
		return ui.Tenths(n, 1_000_000_000_000) + "T"
	case n >= 1_000_000_000 && n%100_000_000 == 0:
		return ui.Tenths(n, 1_000_000_000) + "G"
	case n >= 1_000_000 && n%100_000 == 0:
		return ui.Tenths(n, 1_000_000) + "M"
	case n >= 10_000 && n%100 == 0:
		return ui.Tenths(n, 1000) + "k"
	}
	return ui.Number(n)
}

// Label is what stands below bar i, and whether it is a good place for one.
func (s Step) Label(list []Bar, i int, now time.Time) (string, bool) {
	t := list[i].From
	newDay := i == 0 || list[i-1].From.Day() != t.Day()
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
	if s.d < time.Minute {
		if t.Second() != 0 {
			return "", false
		}
		return t.Format("15:04"), true
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

// Ticks are the values to be marked on an axis up to a highest value: round ones,
// three to five, the last at least the highest.
func Ticks(highest uint64) []uint64 {
	if highest == 0 {
		return []uint64{0, 1}
	}
	size := math.Pow(10, math.Floor(math.Log10(float64(highest)/4)))
	step := uint64(1)
	for _, f := range []float64{1, 2, 5, 10} {
		step = max(uint64(f*size), 1)
		if float64(highest)/float64(step) <= 4 {
			break
		}
	}
	var list []uint64
	for v := uint64(0); ; v += step {
		list = append(list, v)
		if v >= highest {
			return list
		}
	}
}
