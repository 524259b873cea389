package syslog

import "strings"

// Stamp is a date and time as a line has it.
type Stamp struct {
	Year                 int // 0: the line has none
	Month, Day           int
	Hour, Minute, Second int
	Nanosecond           int
	Zoned                bool // Offset says the zone
	Offset               int  // seconds east of UTC

	never bool // see Misdated
}

// Misdated reports, of a Stamp that was not to be had, whether there is something of its form
// that never was: "Feb 31 10:00:00", "Jan 16 25:00:00". What follows was given.
func (st Stamp) Misdated() bool { return st.never }

// existing gives a Stamp that was read and what follows, if there was such a time.
func (st Stamp) existing(rest string) (Stamp, string, bool) {
	if !st.DateExists() || !st.clockExists() {
		return Stamp{never: true}, rest, false
	}
	return st, rest, true
}

// ISO reads "2003-01-16 23:29:58", with "/" or "T" as well, a weekday, a fraction and
// a zone where they are (RFC 3339), and gives what follows.
func ISO(s string) (st Stamp, rest string, ok bool) {
	if st.usualISO(s) {
		rest = st.fraction(s[len("2003-01-16T23:29:58"):])
		return st, st.zone(rest), true
	}
	date, rest, ok := isoDate(withoutWeekday(s))
	if !ok || rest == "" || rest[0] != ' ' && rest[0] != 'T' && rest[0] != '\t' {
		return Stamp{}, s, false
	}
	if rest, ok = date.clock(strings.TrimLeft(rest[1:], " ")); !ok {
		return Stamp{}, s, false
	}
	rest = date.fraction(rest)
	rest = date.zone(rest)
	return date.existing(rest)
}

// usualISO reads "2003-01-16T23:29:58", or with a blank, as ISO does, into an empty Stamp,
// which may then hold anything if it is not that.
func (st *Stamp) usualISO(s string) bool {
	if len(s) < len("2003-01-16T23:29:58") || s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != ' ' {
		return false
	}
	century, year := two(s[0:]), two(s[2:])
	st.Year, st.Month, st.Day = century*100+year, two(s[5:]), two(s[8:])
	return century|year|st.Month|st.Day >= 0 && st.usualClock(s[11:]) && st.DateExists()
}

// usualClock reads "23:29:58" as Clock does, into an empty Stamp.
func (st *Stamp) usualClock(s string) bool {
	if len(s) < len("23:29:58") || s[2] != ':' || s[5] != ':' || len(s) > 8 && digit(s[8]) {
		return false
	}
	st.Hour, st.Minute, st.Second = two(s), two(s[3:]), two(s[6:])
	return st.Hour|st.Minute|st.Second >= 0 && st.Hour < 24 && st.Minute < 60 && st.Second <= 60
}

