// Package date reads days and times as people write them in the languages of the app: all that
// package when knows, and besides "26.11.", "26 Nov 2026 18:30", "26. November".
package date

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"fyne.io/fyne/v2/lang"

	"linklog/when"
)

// maxText bounds what is read, in bytes.
const maxText = 100

// Read reads a day, a month or a year, from its first moment to that of the next one, or a
// moment, which from and to are both. A day without a year is the last there was.
func Read(text string, now time.Time) (from, to time.Time, ok bool) {
	if text = strings.TrimSpace(text); len(text) > maxText {
		return from, to, false
	}
	for _, text := range []string{strings.ReplaceAll(text, ", ", " "), plain(text, now)} {
		if from, to, err := when.Day(text, now); err == nil {
			return from, to, true
		}
		if t, err := when.Time(text, now); err == nil {
			return t, t, true
		}
	}
	return from, to, false
}

// Words are times to offer to someone who begins to write one, the days first, Days only those.
func Words() []string { return append(Days(), "1h", "24h", "7d", "4w") }

// Days are days in the user's language, as package when reads them.
func Days() []string {
	return []string{lang.L("today"), lang.L("yesterday"), lang.L("monday"), lang.L("tuesday"), lang.L("wednesday"), lang.L("thursday"), lang.L("friday"), lang.L("saturday"), lang.L("sunday")}
}

// Layout is how a moment is written in the user's language, for time.Format.
func Layout() string { return lang.X("date.layout", "2006-01-02 15:04") }

// NotValid says that something is not a date, and what is.
func NotValid() string {
	return lang.L("Not a valid date. Examples: 2026-11-20, 20 Nov 18:30, yesterday, monday.")
}

// months are how their names begin.
var months = [...][]string{{"jan"}, {"feb"}, {"mar", "mär", "maer"}, {"apr"}, {"may", "mai"}, {"jun"}, {"jul"}, {"aug"}, {"sep"}, {"oct", "okt"}, {"nov"}, {"dec", "dez"}}

// plain is a date as package when reads it; "": it is none.
func plain(text string, now time.Time) string {
	var numbers []int
	month, clock := 0, ""
	fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return unicode.IsSpace(r) || r == '.' || r == ',' })
	for _, f := range fields {
		n, err := strconv.Atoi(f)
		switch m := monthOf(f); {
		case err == nil && n >= 0:
			numbers = append(numbers, n)
		case strings.Contains(f, ":") && clock == "":
			clock = " " + f
		case f == "uhr" || f == "um" || f == "at":
		case m > 0 && month == 0:
			month = m
		default:
			return ""
		}
	}
	if month > 0 && len(numbers) > 0 && numbers[0] > 31 { // "Nov 2026"
		numbers = append([]int{0}, numbers...)
	}
	if month == 0 && len(numbers) > 1 {
		month = numbers[1]
		numbers = append(numbers[:1], numbers[2:]...)
	}
	if len(numbers) == 0 || len(numbers) > 2 || month < 1 || month > 12 || numbers[0] > 31 {
		return ""
	}
	year := now.Year()
	if len(numbers) == 2 {
		if year = numbers[1]; year < 100 {
			year += 2000
		}
	} else if time.Date(year, time.Month(month), numbers[0], 0, 0, 0, 0, now.Location()).After(now) {
		year--
	}
	if year > 9999 {
		return ""
	}
	at := time.Date(year, time.Month(month), max(numbers[0], 1), 0, 0, 0, 0, time.UTC)
	switch {
	case numbers[0] == 0 && clock == "" && len(numbers) == 2:
		return at.Format("2006-01")
	case numbers[0] == 0 || at.Day() != numbers[0]:
		return "" // 31.2.
	}
	return at.Format(time.DateOnly) + clock
}

func monthOf(word string) int {
	for i, names := range months {
		for _, name := range names {
			if strings.HasPrefix(word, name) && !strings.ContainsAny(word, "0123456789") {
				return i + 1
			}
		}
	}
	return 0
}
