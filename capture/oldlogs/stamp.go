package oldlogs

import "strings"

// stamp is a date and time as a log has it.
type stamp struct {
	year                 int // 0: the log has none
	month, day           int
	hour, minute, second int
	nanosecond           int
	zoned                bool // offset says the zone
	offset               int  // seconds east of UTC
}

// isoStamp reads "2003-01-16 23:29:58", with "/" or "T" as well, a fraction and
// a zone where they are (RFC 3339), and gives what follows.
func isoStamp(s string) (st stamp, rest string, ok bool) {
	date, rest, ok := isoDate(s)
	if !ok || rest == "" || rest[0] != ' ' && rest[0] != 'T' && rest[0] != '\t' {
		return stamp{}, s, false
	}
	if rest, ok = date.clock(strings.TrimLeft(rest[1:], " ")); !ok {
		return stamp{}, s, false
	}
	rest = date.fraction(rest)
	return date, date.zone(rest), true
}

// isoDate reads "2003-01-16" or "2003/1/16".
func isoDate(s string) (st stamp, rest string, ok bool) {
	if st.year, s, ok = number(s, 4, 4); !ok || s == "" || s[0] != '-' && s[0] != '/' {
		return stamp{}, "", false
	}
	separator := s[0]
	if st.month, s, ok = number(s[1:], 1, 2); !ok || s == "" || s[0] != separator {
		return stamp{}, "", false
	}
	if st.day, s, ok = number(s[1:], 1, 2); !ok || !st.dateExists() {
		return stamp{}, "", false
	}
	return st, s, true
}

// bsdStamp reads "Jan 16 23:29:58" (RFC 3164; day padded by a space, a zero or
// not at all), also with a weekday before it and a year before, within or behind
// it, as "Fri Apr 21 14:56:16 2017", and gives what follows.
func bsdStamp(s string) (st stamp, rest string, ok bool) {
	rest = s
	if year, after, found := number(s, 4, 4); found && spaced(after) { // "2021 Jan  8 12:29:14"
		st.year, rest = year, strings.TrimLeft(after, " ")
	} else if len(s) > 4 && (s[3] == ' ' || s[3] == ',') && index(weekdays, s[:3]) >= 0 {
		rest = strings.TrimLeft(s[4:], " ")
	}
	if len(rest) < 4 || rest[3] != ' ' {
		return stamp{}, s, false
	}
	month := index(months, rest[:3])
	if month < 0 {
		return stamp{}, s, false
	}
	st.month = month + 1
	if st.day, rest, ok = number(strings.TrimLeft(rest[4:], " "), 1, 2); !ok || !spaced(rest) {
		return stamp{}, s, false
	}
	rest = strings.TrimLeft(rest, " ")
	if year, after, found := number(rest, 4, 4); found && spaced(after) && st.year == 0 { // "Jan 8 2021 12:29:14"
		st.year, rest = year, strings.TrimLeft(after, " ")
	}
	if rest, ok = st.clock(rest); !ok {
		return stamp{}, s, false
	}
	rest = st.fraction(rest)
	if st.year == 0 && len(rest) > 4 && rest[0] == ' ' {
		if year, after, found := number(rest[1:], 4, 4); found && spaced(after) && year >= firstYear && year < 2200 {
			st.year, rest = year, after
		}
	}
	if !st.dateExists() {
		return stamp{}, s, false
	}
	return st, rest, true
}

func spaced(s string) bool { return s != "" && s[0] == ' ' }

// clock reads "23:29:58".
func (st *stamp) clock(s string) (rest string, ok bool) {
	if st.hour, s, ok = number(s, 1, 2); !ok || s == "" || s[0] != ':' {
		return "", false
	}
	if st.minute, s, ok = number(s[1:], 2, 2); !ok || s == "" || s[0] != ':' {
		return "", false
	}
	if st.second, s, ok = number(s[1:], 2, 2); !ok {
		return "", false
	}
	// 60 is a leap second; it becomes the next minute's first.
	return s, st.hour < 24 && st.minute < 60 && st.second <= 60
}

// fraction reads ".123456" if it is there; what is finer than a nanosecond goes.
func (st *stamp) fraction(s string) (rest string) {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || !digit(s[1]) {
		return s
	}
	i := 1
	for unit := 100_000_000; i < len(s) && digit(s[i]); i++ {
		st.nanosecond += int(s[i]-'0') * unit
		unit /= 10
	}
	return s[i:]
}

// zone reads "Z", "+01:00" or "-0500" if it is there.
func (st *stamp) zone(s string) (rest string) {
	switch {
	case s == "":
		return s
	case s[0] == 'Z':
		st.zoned = true
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
	st.zoned, st.offset = true, (hour*60+minute)*60
	if s[0] == '-' {
		st.offset = -st.offset
	}
	return after
}

// dateExists reports whether there is such a day; without a year there is a
// 29 February.
func (st *stamp) dateExists() bool {
	if st.month < 1 || st.month > 12 || st.day < 1 {
		return false
	}
	if st.month == 2 && st.day == 29 {
		return st.year == 0 || leap(st.year)
	}
	return st.day <= daysBefore[st.month]-daysBefore[st.month-1] && !(st.month == 2 && st.day > 28)
}

// daysBefore are the days of a leap year before each month.
var daysBefore = [...]int{0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

const (
	months   = "JanFebMarAprMayJunJulAugSepOctNovDec"
	weekdays = "MonTueWedThuFriSatSun"
)

// index finds a word of three letters in a list of such, whatever the case; -1:
// it is not there.
func index(list, word string) int {
	for i := 0; i+3 <= len(list); i += 3 {
		if strings.EqualFold(list[i:i+3], word) {
			return i / 3
		}
	}
	return -1
}

// number reads a number of least to most digits, of which no more may follow.
func number(s string, least, most int) (n int, rest string, ok bool) {
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
