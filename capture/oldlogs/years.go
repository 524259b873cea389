package oldlogs

import (
	"time"

	"linklog/capture/syslog"
)

// firstYear is before the first of the routers that are logged here.
const firstYear = 1990

// years finds the years of dates that have none. Logs go forward, so that a
// step back from December to January is a new year; or they go backward, newest
// first. The newest date is the newest possible that is not in the future.
//
// A router without a battery is at 1 January when it starts, until it has asked for the
// time: that is no new year if the log goes on where it was before. Nor is a 29 February
// that is far from the dates around it: it is a line that was mangled, and says nothing of
// the years of others.
type years struct {
	given    int          // the year of the first line, if somebody knows
	limit    syslog.Stamp // the newest a date may be
	base     int          // the year of the first line
	settled  bool         // base is known
	surveyed bool
	backward bool // newest first
	guessed  bool

	now track // of the lines that are read

	// Of a survey: the lines as if they went forward or backward, and what is between
	// neighbours.
	lines             int // so far, also when they are read
	forth, back       track
	forward, rearward int // small steps
	boots             []boot
	pending           boot // may be one
	waits             bool // for the line that tells whether pending is one
	held              leapDay
	strays            []int // lines with a 29 February that is far from others
}

// leapDay is a line with a 29 February that waits for the next line.
type leapDay struct {
	waits bool
	line  int
	at    syslog.Stamp
}

// boot are lines by a clock that was not set.
type boot struct {
	first, last int          // lines
	at          syslog.Stamp // of the first
	next        syslog.Stamp // the first line by a clock that was set
	turns       int          // of the year up to there
}

// maxBoots and maxStrays bound what is remembered of a file.
const maxBoots, maxStrays = 10_000, 10_000

// track follows the turns of the year.
type track struct {
	turns int          // since the first line
	last  syslog.Stamp // the line before
	begun bool

	newest      syslog.Stamp // with its turns
	newestTurns int
	leapTurns   []int // turns with a 29 February in them
}

// slack is how far in the future a date may be for all that: the zone may be the
// wrong one.
const slack = 24 * time.Hour

func newYears(o *Options) years {
	limit := o.Now
	if !o.FileTime.IsZero() && o.FileTime.Before(limit) {
		limit = o.FileTime
	}
	limit = limit.In(o.Location).Add(slack)
	return years{given: o.Year, limit: syslog.Stamp{
		Year: limit.Year(), Month: int(limit.Month()), Day: limit.Day(),
		Hour: limit.Hour(), Minute: limit.Minute(), Second: limit.Second(),
	}}
}

// small is how many days neighbours may be apart without a turn of the year: lines are
// out of order, and files were put together the wrong way round.
const small = 60

// turn says whether a year lies between two lines of a log that goes forward. What looks
// like a step forward of nearly a whole year is one back over New Year.
func turn(from, to syslog.Stamp) int {
	switch days := to.YearDay() - from.YearDay(); {
	case days < -small:
		return 1
	case days > 363:
		return -1
	}
	return 0
}

// follow takes one line; step is turn or, for a log that goes backward, its mirror.
func (t *track) follow(st syslog.Stamp, step func(from, to syslog.Stamp) int) {
	if t.begun {
		t.turns += step(t.last, st)
	}
	first := !t.begun
	t.begun, t.last = true, st
	if first || t.turns > t.newestTurns || t.turns == t.newestTurns && st.After(&t.newest) {
		t.newest, t.newestTurns = st, t.turns
	}
	const enough = 16 // a leap year comes every four years: more say nothing new
	if n := len(t.leapTurns); onLeapDay(st) && n < enough && (n == 0 || t.leapTurns[n-1] != t.turns) {
		t.leapTurns = append(t.leapTurns, t.turns)
	}
}

func turnBack(from, to syslog.Stamp) int { return -turn(to, from) }

func onLeapDay(st syslog.Stamp) bool { return st.Month == 2 && st.Day == 29 }

// far reports whether two dates of neighbours are further apart than lines out of order
// are, in the nearest years.
func far(a, b syslog.Stamp) bool {
	days := a.YearDay() - b.YearDay()
	days = max(days, -days)
	return min(days, 366-days) > small
}

// see takes note of one line of a survey.
func (y *years) see(st syslog.Stamp) {
	line := y.lines
	y.lines++
	if y.held.waits {
		y.held.waits = false
		if far(st, y.held.at) && len(y.strays) < maxStrays {
			y.strays = append(y.strays, y.held.line)
		} else {
			y.take(y.held.at, y.held.line)
		}
	}
	if onLeapDay(st) && y.back.begun && far(st, y.back.last) {
		y.held = leapDay{true, line, st}
		return
	}
	y.take(st, line)
}

