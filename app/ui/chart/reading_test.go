package chart

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	now := at("2026-11-29 12:00:00")
	for _, c := range []struct {
		from, to string
		s        Step
		want     string
	}{
		{"2026-11-26 18:00:00", "2026-11-26 19:00:00", Step{d: time.Hour}, "26 Nov 18:00 to 19:00"},
		{"2026-11-26 23:00:00", "2026-11-27 00:00:00", Step{d: time.Hour}, "26 Nov 23:00 to 27 Nov 00:00"},
		{"2026-10-25 00:00:00", "2026-10-26 00:00:00", Step{days: 1}, "25 Oct"}, // of 25 hours
		{"2026-11-23 00:00:00", "2026-11-30 00:00:00", Step{days: 7}, "23 Nov to 29 Nov"},
		{"2025-12-01 00:00:00", "2026-01-01 00:00:00", Step{months: 1}, "1 Dec 2025 to 31 Dec 2025"},
		{"2026-11-26 18:00:05", "2026-11-26 18:00:10", Step{d: 5 * time.Second}, "26 Nov 18:00:05 to 18:00:10"},
	} {
		if got := Span(at(c.from), at(c.to), c.s, now); got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}
