package chart

import (
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
)

// Reading says what a bar stands for.
func Reading(b *Bar, s Step, now time.Time) string {
	if b.Bytes {
		return lang.L("{{.Span}}: {{.Up}} up, {{.Down}} down", map[string]any{"Span": Span(b.From, b.To, s, now), "Up": ui.Volume(b.Out), "Down": ui.Volume(b.In)})
	}
	text := lang.L("{{.Span}}: {{.In}} in, {{.Out}} out", map[string]any{"Span": Span(b.From, b.To, s, now), "In": ui.Number(b.In), "Out": ui.Number(b.Out)})
	if said := Verdicts(&b.Counts); said != "" {
		text += "; " + said
	}
	return text
}

// Span writes from when to when: "26 Nov 18:00 to 19:00", and of whole days "26 Nov" or "23 Nov to 29 Nov"; with
// seconds if bars are as short as that.
func Span(from, to time.Time, s Step, now time.Time) string {
	values := map[string]any{"From": ui.Moment(from, now), "To": ui.Moment(to, now)}
	switch {
	case beginsDay(from) && beginsDay(to):
		last := to.Add(-time.Second)
		if from.YearDay() == last.YearDay() && from.Year() == last.Year() {
			return ui.Day(from, now)
		}
		values["From"], values["To"] = ui.Day(from, now), ui.Day(last, now)
	case from.YearDay() == to.YearDay() && from.Year() == to.Year():
		values["To"] = to.Format("15:04")
	}
	if s.d > 0 && s.d < time.Minute {
		values["From"] = values["From"].(string) + from.Format(":05")
		values["To"] = values["To"].(string) + to.Format(":05")
	}
	return lang.L("{{.From}} to {{.To}}", values)
}

func beginsDay(t time.Time) bool { return (Step{days: 1}).Start(t).Equal(t) }

// Verdicts says what the router did, "" if it does not say so.
func Verdicts(c *Counts) string {
	if c.Allowed+c.Blocked() == 0 {
		return ""
	}
	return lang.L("{{.Allowed}} allowed, {{.Blocked}} blocked", map[string]any{"Allowed": ui.Number(c.Allowed), "Blocked": ui.Number(c.Blocked())})
}
