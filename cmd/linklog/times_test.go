package main

import (
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	// A Monday; the day after the clocks changed.
	now := time.Date(2026, 10, 26, 9, 30, 15, 0, berlin)
	at := func(day, hour, minute, second int) time.Time {
		return time.Date(2026, 10, day, hour, minute, second, 0, berlin)
	}
	for text, want := range map[string]time.Time{
		"now": now, "24h": now.Add(-24 * time.Hour), "90m": now.Add(-90 * time.Minute), "0s": now,
		"1d": at(25, 9, 30, 15), "2w": at(12, 9, 30, 15), " Today ": at(26, 0, 0, 0), "yesterday": at(25, 0, 0, 0),
		"sunday": at(25, 0, 0, 0), "Tuesday": at(20, 0, 0, 0), "monday": at(19, 0, 0, 0),
		"2026-10-01": at(1, 0, 0, 0), "2026-10-01 20:15": at(1, 20, 15, 0), "2026-10-01T20:15": at(1, 20, 15, 0), "2026-10-01 20:15:01": at(1, 20, 15, 1),
		"2026-10-01T20:15:00Z": at(1, 22, 15, 0), "2026-10-01T20:15:00.5+02:00": at(1, 20, 15, 0).Add(500 * time.Millisecond),
		"09:30": at(26, 9, 30, 0), "9:05": at(26, 9, 5, 0), "20:15": at(25, 20, 15, 0), "09:30:16": at(25, 9, 30, 16), // the last time it was
	} {
		got, err := parseTime(text, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "tomorrow", "5x", "-5h", "1.5d", "25:00", "2026-13-01", "2026-10-01 25:00", "01.10.2026", "99999999d", "d", "morning"} {
		if got, err := parseTime(text, now); err == nil || !strings.Contains(err.Error(), "try 24h") {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
