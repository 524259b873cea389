// Package when reads times as people write them: "2h", "2 hours ago", "yesterday",
// "last monday 20:15", "2026-11-20"; also in German: "vor 2 Stunden", "gestern". What they mean
// depends on when that is asked, and where: both are in the time that every function takes as now.
package when

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"linklog/phrase"
)

// maxText bounds what is read, in bytes: far over what a person writes.
const maxText = 100

// Words are times to offer to someone who begins to write one, the days first.
func Words() []string { return append(Days(), "1h", "24h", "7d", "4w") }

// Days are days to offer to someone who begins to write one.
func Days() []string {
	return []string{"today", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

// Time reads a time: how long ago (24h, 90m, 3d, 2w, "2 hours ago"), a day (today,
// yesterday, monday, 2026-11-01), a day with a time (2026-11-01 20:15, "yesterday 20:15"),
// the last time it was 20:15, a month (2026-11), a year, or RFC 3339. Of a day, month or
// year it is the first moment. The error is a phrase.Phrase.
func Time(text string, now time.Time) (time.Time, error) {
	t, _, ok := read(text, now)
	if !ok {
		return t, phrase.Say("is not a valid time: try 2h, \"2 hours ago\", yesterday, monday, 20:15, 2026-11-01 or 2026-11-01T20:15")
	}
	return t, nil
}

// Day reads a day, a month or a year: from its first moment to the first of the next one.
// The error is a phrase.Phrase.
func Day(text string, now time.Time) (from, to time.Time, err error) {
	from, unit, ok := read(text, now)
	year, month, day := from.Date()
	switch unit {
	case ofDay:
		day++
	case ofMonth:
		month++
	case ofYear:
		year++
	default:
		ok = false
	}
	if !ok {
		return from, to, phrase.Say("is not a valid day: try today, yesterday, monday, 2026-11-01 or 2026-11")
	}
	return from, time.Date(year, month, day, 0, 0, 0, 0, now.Location()), nil
}

// unit is how much a text means.
type unit uint8

const (
	moment unit = iota
	ofDay
	ofMonth
	ofYear
)

func read(text string, now time.Time) (t time.Time, u unit, ok bool) {
	words := strings.Fields(text)
	if len(text) > maxText || len(words) == 0 {
		return t, u, false
	}
	text = strings.Join(words, " ")
	if t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text)); err == nil {
		return t, moment, !t.IsZero()
	}
	text = inEnglish(strings.ToLower(text))
	if text == "now" {
		return now, moment, true
	}
	if t, ok := readAgo(text, now); ok {
		return t, moment, t.Year() > 0
	}
	if clock, ok := readClock(text); ok {
		if t = on(now, clock); t.After(now) {
			t = on(now.AddDate(0, 0, -1), clock)
		}
		return t, moment, true
	}
	if t, u, ok = readDay(text, now); ok {
		return t, u, t.Year() > 0
	}
	// A day and a time of it: between them is a space or a T.
	cut := max(strings.LastIndexAny(text, " t"), 0)
	clock, isClock := readClock(strings.TrimLeft(text[cut:], " t"))
	day, u, isDay := readDay(strings.TrimSuffix(text[:cut], " at"), now)
	return on(day, clock), moment, isClock && isDay && u == ofDay && day.Year() > 0
}

// german are German words in English; "": they add nothing.
var german = map[string]string{
	"jetzt": "now", "heute": "today", "gestern": "yesterday", "um": "at", "uhr": "", "und": "",
	"montag": "monday", "dienstag": "tuesday", "mittwoch": "wednesday", "donnerstag": "thursday", "freitag": "friday", "samstag": "saturday", "sonnabend": "saturday", "sonntag": "sunday",
	"letzte": "last", "letzten": "last", "letzter": "last", "letztes": "last", "letztem": "last", "einer": "a", "einem": "a",
	"sekunde": "second", "sekunden": "seconds", "minute": "minute", "minuten": "minutes", "stunde": "hour", "stunden": "hours", "std": "h",
	"tag": "day", "tage": "days", "tagen": "days", "woche": "week", "wochen": "weeks", "monat": "month", "monate": "months", "monaten": "months",
	"jahr": "year", "jahre": "years", "jahren": "years",
}

