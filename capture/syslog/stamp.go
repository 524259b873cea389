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
}

// ISO reads "2003-01-16 23:29:58", with "/" or "T" as well, a weekday, a fraction and
// a zone where they are (RFC 3339), and gives what follows.
func ISO(s string) (st Stamp, rest string, ok bool) {
	date, rest, ok := ISODate(withoutWeekday(s))
	if !ok || rest == "" || rest[0] != ' ' && rest[0] != 'T' && rest[0] != '\t' {
		return Stamp{}, s, false
	}
	if rest, ok = date.Clock(strings.TrimLeft(rest[1:], " ")); !ok {
		return Stamp{}, s, false
	}
	rest = date.fraction(rest)
	return date, date.zone(rest), true
}

// ISODate reads "2003-01-16" or "2003/1/16".
func ISODate(s string) (st Stamp, rest string, ok bool) {
	if st.Year, s, ok = Number(s, 4, 4); !ok || s == "" || s[0] != '-' && s[0] != '/' {
		return Stamp{}, "", false
	}
	separator := s[0]
	if st.Month, s, ok = Number(s[1:], 1, 2); !ok || s == "" || s[0] != separator {
		return Stamp{}, "", false
	}
	if st.Day, s, ok = Number(s[1:], 1, 2); !ok || !st.DateExists() {
		return Stamp{}, "", false
	}
	return st, s, true
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
	month := index(months, rest[:3])
	if month < 0 {
		return Stamp{}, s, false
	}
	st.Month = month + 1
	if st.Day, rest, ok = Number(strings.TrimLeft(rest[4:], " "), 1, 2); !ok || !spaced(rest) {
		return Stamp{}, s, false
	}
	rest = strings.TrimLeft(rest, " ")
	if year, after, found := Number(rest, 4, 4); found && spaced(after) && st.Year == 0 { // "Jan 8 2021 12:29:14"
		st.Year, rest = year, strings.TrimLeft(after, " ")
	}
	if rest, ok = st.Clock(rest); !ok {
		return Stamp{}, s, false
	}
	rest = st.fraction(rest)
	if st.Year == 0 && len(rest) > 4 && rest[0] == ' ' {
		year, after, found := Number(rest[1:], 4, 4)
		if found && (spaced(after) || after == "" || after[0] == ']' || after[0] == ':') && year >= 1970 && year < 2200 {
			st.Year, rest = year, after
		}
	}
	if !st.DateExists() {
		return Stamp{}, s, false
	}
	return st, st.spacedZone(rest), true
}

// Common reads "20/Jun/2022:13:09:14 +0200", as web servers and Proxmox write it, and
// gives what follows.
func Common(s string) (st Stamp, rest string, ok bool) {
	if st.Day, rest, ok = Number(s, 1, 2); !ok || len(rest) < 5 || rest[0] != '/' || rest[4] != '/' {
		return Stamp{}, s, false
	}
	st.Month = index(months, rest[1:4]) + 1
	if st.Year, rest, ok = Number(rest[5:], 4, 4); !ok || rest == "" || rest[0] != ':' || !st.DateExists() {
		return Stamp{}, s, false
	}
	if rest, ok = st.Clock(rest[1:]); !ok {
		return Stamp{}, s, false
	}
	return st, st.spacedZone(rest), true
}

// withoutWeekday takes "Fri " or "Fri, " away.
func withoutWeekday(s string) string {
	if len(s) > 4 && (s[3] == ' ' || s[3] == ',') && index(weekdays, s[:3]) >= 0 {
		return strings.TrimLeft(s[4:], " ")
	}
	return s
}

func spaced(s string) bool { return s != "" && s[0] == ' ' }

// Clock reads "23:29:58".
func (st *Stamp) Clock(s string) (rest string, ok bool) {
	if st.Hour, s, ok = Number(s, 1, 2); !ok || s == "" || s[0] != ':' {
		return "", false
	}
	if st.Minute, s, ok = Number(s[1:], 2, 2); !ok || s == "" || s[0] != ':' {
		return "", false
	}
	if st.Second, s, ok = Number(s[1:], 2, 2); !ok {
		return "", false
	}
	// 60 is a leap second; it becomes the next minute's first.
	return s, st.Hour < 24 && st.Minute < 60 && st.Second <= 60
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

const (
	months   = "JanFebMarAprMayJunJulAugSepOctNovDec"
	weekdays = "MonTueWedThuFriSatSun"
)

// index finds a word of three letters in a list of such, whatever the case; -1:
// it is not there.
func index(list, word string) int {
	a, b, c := word[0]|0x20, word[1]|0x20, word[2]|0x20
	for i := 0; i+3 <= len(list); i += 3 {
		if list[i+1]|0x20 == b && list[i+2]|0x20 == c && list[i]|0x20 == a {
			return i / 3
		}
	}
	return -1
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
