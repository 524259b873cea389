package view

import (
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/capture"
)

// words are the texts of the rows, looked up once: lang is too slow for each row.
type words struct {
	in, out, fresh, missing, since string
	kinds                          [capture.Gap + 1]string
	verdicts                       [capture.Blocked + 1]string
	reasons                        [capture.Reasons]string
	months                         [12]string
	afterDay                       string            // between a day and its month
	gaps                           map[string]string // sentences, by what is kept of them
}

// gap is the sentence of a gap, looked up once, too.
func (w *words) gap(kept string) string {
	text, known := w.gaps[kept]
	if !known {
		if len(w.gaps) >= 1000 {
			clear(w.gaps)
		}
		text = ui.Say(capture.Wording(kept))
		w.gaps[kept] = text
	}
	return text
}

func newWords() *words {
	w := &words{in: lang.L("in"), out: lang.L("out"), fresh: lang.L("NEW"), missing: lang.L("messages are missing"), since: lang.X("log.since", "since"), gaps: make(map[string]string)}
	w.kinds = [...]string{
		capture.System: lang.L("system"), capture.WAN: lang.L("WAN"), capture.Other: lang.X("log.other", "other"),
		capture.Rejected: lang.L("rejected"), capture.Gap: lang.L("gap"),
	}
	w.verdicts = [...]string{capture.Allowed: lang.L("allowed"), capture.Blocked: lang.L("blocked")}
	for r := range w.reasons {
		w.reasons[r] = ui.Reason(capture.Reason(r))
	}
	first := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	w.afterDay, _, _ = strings.Cut(strings.TrimPrefix(ui.Day(first, first), "1"), ui.Month(time.January))
	w.months = [12]string{
		lang.L("Jan"), lang.L("Feb"), lang.L("Mar"), lang.L("Apr"), lang.L("May"), lang.L("Jun"),
		lang.L("Jul"), lang.L("Aug"), lang.L("Sep"), lang.L("Oct"), lang.L("Nov"), lang.L("Dec"),
	}
	return w
}

// date writes a day, with the year if it is not this one.
func (w *words) date(b []byte, t, now time.Time) []byte {
	b = strconv.AppendInt(b, int64(t.Day()), 10)
	b = append(b, w.afterDay...)
	b = append(b, w.months[t.Month()-1]...)
	if t.Year() != now.Year() {
		b = append(b, ' ')
		b = strconv.AppendInt(b, int64(t.Year()), 10)
	}
	return b
}

// newRows is what the pill says.
func newRows(n int) string {
	return lang.X("log.pill", "↓ {{.N}} new", map[string]any{"N": n})
}
