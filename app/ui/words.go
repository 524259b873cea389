package ui

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2/lang"
)

// Number writes a number with its digits in groups of three.
func Number(n uint64) string {
	s := strconv.FormatUint(n, 10)
	if len(s) < 4 {
		return s
	}
	group := lang.X("digits.group", ",")
	b := make([]byte, 0, len(s)+len(s)/3*len(group))
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			b = append(b, group...)
		}
		b = append(b, s[i])
	}
	return string(b)
}

// Tenths writes n/unit, rounded down, with one digit behind the point unless that is 0.
func Tenths(n, unit uint64) string {
	s := Number(n / unit)
	if rest := n % unit * 10 / unit; rest > 0 {
		s += lang.X("digits.point", ".") + Number(rest)
	}
	return s
}

// Last tells when something was last: "now", "20:14" if that is of today, "3 Sep" or
// "3 Sep 2025". Zero times are "".
func Last(t, now time.Time) string {
	t = t.In(now.Location())
	switch ago := now.Sub(t); {
	case t.IsZero():
		return ""
	case ago < time.Minute && ago > -time.Minute:
		return lang.L("now")
	case daysBefore(t, now) == 0:
		return t.Format("15:04")
	}
	return Day(t, now)
}

// Since tells when something began: "today 20:14", "yesterday 20:14".
func Since(t, now time.Time) string {
	t = t.In(now.Location())
	switch {
	case t.IsZero():
		return ""
	case daysBefore(t, now) == 0:
		return lang.L("today {{.Clock}}", map[string]any{"Clock": t.Format("15:04")})
	case daysBefore(t, now) == 1:
		return lang.L("yesterday {{.Clock}}", map[string]any{"Clock": t.Format("15:04")})
	}
	return Day(t, now)
}

// Day tells a day, with the year if it is not this one.
func Day(t, now time.Time) string {
	values := map[string]any{"Day": t.Day(), "Month": Month(t.Month()), "Year": t.Year()}
	if t.Year() == now.Year() {
		return lang.X("date.day", "{{.Day}} {{.Month}}", values)
	}
	return lang.X("date.year", "{{.Day}} {{.Month}} {{.Year}}", values)
}

// daysBefore counts the midnights between two times of one location.
func daysBefore(t, now time.Time) int {
	day := func(t time.Time) int64 {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return int(day(now) - day(t))
}