// take is see for a line whose date is not in doubt.
func (y *years) take(st syslog.Stamp, line int) {
	if y.back.begun {
		switch days := st.YearDay() - y.back.last.YearDay(); {
		case days > small || days < -small:
		case st.After(&y.back.last):
			y.forward++
		case y.back.last.After(&st):
			y.rearward++
		}
	}
	y.back.follow(st, turnBack)

	switch {
	case y.waits && (unset(st) || st.Month == 1 && st.Day <= 2):
		y.pending.last = line
		return
	case y.waits:
		y.waits = false
		onward := st.YearDay() - y.forth.last.YearDay()
		if onward >= -1 && (y.pending.at.Month == 1 || onward <= small) && len(y.boots) < maxBoots {
			y.forth.follow(st, turn)
			y.pending.next, y.pending.turns = st, y.forth.turns
			y.boots = append(y.boots, y.pending)
			return
		}
		y.forth.follow(y.pending.at, turn) // it was New Year
	case unset(st) && y.forth.begun && y.forth.last.YearDay() > 2 && y.forth.last.YearDay() < 364:
		y.pending, y.waits = boot{first: line, last: line, at: st}, true
		return
	}
	y.forth.follow(st, turn)
}

// unset tells the time of a router that has just started: the first hours of a year or,
// west of Greenwich, the last.
func unset(st syslog.Stamp) bool {
	const hours = 6
	return st.Month == 1 && st.Day == 1 && st.Hour < hours || st.Month == 12 && st.Day == 31 && st.Hour >= 24-2*hours
}

// settle ends a survey: the year of the first line is known.
func (y *years) settle() {
	if !y.back.begun {
		return
	}
	if y.held.waits {
		y.take(y.held.at, y.held.line)
	}
	if y.waits { // the last lines: as if it were New Year
		y.forth.follow(y.pending.at, turn)
	}
	t := &y.forth
	if y.backward = y.rearward > y.forward; y.backward {
		t, y.boots = &y.back, nil
	}
	y.base = y.newestYear(t.newest) - t.newestTurns
	for back := range 8 { // a 29 February must fall into a leap year
		if t.leapFits(y.base - back) {
			y.base -= back
			break
		}
	}
	y.base = max(y.base, firstYear)
	if y.given > 0 {
		y.base = y.given
	}
	y.settled, y.surveyed, y.lines = true, true, 0
}

func (t *track) leapFits(base int) bool {
	for _, turns := range t.leapTurns {
		if !syslog.Leap(base + turns) {
			return false
		}
	}
	return true
}

// newestYear is the newest in which a date is not in the future.
func (y *years) newestYear(st syslog.Stamp) int {
	year := y.limit.Year
	if st.After(&y.limit) {
		year--
	}
	for onLeapDay(st) && !syslog.Leap(year) {
		year--
	}
	return year
}

// date gives the next line's stamp its year. unset tells that the clock was not set: it
// is then the time of the first line after that.
func (y *years) date(st syslog.Stamp) (dated syslog.Stamp, unset bool) {
	line := y.lines
	y.lines++
	for len(y.boots) > 0 && y.boots[0].last < line {
		y.boots = y.boots[1:]
	}
	if len(y.boots) > 0 && y.boots[0].first <= line {
		next := y.boots[0].next
		next.Year = y.base + y.boots[0].turns
		return next, true
	}
	stray := len(y.strays) > 0 && y.strays[0] == line
	if stray {
		y.strays = y.strays[1:]
	}
	if stray || !y.surveyed && onLeapDay(st) && y.now.begun && far(st, y.now.last) {
		st.Year = y.base + y.now.turns
		return st, false
	}
	step := turn
	if y.backward {
		step = turnBack
	}
	y.now.follow(st, step)
	newest := y.newestYear(st)
	if !y.settled { // no survey was possible
		if y.base, y.settled = newest-y.now.turns, true; y.given > 0 {
			y.base = y.given
		}
	}
	st.Year = y.base + y.now.turns
	if y.given > 0 || y.surveyed && onLeapDay(st) && !syslog.Leap(st.Year) {
		return st, false
	}
	if st.Year > newest || st.Year < firstYear {
		y.guessed = true
		st.Year = newest
		y.base = newest - y.now.turns // the lines that follow go with it
	}
	return st, false
}
