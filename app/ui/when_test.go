package ui

import (
	"testing"
	"time"
)

func TestLastAndSince(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	now := time.Date(2026, 3, 1, 0, 30, 0, 0, zone)
	for _, c := range []struct {
		t           time.Time
		last, since string
	}{
		{time.Time{}, "", ""},
		{now.Add(-30 * time.Second), "now", "today 00:29"},
		{now.Add(-20 * time.Minute), "00:10", "today 00:10"},
		{now.Add(-40 * time.Minute), "yesterday 23:50", "yesterday 23:50"},
		{time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC), "5 Jan", "5 Jan"},
		{time.Date(2025, 12, 31, 21, 59, 0, 0, time.UTC), "31 Dec 2025", "31 Dec 2025"},
		{time.Date(2025, 12, 31, 22, 1, 0, 0, time.UTC), "1 Jan", "1 Jan"}, // in the user's zone
	} {
		if got := Last(c.t, now); got != c.last {
			t.Errorf("Last(%v) is %q, want %q", c.t, got, c.last)
		}
		if got := Since(c.t, now); got != c.since {
			t.Errorf("Since(%v) is %q, want %q", c.t, got, c.since)
		}
	}
}
