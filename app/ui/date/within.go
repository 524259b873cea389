package date

import (
	"strings"
	"time"

	"linklog/filter"
	"linklog/when"
)

// Within is a search text for what another one finds from a time on and before one; zero times: no
// bound. The times that it asked for go. now is when and where it is read.
func Within(query string, since, until, now time.Time) string {
	f, err := filter.Parse(query)
	if err != nil {
		return query // it finds nothing anyhow
	}
	f.Since, f.Until, f.Date = Written(since, now), Written(until, now), ""
	return f.String()
}

// Written is a time as the search text has it, "" for zero: short, and in full where that would
// be a different time, as in the hour that there is twice when clocks are put back.
func Written(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	for _, layout := range layouts {
		if again, err := when.Time(t.Format(layout), now); err == nil && again.Equal(t) {
			return t.Format(layout)
		}
	}
	return t.Format(time.RFC3339Nano)
}

// layouts are how Written writes times.
var layouts = [...]string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05"}

// Shown is a time of a search text as it is written in the user's language; what is written
// otherwise than by Written stays so.
func Shown(text string) string {
	for i, layout := range layouts {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		day, clock, _ := strings.Cut(Layout(), " ")
		switch i {
		case 0:
			return t.Format(day)
		case 1:
			return t.Format(day + " " + clock)
		}
		return t.Format(day + " " + clock + ":05")
	}
	return text
}