// two reads two digits, -1 if they are none.
func two(s string) int {
	a, b := s[0]-'0', s[1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}

// ISODate reads "2003-01-16" or "2003/1/16".
func ISODate(s string) (st Stamp, rest string, ok bool) {
	if st, rest, ok = isoDate(s); !ok || !st.DateExists() {
		return Stamp{}, "", false
	}
	return st, rest, true
}

// isoDate is ISODate for days that may never have been.
func isoDate(s string) (st Stamp, rest string, ok bool) {
	if st.Year, s, ok = Number(s, 4, 4); !ok || s == "" || s[0] != '-' && s[0] != '/' {
		return Stamp{}, "", false
	}
	separator := s[0]
	if st.Month, s, ok = Number(s[1:], 1, 2); !ok || s == "" || s[0] != separator {
		return Stamp{}, "", false
	}
	if st.Day, s, ok = Number(s[1:], 1, 2); !ok {
		return Stamp{}, "", false
	}
	return st, s, true
}

// usualBSD reads "Jan 16 23:29:58 " into an empty Stamp as BSD does, where neither a year
// nor a zone follows. If it is not that the Stamp is empty.
func (st *Stamp) usualBSD(s string) bool {
	if len(s) < len("Jan 16 23:29:58 x") || s[3] != ' ' || s[6] != ' ' || s[15] != ' ' {
		return false
	}
	if c := s[16]; digit(c) || c == '+' || c == '-' || len(s) > 17 && (c == 'U' && s[17] == 'T' || c == 'G' && s[17] == 'M') {
		return false
	}
	usual := Stamp{Month: month(s), Day: two(s[4:])}
	if s[4] == ' ' && digit(s[5]) {
		usual.Day = int(s[5] - '0')
	}
	if !usual.usualClock(s[7:]) || !usual.DateExists() {
		return false
	}
	*st = usual
	return true
}

// BSD reads "Jan 16 23:29:58" (RFC 3164; day padded by a space, a zero or
// not at all), also with a weekday before it and a year before, within or behind
// it, as "Fri Apr 21 14:56:16 2017", and gives what follows.
func BSD(s string) (st Stamp, rest string, ok bool) {
	rest = s
	if year, after, found := Number(s, 4, 4); found && spaced(after) { // "2021 Jan  8 12:29:14"
		st.Year, rest = year, strings.TrimLeft(after, " ")
	} else {
		rest = withoutWeekday(s)
	}
	if len(rest) < 4 || rest[3] != ' ' {
		return Stamp{}, s, false
	}
	if st.Month = month(rest); st.Month == 0 {
		return Stamp{}, s, false
	}
	if st.Day, rest, ok = Number(strings.TrimLeft(rest[4:], " "), 1, 2); !ok || !spaced(rest) {
		return Stamp{}, s, false
	}
	rest = strings.TrimLeft(rest, " ")
	if year, after, found := Number(rest, 4, 4); found && spaced(after) && st.Year == 0 { // "Jan 8 2021 12:29:14"
		st.Year, rest = year, strings.TrimLeft(after, " ")
	}
	if rest, ok = st.clock(rest); !ok {
		return Stamp{}, s, false
	}
	rest = st.fraction(rest)
	if st.Year == 0 && len(rest) > 4 && rest[0] == ' ' {
		year, after, found := Number(rest[1:], 4, 4)
		if found && (spaced(after) || after == "" || after[0] == ']' || after[0] == ':') && year >= 1970 && year < 2200 {
			st.Year, rest = year, after
		}
	}
	rest = st.spacedZone(rest)
	return st.existing(rest)
}

// Common reads "20/Jun/2022:13:09:14 +0200", as web servers and Proxmox write it, and
// gives what follows.
func Common(s string) (st Stamp, rest string, ok bool) {
	if st.Day, rest, ok = Number(s, 1, 2); !ok || len(rest) < 5 || rest[0] != '/' || rest[4] != '/' {
		return Stamp{}, s, false
	}
	st.Month = month(rest[1:])
	if st.Year, rest, ok = Number(rest[5:], 4, 4); !ok || rest == "" || rest[0] != ':' {
		return Stamp{}, s, false
	}
	if rest, ok = st.clock(rest[1:]); !ok {
		return Stamp{}, s, false
	}
	rest = st.spacedZone(rest)
	return st.existing(rest)
}

// sophos reads "2026:11:28-06:42:00", as Sophos UTM writes it, and gives what follows.
func sophos(s string) (st Stamp, rest string, ok bool) {
	const year, day = len("2026"), len("2026:11:28")
	if len(s) < len("2026:11:28-06:42:00") || s[year] != ':' || s[day] != '-' {
		return Stamp{}, s, false
	}
	if st.Year, rest, ok = Number(s, year, year); !ok {
		return Stamp{}, s, false
	}
	if st.Month, rest, ok = Number(rest[1:], 2, 2); !ok || rest[0] != ':' {
		return Stamp{}, s, false
	}
	if st.Day, rest, ok = Number(rest[1:], 2, 2); !ok || rest == "" {
		return Stamp{}, s, false
	}
	if rest, ok = st.clock(rest[1:]); !ok {
		return Stamp{}, s, false
	}
	return st.existing(rest)
}

// withoutWeekday takes "Fri " or "Fri, " away.
func withoutWeekday(s string) string {
	if len(s) > 4 && (s[3] == ' ' || s[3] == ',') && weekday(s) {
		return strings.TrimLeft(s[4:], " ")
	}
	return s
}

func spaced(s string) bool { return s != "" && s[0] == ' ' }

// Clock reads "23:29:58".
func (st *Stamp) Clock(s string) (rest string, ok bool) {
	rest, ok = st.clock(s)
	return rest, ok && st.clockExists()
}

// clockExists reports whether a day has such a time. 60 is a leap second; it becomes the next
// minute's first.
func (st *Stamp) clockExists() bool { return st.Hour < 24 && st.Minute < 60 && st.Second <= 60 }

// clock is Clock for times that may never be.
func (st *Stamp) clock(s string) (rest string, ok bool) {
	if st.Hour, s, ok = Number(s, 1, 2); !ok || s == "" || s[0] != ':' {
		return "", false
	}
	if st.Minute, s, ok = Number(s[1:], 2, 2); !ok || s == "" || s[0] != ':' {
		return "", false
	}
	st.Second, s, ok = Number(s[1:], 2, 2)
	return s, ok
}

// fraction reads ".123456" if it is there; what is finer than a nanosecond goes.
func (st *Stamp) fraction(s string) (rest string) {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || !digit(s[1]) {
		return s
	}
	i := 1
	for unit := 100_000_000; i < len(s) && digit(s[i]); i++ {
		st.Nanosecond += int(s[i]-'0') * unit
		unit /= 10
	}
	return s[i:]
}

// spacedZone reads a zone behind a blank: "+0100", "UTC" or "GMT". A letter would be
// a host.
func (st *Stamp) spacedZone(s string) (rest string) {
	if len(s) < 4 || s[0] != ' ' {
		return s
	}
	if word := s[1:4]; (word == "UTC" || word == "GMT") && (len(s) == 4 || s[4] == ' ' || s[4] == ':') {
		st.Zoned = true
		return s[4:]
	}
	if s[1] == '+' || s[1] == '-' {
		if after := st.zone(s[1:]); st.Zoned {
			return after
		}
	}
	return s
}

// zone reads "Z", "+01:00" or "-0500" if it is there, also behind a blank.
func (st *Stamp) zone(s string) (rest string) {
	switch {
	case s == "":
		return s
	case s[0] == ' ':
		return st.spacedZone(s)
	case s[0] == 'Z':
		st.Zoned = true
		return s[1:]
	case s[0] != '+' && s[0] != '-':
		return s
	}
	hour, after, ok := pair(s[1:])
	if !ok || hour > 14 {
		return s
	}
	minute, after, ok := pair(strings.TrimPrefix(after, ":"))
	if !ok || minute > 59 {
		return s
	}
	st.Zoned, st.Offset = true, (hour*60+minute)*60
	if s[0] == '-' {
		st.Offset = -st.Offset
	}
	return after
}

// DateExists reports whether there is such a day; without a year there is a
// 29 February.
func (st *Stamp) DateExists() bool {
	if st.Month < 1 || st.Month > 12 || st.Day < 1 {
		return false
	}
	if st.Month == 2 && st.Day == 29 {
		return st.Year == 0 || Leap(st.Year)
	}
	return st.Day <= daysBefore[st.Month]-daysBefore[st.Month-1] && !(st.Month == 2 && st.Day > 28)
}

// YearDay counts the days of a year that has a 29 February.
func (st *Stamp) YearDay() int { return daysBefore[st.Month-1] + st.Day }

// After reports whether a date is later in its year than another.
func (st *Stamp) After(other *Stamp) bool {
	a := [...]int{st.Month, st.Day, st.Hour, st.Minute, st.Second}
	b := [...]int{other.Month, other.Day, other.Hour, other.Minute, other.Second}
	for i := range a {
		if a[i] != b[i] {
			return a[i] > b[i]
		}
	}
	return false
}

// daysBefore are the days of a leap year before each month.
var daysBefore = [...]int{0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}

// Leap reports whether a year has a 29 February.
func Leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// The names of months and weekdays, as letters has them.
const (
	jan = 'j'<<16 | 'a'<<8 | 'n'
	feb = 'f'<<16 | 'e'<<8 | 'b'
	mar = 'm'<<16 | 'a'<<8 | 'r'
	apr = 'a'<<16 | 'p'<<8 | 'r'
	may = 'm'<<16 | 'a'<<8 | 'y'
	jun = 'j'<<16 | 'u'<<8 | 'n'
	jul = 'j'<<16 | 'u'<<8 | 'l'
	aug = 'a'<<16 | 'u'<<8 | 'g'
	sep = 's'<<16 | 'e'<<8 | 'p'
	oct = 'o'<<16 | 'c'<<8 | 't'
	nov = 'n'<<16 | 'o'<<8 | 'v'
	dec = 'd'<<16 | 'e'<<8 | 'c'
	mon = 'm'<<16 | 'o'<<8 | 'n'
	tue = 't'<<16 | 'u'<<8 | 'e'
	wed = 'w'<<16 | 'e'<<8 | 'd'
	thu = 't'<<16 | 'h'<<8 | 'u'
	fri = 'f'<<16 | 'r'<<8 | 'i'
	sat = 's'<<16 | 'a'<<8 | 't'
	sun = 's'<<16 | 'u'<<8 | 'n'
)

// letters gives the first three as one number, whatever the case.
func letters(s string) uint32 {
	return uint32(s[0]|0x20)<<16 | uint32(s[1]|0x20)<<8 | uint32(s[2]|0x20)
}

// month reads "Jan"; 0: it is none.
func month(s string) int {
	switch letters(s) {
	case jan:
		return 1
	case feb:
		return 2
	case mar:
		return 3
	case apr:
		return 4
	case may:
		return 5
	case jun:
		return 6
	case jul:
		return 7
	case aug:
		return 8
	case sep:
		return 9
	case oct:
		return 10
	case nov:
		return 11
	case dec:
		return 12
	}
	return 0
}

// weekday reports whether s begins with "Mon" or such.
func weekday(s string) bool {
	switch letters(s) {
	case mon, tue, wed, thu, fri, sat, sun:
		return true
	}
	return false
}

// Number reads a number of least to most digits, of which no more may follow.
func Number(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for ; i < len(s) && digit(s[i]); i++ {
		if i == most {
			return 0, s, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s[i:], i >= least
}

// pair reads two digits, whatever follows.
func pair(s string) (n int, rest string, ok bool) {
	if len(s) < 2 || !digit(s[0]) || !digit(s[1]) {
		return 0, s, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), s[2:], true
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
