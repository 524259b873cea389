package chart

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/service/api"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestStepFor(t *testing.T) {
	for _, c := range []struct {
		span time.Duration
		want Step
	}{
		{time.Hour, Step{d: time.Minute}},
		{24 * time.Hour, Step{d: 30 * time.Minute}},
		{7 * 24 * time.Hour, Step{d: 3 * time.Hour}},
		{30 * 24 * time.Hour, Step{d: 12 * time.Hour}},
		{60 * 24 * time.Hour, Step{days: 1}},
		{365 * 24 * time.Hour, Step{days: 7}},
		{1000 * 24 * time.Hour, Step{months: 1}},
		{100 * 365 * 24 * time.Hour, Step{months: 12}},
	} {
		now := time.Now()
		if got := StepFor(now.Add(-c.span), now, 62); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.span, got, c.want)
		}
	}
}

func TestStart(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	at := time.Date(2026, 11, 23, 17, 44, 12, 0, berlin)
	for _, c := range []struct {
		s    Step
		want string
	}{
		{Step{d: time.Minute}, "2026-11-23 17:44"}, {Step{d: 30 * time.Minute}, "2026-11-23 17:30"}, {Step{d: 6 * time.Hour}, "2026-11-23 12:00"},
		{Step{days: 1}, "2026-11-23 00:00"}, {Step{days: 7}, "2026-11-23 00:00"}, {Step{months: 1}, "2026-11-01 00:00"},
		{Step{months: 3}, "2026-10-01 00:00"}, {Step{months: 12}, "2026-01-01 00:00"},
	} {
		if got := c.s.Start(at).Format("2006-01-02 15:04"); got != c.want {
			t.Errorf("%+v: %s, want %s", c.s, got, c.want)
		}
	}
	if got := (Step{days: 7}).Start(at.AddDate(0, 0, -1)).Format(time.DateOnly); got != "2026-11-16" {
		t.Errorf("Sunday is in the week of %s", got)
	}
}

// Bars cover the range without gaps, also where clocks are changed, and every
// attempt the service counted is in the bar of its time.
func TestBars(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "Europe/Berlin"), zone(t, "America/St_Johns"), zone(t, "Asia/Kathmandu"), zone(t, "Australia/Lord_Howe"), zone(t, "America/Sao_Paulo")}
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(zones).Draw(t, "zone")
		from := time.Unix(rapid.Int64Range(1_500_000_000, 1_900_000_000).Draw(t, "from"), 0).In(l)
		span := time.Duration(rapid.SampledFrom([]int{60, 3600, 86400, 7 * 86400, 30 * 86400, 400 * 86400, 5000 * 86400}).Draw(t, "span")) * time.Second
		to := from.Add(span)
		s := StepFor(from, to, 62)
		list := Bars(from, to, s)
		ask := bucketFor(list)
		var groups []api.Group
		var want uint64
		for range rapid.IntRange(0, 30).Draw(t, "groups") {
			at := from.Add(time.Duration(rapid.Int64Range(0, int64(span)-1).Draw(t, "at")))
			groups = append(groups, api.Group{Time: at.Truncate(ask).UTC(), Direction: rapid.SampledFrom([]string{"in", "out"}).Draw(t, "dir"), Count: 2})
			want += 2
		}
		put(list, groups)
		if len(list) == 0 || len(list) > maxBars+3 {
			t.Fatalf("%v in steps of %+v: %d bars", span, s, len(list))
		}
		if list[0].From.After(from) || list[len(list)-1].To.Before(to) {
			t.Fatalf("%v to %v is not covered by %v to %v", from, to, list[0].From, list[len(list)-1].To)
		}
		for i := range list {
			if !list[i].To.After(list[i].From) || i > 0 && !list[i].From.Equal(list[i-1].To) {
				t.Fatalf("bar %d is from %v to %v, the one before until %v", i, list[i].From, list[i].To, list[max(i-1, 0)].To)
			}
		}
		all := Sum(list)
		if all.Total() != want {
			t.Fatalf("%d attempts are in the bars, want %d", all.Total(), want)
		}
	})
}

func TestTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		highest := rapid.Uint64Range(0, 1<<50).Draw(t, "highest")
		list := Ticks(highest)
		if n := len(list); n < 2 || n > 6 || list[0] != 0 || list[n-1] < highest || n > 2 && list[n-2] >= highest {
			t.Fatalf("%d: %v", highest, list)
		}
	})
}
