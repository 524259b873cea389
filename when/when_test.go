package when

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	place, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	return place
}

func TestTime(t *testing.T) {
	place := berlin(t)
	// A Monday; the day after the clocks changed.
	now := time.Date(2026, 10, 26, 9, 30, 15, 0, place)
	at := func(day, hour, minute, second int) time.Time {
		return time.Date(2026, 10, day, hour, minute, second, 0, place)
	}
	for text, want := range map[string]time.Time{
		"now": now, "24h": now.Add(-24 * time.Hour), "90m": now.Add(-90 * time.Minute), "0s": now, "-2h": now.Add(-2 * time.Hour), "1.5h": now.Add(-90 * time.Minute),
		"1h30m": now.Add(-90 * time.Minute), "2 hours ago": now.Add(-2 * time.Hour), "2 Hours  Ago": now.Add(-2 * time.Hour), "2hours": now.Add(-2 * time.Hour), "an hour ago": now.Add(-time.Hour), "last hour": now.Add(-time.Hour),
		"last 3 hours": now.Add(-3 * time.Hour), "1 day 2 hours ago": at(25, 7, 30, 15), "30 seconds ago": at(26, 9, 29, 45), "a week ago": at(19, 9, 30, 15), "last month": time.Date(2026, 9, 26, 9, 30, 15, 0, place),
		"2 years ago": time.Date(2024, 10, 26, 9, 30, 15, 0, place), "5mo": time.Date(2026, 5, 26, 9, 30, 15, 0, place),
		"1d": at(25, 9, 30, 15), "2w": at(12, 9, 30, 15), " Today ": at(26, 0, 0, 0), "yesterday": at(25, 0, 0, 0),
		"sunday": at(25, 0, 0, 0), "Tuesday": at(20, 0, 0, 0), "monday": at(19, 0, 0, 0), "last monday": at(19, 0, 0, 0), "fri": at(23, 0, 0, 0),
		"yesterday 20:15": at(25, 20, 15, 0), "last monday at 8:00": at(19, 8, 0, 0), "today 1:02:03": at(26, 1, 2, 3),
		"2026-10-01": at(1, 0, 0, 0), "2026-10-01 20:15": at(1, 20, 15, 0), "2026-10-01T20:15": at(1, 20, 15, 0), "2026-10-01 20:15:01": at(1, 20, 15, 1), "2026-10-01t20:15:01": at(1, 20, 15, 1),
		"01.10.2026": at(1, 0, 0, 0), "1.10.2026 8:30": at(1, 8, 30, 0), "2026-10": at(1, 0, 0, 0), "2026": time.Date(2026, 1, 1, 0, 0, 0, 0, place),
		"2026-10-01T20:15:00Z": at(1, 22, 15, 0), "2026-10-01T20:15:00.5+02:00": at(1, 20, 15, 0).Add(500 * time.Millisecond),
		"jetzt": now, "Vor 2 Stunden": now.Add(-2 * time.Hour), "vor einer Stunde": now.Add(-time.Hour), "vor 30 Sekunden": at(26, 9, 29, 45), "letzte Stunde": now.Add(-time.Hour), "letzte 3 Stunden": now.Add(-3 * time.Hour),
		"vor einem Tag und 2 Stunden": at(25, 7, 30, 15), "vor einer Woche": at(19, 9, 30, 15), "vor 2 Jahren": time.Date(2024, 10, 26, 9, 30, 15, 0, place), "vor 5 Monaten": time.Date(2026, 5, 26, 9, 30, 15, 0, place),
		"heute": at(26, 0, 0, 0), "Gestern": at(25, 0, 0, 0), "sonntag": at(25, 0, 0, 0), "Letzten Montag um 8:00 Uhr": at(19, 8, 0, 0), "gestern 20:15": at(25, 20, 15, 0), "20:15 Uhr": at(25, 20, 15, 0),
		"09:30": at(26, 9, 30, 0), "9:05": at(26, 9, 5, 0), "20:15": at(25, 20, 15, 0), "09:30:16": at(25, 9, 30, 16), // the last time it was
	} {
		got, err := Time(text, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", " ", "tomorrow", "5x", "+5h", "--5h", "-5h ago", "last 5h ago", "1.5d", "25:00", "2026-13-01", "2026-10-01 25:00", "2026-10 20:15", "31.2.2026", "99999999d", "d", "morning", "ago", "last", "-", "2", "a", "a ago",
		"2 hours yesterday", "monday monday", "vor", "vor gestern", "vor 2 hours ago", "uhr", "morgen", "und", "vor vor 2h", "letzte", "0001-01-01T00:00:00Z", "0000-01-01", "99999y", "yesterday 20", "1h 1h 1h 1h 1h 1h 1h 1h 1h 1h", "٢h", strings.Repeat("1s", 100),
	} {
		if got, err := Time(text, now); err == nil || !strings.Contains(err.Error(), "try 2h") {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestDay(t *testing.T) {
	place := berlin(t)
	now := time.Date(2026, 10, 26, 9, 30, 15, 0, place)
	for text, want := range map[string][2]string{
		"today": {"2026-10-26", "2026-10-27"}, "yesterday": {"2026-10-25", "2026-10-26"}, "last friday": {"2026-10-23", "2026-10-24"}, "Gestern": {"2026-10-25", "2026-10-26"}, "letzten freitag": {"2026-10-23", "2026-10-24"},
		"2026-11-20": {"2026-11-20", "2026-11-21"}, "31.12.2026": {"2026-12-31", "2027-01-01"}, "2026-12": {"2026-12-01", "2027-01-01"}, "2024": {"2024-01-01", "2025-01-01"},
	} {
		from, to, err := Day(text, now)
		if err != nil || from.Format(time.DateOnly) != want[0] || to.Format(time.DateOnly) != want[1] || from.Hour() != 0 || to.Hour() != 0 {
			t.Errorf("%q: %v to %v, %v", text, from, to, err)
		}
	}
	// The day on which the clocks are put back has 25 hours.
	if from, to, err := Day("yesterday", now); err != nil || to.Sub(from) != 25*time.Hour {
		t.Errorf("%v to %v, %v", from, to, err)
	}
	for _, text := range []string{"", "2h", "20:15", "now", "yesterday 20:15", "2026-11-20T12:00", "2026-11-20T12:00:00Z", "never"} {
		if from, to, err := Day(text, now); err == nil || !strings.Contains(err.Error(), "is not a valid day") {
			t.Errorf("%q: %v to %v, %v", text, from, to, err)
		}
	}
}

func TestWords(t *testing.T) {
	now := time.Now()
	for _, word := range Words() {
		if _, err := Time(word, now); err != nil {
			t.Errorf("%s %v", word, err)
		}
	}
	for _, word := range Days() {
		if _, _, err := Day(word, now); err != nil {
			t.Errorf("%s %v", word, err)
		}
	}
}

// Whatever is written, it is an error or a time that can be written and read again.
func TestAnything(t *testing.T) {
	now := time.Date(2026, 10, 26, 9, 30, 15, 5, time.UTC)
	words := []string{"1", "2", "99999", "h", "d", "years", "ago", "last", "a", "-", ".", ":", "15", "2026", "monday", "T", "Z", " ", "yesterday", "vor ", "tag", "gestern", "uhr", "\xff", "ü"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 8).Draw(t, "words"), "")
		got, err := Time(text, now)
		if err != nil {
			return
		}
		again, err := Time(got.Format(time.RFC3339Nano), now)
		if err != nil || !again.Equal(got) || got.IsZero() {
			t.Fatalf("%q: %v, then %v, %v", text, got, again, err)
		}
	})
}
