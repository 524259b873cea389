package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseTime reads a time as people write it on a command line: how long ago (24h,
// 90m, 3d, 2w), a day (today, yesterday, monday, 2026-11-01), a day with a time
// (2026-11-01 20:15, 2026-11-01T20:15:00), the last time it was 20:15, or RFC 3339.
// Days begin at midnight, local time.
func parseTime(text string, now time.Time) (time.Time, error) {
	word := strings.ToLower(strings.TrimSpace(text))
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch word {
	case "now":
		return now, nil
	case "today":
		return midnight, nil
	case "yesterday":
		return midnight.AddDate(0, 0, -1), nil
	}
	for ago := 1; ago <= 7; ago++ {
		if day := midnight.AddDate(0, 0, -ago); strings.EqualFold(word, day.Weekday().String()) {
			return day, nil
		}
	}
	if ago, ok := parseAgo(word, now); ok {
		return ago, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(text), now.Location()); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, word); err == nil {
			day := now.Day()
			if today := time.Date(now.Year(), now.Month(), day, t.Hour(), t.Minute(), t.Second(), 0, now.Location()); !today.After(now) {
				return today, nil
			}
			return time.Date(now.Year(), now.Month(), day-1, t.Hour(), t.Minute(), t.Second(), 0, now.Location()), nil
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(text)); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a valid time: try 24h, 7d, today, yesterday, monday, 20:15, 2026-11-01 or 2026-11-01T20:15:00Z", text)
}

// parseAgo reads how long ago something was.
func parseAgo(word string, now time.Time) (time.Time, bool) {
	if d, err := time.ParseDuration(word); err == nil && d >= 0 {
		return now.Add(-d), true
	}
	if len(word) < 2 {
		return time.Time{}, false
	}
	n, err := strconv.ParseUint(word[:len(word)-1], 10, 16)
	if err != nil {
		return time.Time{}, false
	}
	switch word[len(word)-1] {
	case 'd':
		return now.AddDate(0, 0, -int(n)), true
	case 'w':
		return now.AddDate(0, 0, -7*int(n)), true
	}
	return time.Time{}, false
}
