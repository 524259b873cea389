package oldlogs

import (
	"time"

	"linklog/capture/router"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// clock makes instants of what logs write: it finds the year where there is
// none and the zone's offset where it changes.
type clock struct {
	years    years
	location *time.Location

	// The offset of one day without a change, as nearly all are: to ask the zone
	// takes longer than to read the line.
	day    int64
	offset int64
	known  bool

	previous   int64     // second of the event before, 0: none
	local      bool      // times without a zone were met
	gaps       int       // times that the clocks skipped
	repeated   int       // times that they showed twice
	yearless   bool      // dates without a year were met
	from, till time.Time // of those that were
	unset      int       // dates of a clock that was not set, taken as those of the next line
	asWritten  int       // the same with a year
	others     int       // dates with a year that is not the one that was given
}

// at gives the instant of a stamp: UTC, without a monotonic reading.
func (c *clock) at(st syslog.Stamp) (time.Time, error) {
	bare := st.Year == 0
	if bare {
		c.yearless = true
		var unset bool
		if st, unset = c.years.date(st); unset {
			c.unset++
		}
		if st.Month == 2 && st.Day == 29 && !syslog.Leap(st.Year) {
			return time.Time{}, router.Malformed(phrase.Say("there is no 29 February in {{.Year}}", "Year", st.Year))
		}
	} else if st.Month == 1 && st.Day == 1 && (st.Year == 1970 || st.Year == 2000 || st.Year == 2003) {
		c.asWritten++
	}
	if given := c.years.given; !bare && given > 0 && st.Year != given {
		c.others++
	}
	if st.Year < 1970 {
		return time.Time{}, router.Malformed(phrase.Say("the year {{.Year}} is none that a router has seen", "Year", st.Year))
	}
	wall := time.Date(st.Year, time.Month(st.Month), st.Day, st.Hour, st.Minute, st.Second, 0, time.UTC).Unix()
	second := wall - int64(st.Offset)
	if !st.Zoned {
		second = c.instant(wall)
		c.local = true
	}
	c.previous = second
	t := time.Unix(second, int64(st.Nanosecond)).UTC()
	if bare {
		if c.from.IsZero() || t.Before(c.from) {
			c.from = t
		}
		if t.After(c.till) {
			c.till = t
		}
	}
	return t, nil
}

// never is at for what has the form of a stamp, of a time that never was: nobody knows when that
// line was written.
func (c *clock) never() error {
	c.yearless = true // it may have been one
	return router.Malformed(phrase.Say("a date or time that does not exist"))
}

// instant gives the second at which the clocks of the zone show wall, which is
// counted as if they showed UTC.
//
// Of a time they show twice, when they are put back, it is the first, unless the
// event before was later than that: logs go forward. A time they never show,
// when they are put forward, was written by a clock that was not: it is taken as
// that clock meant it, before the change.
func (c *clock) instant(wall int64) int64 {
	const hours = 3600
	day := floor(wall, 24*hours)
	if c.known && day == c.day {
		return wall - c.offset
	}
	before := c.offsetAt(day*24*hours - 24*hours)
	after := c.offsetAt(day*24*hours + 48*hours)
	if before == after {
		c.day, c.offset, c.known = day, before, true
		return wall - before
	}
	first, second := wall-before, wall-after
	firstIs, secondIs := c.offsetAt(first) == before, c.offsetAt(second) == after
	switch {
	case firstIs && secondIs:
		c.repeated++
		// One line a little out of order does not move an hour.
		if c.previous != 0 && first < c.previous-disorder {
			return second
		}
		return first
	case secondIs:
		return second
	case !firstIs:
		c.gaps++
	}
	return first
}

// disorder is how many seconds a line may be older than the one before without
// the clocks having been put back.
const disorder = 60

// offsetAt gives the zone's offset from UTC at an instant, in seconds.
func (c *clock) offsetAt(second int64) int64 {
	_, offset := time.Unix(second, 0).In(c.location).Zone()
	return int64(offset)
}

func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

// notes tells what was assumed.
func (c *clock) notes() (notes []phrase.Phrase) {
	if !c.from.IsZero() {
		const day = "2006-01-02"
		from, till := c.from.In(c.location).Format(day), c.till.In(c.location).Format(day)
		notes = append(notes, phrase.Say("dates without a year: taken as {{.From}} to {{.To}}", "From", from, "To", till))
		if given := c.years.given; given > 0 && (c.from.In(c.location).Year() < given || c.till.In(c.location).Year() > given) {
			notes = append(notes, phrase.Say("the dates without a year run over New Year: {{.Year}} is taken as the year of the first of them", "Year", given))
		}
		if limit := c.years.limit; c.years.given > 0 && c.till.After(time.Date(limit.Year, time.Month(limit.Month), limit.Day, limit.Hour, limit.Minute, limit.Second, 0, c.location)) {
			notes = append(notes, phrase.Say("with the year {{.Year}}, dates without a year are later than the file itself", "Year", c.years.given))
		}
		if c.years.guessed {
			notes = append(notes, phrase.Say("the dates without a year do not run forward up to today: their years are a guess"))
		}
	}
	if c.others > 0 {
		notes = append(notes, phrase.Say("{{.Times}} with a year other than {{.Year}}: taken as written", "Times", times(c.others), "Year", c.years.given))
	}
	if c.unset > 0 {
		notes = append(notes, phrase.Say("{{.Times}} by a router that had just started and did not know the date: taken as the next line's", "Times", times(c.unset)))
	}
	if c.asWritten > 0 {
		notes = append(notes, phrase.Say("{{.Times}} by a clock that was not set, as it seems: taken as written", "Times", times(c.asWritten)))
	}
	if c.local {
		notes = append(notes, phrase.Say("times without a time zone: taken as {{.Zone}}", "Zone", zoneName(c.location)))
	}
	if c.gaps > 0 {
		notes = append(notes, phrase.Say("{{.Times}} in the hour that is skipped when clocks go forward: taken as one hour later", "Times", times(c.gaps)))
	}
	if c.repeated > 0 {
		notes = append(notes, phrase.Say("{{.Times}} in the hour that comes twice when clocks go back: told apart by their order", "Times", times(c.repeated)))
	}
	return notes
}

func times(n int) phrase.Phrase {
	if n == 1 {
		return phrase.Say("1 time")
	}
	return phrase.Say("{{.Count}} times", "Count", n)
}

func zoneName(l *time.Location) phrase.Phrase {
	if l == time.Local {
		return phrase.Say("this computer's")
	}
	return phrase.Say("{{.Text}}", "Text", l.String())
}
