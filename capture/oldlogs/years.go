package oldlogs

import "time"

// firstYear is before the first of the routers that are logged here.
const firstYear = 1990

// years finds the years of dates that have none. Logs go forward, so that a
// step back from December to January is a new year; and the newest date is the
// newest possible that is not in the future.
type years struct {
	limit   stamp // the newest a date may be
	base    int   // the year of the first line
	settled bool  // base is known

	turns   int   // turns of the year since the first line
	last    stamp // the line before
	begun   bool
	guessed bool

	newest      stamp // with its turns: the newest in a survey
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
	return years{limit: stamp{
		year: limit.Year(), month: int(limit.Month()), day: limit.Day(),
		hour: limit.Hour(), minute: limit.Minute(), second: limit.Second(),
	}}
}

// turn counts the turns of the year up to a line.
func (y *years) turn(st stamp) {
	if y.begun {
		y.turns += turn(y.last, st)
	}
	y.begun, y.last = true, st
}

// turn says whether a year lies between two lines. Small steps back are lines
// out of order, also over New Year; so are steps of a month or two, in files
// that were put together the wrong way round. What looks like a step forward of
// nearly a whole year is one back over New Year.
func turn(from, to stamp) int {
	switch days := to.yearDay() - from.yearDay(); {
	case days < -60:
		return 1
	case days > 363:
		return -1
	}
	return 0
}

// yearDay counts the days of a year that has a 29 February.
func (st *stamp) yearDay() int { return daysBefore[st.month-1] + st.day }

// after reports whether a date is later in its year than another.
func (st *stamp) after(other *stamp) bool {
	a := [...]int{st.month, st.day, st.hour, st.minute, st.second}
	b := [...]int{other.month, other.day, other.hour, other.minute, other.second}
	for i := range a {
		if a[i] != b[i] {
			return a[i] > b[i]
		}
	}
	return false
}

// see takes note of one line of a survey.
func (y *years) see(st stamp) {
	first := !y.begun
	y.turn(st)
	if first || y.turns > y.newestTurns || y.turns == y.newestTurns && st.after(&y.newest) {
		y.newest, y.newestTurns = st, y.turns
	}
	const enough = 16 // a leap year comes every four years: more say nothing new
	if n := len(y.leapTurns); st.month == 2 && st.day == 29 && n < enough && (n == 0 || y.leapTurns[n-1] != y.turns) {
		y.leapTurns = append(y.leapTurns, y.turns)
	}
}

// settle ends a survey: the year of the first line is known.
func (y *years) settle() {
	if !y.begun {
		return
	}
	y.base = y.newestYear(y.newest) - y.newestTurns
	for back := range 8 { // a 29 February must fall into a leap year
		if y.leapFits(y.base - back) {
			y.base -= back
			break
		}
	}
	y.base = max(y.base, firstYear)
	y.settled, y.begun, y.turns = true, false, 0
}

func (y *years) leapFits(base int) bool {
	for _, turns := range y.leapTurns {
		if !leap(base + turns) {
			return false
		}
	}
	return true
}

// newestYear is the newest in which a date is not in the future.
func (y *years) newestYear(st stamp) int {
	year := y.limit.year
	if st.after(&y.limit) {
		year--
	}
	for st.month == 2 && st.day == 29 && !leap(year) {
		year--
	}
	return year
}

// of gives the year of the next line.
func (y *years) of(st stamp) int {
	y.turn(st)
	newest := y.newestYear(st)
	if !y.settled { // no survey was possible
		y.base, y.settled = newest-y.turns, true
	}
	year := y.base + y.turns
	if year > newest || year < firstYear {
		y.guessed = true
		year = newest
		y.base = year - y.turns // the lines that follow go with it
	}
	return year
}
