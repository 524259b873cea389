package filter

import (
	"time"

	"linklog/capture"
	"linklog/phrase"
	"linklog/when"
)

// Timed reports whether the filter asks for times.
func (f Filter) Timed() bool { return f.Since != "" || f.Until != "" || f.Date != "" }

// At is the filter with its times as they are at now, in full: whoever reads it later, or in
// a different time zone, finds the same events. The error is an *Error.
func (f Filter) At(now time.Time) (Filter, error) {
	b, err := f.bounds(now)
	if err != nil {
		return f, err
	}
	f.Since, f.Until, f.Date = written(b.since), written(b.until), ""
	return f, nil
}

func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// bounds are the times that a filter asks for: from since on, before until; zero: no bound.
type bounds struct{ since, until time.Time }

// holds reports whether an event is within the times. One without a time is before all others.
func (b *bounds) holds(ev *capture.Event) bool {
	return !ev.Time.Before(b.since) && (b.until.IsZero() || ev.Time.Before(b.until))
}

// bounds reads the fields about time.
func (f Filter) bounds(now time.Time) (b bounds, err error) {
	for _, x := range [...]struct {
		name, text string
		read       func(text string, now time.Time) (from, to time.Time, err error)
	}{{"since", f.Since, since}, {"until", f.Until, until}, {"date", f.Date, when.Day}} {
		wrong := func(text string, reason phrase.Phrase) (bounds, error) {
			return b, &Error{Field: x.name, Pattern: text, Reason: reason, Offset: -1}
		}
		list, err := splitList(x.name, x.text)
		switch {
		case err != nil:
			return b, err
		case len(list) == 0:
			continue
		case len(list) > 1:
			return wrong(x.text, phrase.Say("only one time can be given"))
		case list[0].not:
			return wrong(x.text, phrase.Say("times cannot be excluded: write since and until"))
		}
		text := list[0].text
		from, to, err := x.read(text, now)
		if err != nil {
			return wrong(text, phrase.Of(err))
		}
		if from.After(b.since) {
			b.since = from
		}
		if !to.IsZero() && (b.until.IsZero() || to.Before(b.until)) {
			b.until = to
		}
		if !b.until.IsZero() && !b.since.Before(b.until) {
			return wrong(text, phrase.Say("nothing is within these times: from {{.Since}} to {{.Until}}",
				"Since", b.since.In(now.Location()).Format(time.DateTime), "Until", b.until.In(now.Location()).Format(time.DateTime)))
		}
	}
	return b, nil
}

func since(text string, now time.Time) (from, to time.Time, err error) {
	from, err = when.Time(text, now)
	return from, to, err
}

func until(text string, now time.Time) (from, to time.Time, err error) {
	to, err = when.Time(text, now)
	return from, to, err
}
