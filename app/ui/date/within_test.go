package date

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/filter"
	"linklog/format/services"
)

func TestWithin(t *testing.T) {
	now := time.Date(2026, 11, 29, 16, 30, 0, 0, time.UTC)
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		query        string
		since, until time.Time
		want         string
	}{
		{"", day, time.Time{}, "since:2026-11-20"},
		{`dir:out "two words" since:2h`, day.Add(18*time.Hour + 30*time.Minute), day.Add(26 * time.Hour), `dir:out since:2026-11-20T18:30 until:2026-11-21T02:00 "two words"`},
		{"date:yesterday port:22", time.Time{}, time.Time{}, "port:22"},
		{"until:yesterday", time.Time{}, day.Add(time.Second), "until:2026-11-20T00:00:01"},
	} {
		if got := Within(c.query, c.since, c.until, now); got != c.want {
			t.Errorf("%q: %q, want %q", c.query, got, c.want)
		}
	}
}

// Whatever the time and the zone, it is found again, also in the hour that there is twice.
func TestFoundAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		place, err := time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 11, 29, 16, 30, 0, 0, place)
		since := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 5*3600).Draw(t, "since")) * time.Second * time.Duration(rapid.SampledFrom([]int{1, 60, 3600}).Draw(t, "unit")))
		until := since.Add(time.Duration(rapid.Int64Range(1, 1e15).Draw(t, "span")))
		f, err := filter.Parse(Within("port:22", since, until, now))
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.Compile(services.IANA(), now)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := m.Times(); !a.Equal(since) || !b.Equal(until) {
			t.Fatalf("%q: %v to %v, not %v to %v", f.String(), a, b, since, until)
		}
	})
}
