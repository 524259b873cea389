package ui

import (
	"time"

	"fyne.io/fyne/v2/lang"
)

// Month is the short name of a month.
func Month(m time.Month) string {
	return [...]string{"", lang.L("Jan"), lang.L("Feb"), lang.L("Mar"), lang.L("Apr"), lang.L("May"), lang.L("Jun"),
		lang.L("Jul"), lang.L("Aug"), lang.L("Sep"), lang.L("Oct"), lang.L("Nov"), lang.L("Dec")}[m]
}

// Last says when something was last: "now", "20:14" if that is of today, otherwise in the words
// of Since. Zero times are "".
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
	return Since(t, now)
}

// Since says when something began: "today 20:14", "yesterday 20:14".
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

// Day writes a day, with the year if it is not this one.
func Day(t, now time.Time) string {
	values := map[string]any{"Day": t.Day(), "Month": Month(t.Month()), "Year": t.Year()}
	if t.Year() == now.Year() {
		return lang.X("date.day", "{{.Day}} {{.Month}}", values)
	}
	return lang.X("date.year", "{{.Day}} {{.Month}} {{.Year}}", values)
}

// Moment writes a day and the time of it.
func Moment(t, now time.Time) string { return Day(t, now) + " " + t.Format("15:04") }

// daysBefore counts the midnights between two times of one location.
func daysBefore(t, now time.Time) int {
	day := func(t time.Time) int64 {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return int(day(now) - day(t))
}