// inEnglish is a text in small letters with its German words in English: "vor 2 stunden" is "2 hours ago".
func inEnglish(text string) string {
	words := strings.Split(text, " ")
	if len(words) > 1 && words[0] == "vor" {
		words = append(words[1:], "ago")
	}
	for i, word := range words {
		if english, ok := german[word]; ok {
			words[i] = english
		}
	}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

// on is a time of the day on a day.
func on(day, clock time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, day.Location())
}

// readClock reads a time of the day.
func readClock(text string) (clock time.Time, ok bool) {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return clock, false
}

// readDay reads a day, a month or a year.
func readDay(text string, now time.Time) (time.Time, unit, bool) {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch text {
	case "today":
		return midnight, ofDay, true
	case "yesterday":
		return midnight.AddDate(0, 0, -1), ofDay, true
	}
	name := strings.TrimPrefix(text, "last ")
	for ago := 1; ago <= 7; ago++ {
		day := midnight.AddDate(0, 0, -ago)
		if full := strings.ToLower(day.Weekday().String()); name == full || name == full[:3] {
			return day, ofDay, true
		}
	}
	for _, as := range []struct {
		layout string
		unit   unit
	}{{time.DateOnly, ofDay}, {"2.1.2006", ofDay}, {"2006-01", ofMonth}, {"2006", ofYear}} {
		if t, err := time.ParseInLocation(as.layout, text, now.Location()); err == nil {
			return t, as.unit, true
		}
	}
	return time.Time{}, moment, false
}

// mostAgo bounds a number of units: more is no time that anybody kept.
const mostAgo = 99_999

// readAgo reads how long ago something was: 2h, -2h, 1h30m, "2 days 3 hours ago", "last hour".
func readAgo(text string, now time.Time) (time.Time, bool) {
	text, minus := strings.CutPrefix(text, "-")
	text, ago := strings.CutSuffix(text, " ago")
	rest, last := strings.CutPrefix(text, "last ")
	if rest == "" || minus && ago || last && (minus || ago) {
		return now, false
	}
	if d, err := time.ParseDuration(rest); err == nil && d >= 0 && rest != "0" && !strings.HasPrefix(rest, "+") {
		return now.Add(-d), true
	}
	years, months, days, exact := 0, 0, 0, time.Duration(0)
	for n := 0; rest != ""; n++ {
		end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsDigit(r) })
		many := 1
		switch word, after, _ := strings.Cut(rest, " "); {
		case end > 0:
			var err error
			if many, err = strconv.Atoi(rest[:end]); err != nil || many > mostAgo {
				return now, false
			}
			rest = strings.TrimPrefix(rest[end:], " ")
		case n == 0 && (word == "a" || word == "an" || word == "one"):
			rest = after
		case n == 0 && last:
		default:
			return now, false
		}
		end = strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
		if end < 0 {
			end = len(rest)
		}
		switch rest[:end] {
		case "s", "sec", "secs", "second", "seconds":
			exact += time.Duration(many) * time.Second
		case "m", "min", "mins", "minute", "minutes":
			exact += time.Duration(many) * time.Minute
		case "h", "hr", "hrs", "hour", "hours":
			exact += time.Duration(many) * time.Hour
		case "d", "day", "days":
			days += many
		case "w", "wk", "wks", "week", "weeks":
			days += 7 * many
		case "mo", "month", "months":
			months += many
		case "y", "yr", "yrs", "year", "years":
			years += many
		default:
			return now, false
		}
		rest = strings.TrimPrefix(rest[end:], " ")
		if n > 6 {
			return now, false
		}
	}
	return now.AddDate(-years, -months, -days).Add(-exact), true
}
