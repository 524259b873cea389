package ui

import (
	"time"

	"fyne.io/fyne/v2/lang"
)

// When shows a time as short as it can be understood: today's by the hour, others
// of this year by the day.
func When(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	switch {
	case t.IsZero():
		return "–"
	case now.Sub(t).Abs() < time.Minute:
		return lang.L("now")
	case t.Year() == now.Year() && t.YearDay() == now.YearDay():
		return lang.L("today {{.Time}}", map[string]any{"Time": t.Format("15:04")})
	case t.Year() == now.Year():
		return lang.L("{{.Day}} {{.Month}}", map[string]any{"Day": t.Day(), "Month": Month(t.Month())})
	}
	return t.Format(time.DateOnly)
}

// Month is the short name of a month.
func Month(m time.Month) string {
	return [...]string{"", lang.L("Jan"), lang.L("Feb"), lang.L("Mar"), lang.L("Apr"), lang.L("May"), lang.L("Jun"),
		lang.L("Jul"), lang.L("Aug"), lang.L("Sep"), lang.L("Oct"), lang.L("Nov"), lang.L("Dec")}[m]
}
