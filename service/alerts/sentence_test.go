package alerts

import (
	"testing"
	"time"

	"linklog/phrase"
)

// Times in messages are by a clock that is named, and have a day where that is not clear.
func TestMoment(t *testing.T) {
	german := phrase.Words{"Mon 2 Jan 15:04": "2.1.2006 15:04"}
	at := time.Date(2026, 11, 30, 22, 30, 5, 0, time.UTC)
	for _, x := range []struct {
		zone  int // minutes
		later time.Duration
		words phrase.Words
		want  string
	}{
		{0, time.Minute, nil, "22:30:05 UTC"},
		{60, time.Minute, german, "23:30:05 UTC+1"},
		{60, time.Hour, nil, "Mon 30 Nov 23:30 UTC+1"},
		{60, time.Hour, german, "30.11.2026 23:30 UTC+1"},
		{600, time.Hour, nil, "08:30:05 UTC+10"},
		{330, time.Minute, nil, "04:00:05 UTC+5:30"},
		{-210, time.Minute, nil, "19:00:05 UTC-3:30"},
		{-480, 9 * time.Hour, nil, "14:30:05 UTC-8"},
	} {
		a := Alert{Time: at.Add(x.later)}
		if got := a.moment(at, time.FixedZone("", x.zone*60), x.words); got != x.want {
			t.Errorf("%d minutes, %v later: %q, not %q", x.zone, x.later, got, x.want)
		}
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		until time.Time
		words phrase.Words
		want  string
	}{
		{at, nil, "Sun 29 Nov 23:30 to Mon 30 Nov 23:30 UTC+1"},
		{at, german, "29.11.2026 23:30 to 30.11.2026 23:30 UTC+1"},
		{time.Date(2026, 10, 25, 6, 0, 0, 0, time.UTC), nil, "Sat 24 Oct 08:00 UTC+2 to Sun 25 Oct 07:00 UTC+1"},
	} {
		if got := Span(x.until.Add(-24*time.Hour), x.until, berlin, x.words); got != x.want {
			t.Errorf("%q, not %q", got, x.want)
		}
	}
	silent := Alert{Kind: RouterSilent, Count: 1, Time: at, Message: "2026-11-30T21:00:00Z"}
	if got := silent.String(); got != "nothing comes any more from the router , since 21:00:00 UTC" {
		t.Errorf("%q", got)
	}
}
