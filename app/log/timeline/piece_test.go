package timeline

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/app/ui/chart"
	"linklog/capture"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// filled is a piece of a history that was counted.
func filled(oldest, newest time.Time, room int) *piece {
	p := &piece{room: room}
	p.setHistory(oldest, newest)
	p.fill()
	return p
}

func (p *piece) fill() {
	p.step = p.wanted()
	p.bars = chart.Bars(p.from, p.to, p.step)
}

// Whatever is done, what is shown is a part of the history, of at least the least length,
// and places and moments are the same thing.
func TestAlwaysWithin(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "Europe/Berlin"), zone(t, "Australia/Lord_Howe")}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "now"), 0).In(rapid.SampledFrom(zones).Draw(t, "zone"))
		age := time.Duration(rapid.Int64Range(0, 20*365*86400).Draw(t, "age")) * time.Second
		p := filled(now.Add(-age), now, rapid.IntRange(25, 300).Draw(t, "room"))
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				at := p.at(rapid.Float64Range(0, 1).Draw(t, "at"))
				before := p.x(at)
				span := p.to.Sub(p.from)
				p.zoom(at, rapid.SampledFrom([]float64{1 / zoomBy, zoomBy, 1e-9, 1e9}).Draw(t, "factor"))
				if p.to.Sub(p.from) < span && p.to.Sub(p.from) > shortest && p.from.After(p.oldest) && p.to.Before(p.newest) && abs(p.x(at)-before) > 0.01 {
					t.Fatalf("zoomed in, what was at %v is at %v", before, p.x(at))
				}
			case 1:
				p.pan(rapid.Float64Range(-3, 3).Draw(t, "pan"))
			case 2:
				from := p.at(rapid.Float64Range(-1, 2).Draw(t, "from"))
				p.reveal(from, from.Add(time.Duration(rapid.Int64Range(0, 86400).Draw(t, "length"))*time.Second))
			case 3:
				p.showAll()
			case 4:
				now = now.Add(time.Duration(rapid.Int64Range(0, 7200).Draw(t, "later")) * time.Second)
				p.goOn(now)
			case 5:
				p.setHistory(p.oldest.Add(time.Hour), now)
			}
			if p.from.Before(p.oldest) || p.to.After(p.newest) || p.to.Sub(p.from) < min(shortest, p.newest.Sub(p.oldest)) {
				t.Fatalf("%v to %v of %v to %v", p.from, p.to, p.oldest, p.newest)
			}
			if x := rapid.Float64Range(0, 1).Draw(t, "x"); abs(p.x(p.at(x))-x) > 1e-6 {
				t.Fatalf("%v is %v", x, p.x(p.at(x)))
			}
			if !p.covered() {
				p.fill()
			}
			if !p.covered() || len(p.bars) > 2*max(p.room, 8)+3 {
				t.Fatalf("%d bars for %d, from %v to %v of %v to %v", len(p.bars), p.room, p.bars[0].From, p.bars[len(p.bars)-1].To, p.from, p.to)
			}
		}
	})
}

func abs(f float64) float64 { return max(f, -f) }

// The newest stays in sight as time goes on, all stays all, and a part of the past stays where
// it is.
func TestGoesOn(t *testing.T) {
	now := time.Date(2026, 10, 25, 1, 30, 0, 0, zone(t, "Europe/Berlin")) // clocks are put back at 3:00
	event := func(d capture.Direction, v capture.Verdict) *capture.Event {
		return &capture.Event{Time: now, Kind: capture.Traffic, Dir: d, Verdict: v}
	}
	whole, part, past := filled(now.Add(-40*time.Hour), now, 160), filled(now.Add(-40*time.Hour), now, 160), filled(now.Add(-40*time.Hour), now, 160)
	part.zoom(now, 0.1)
	part.fill()
	past.zoom(past.oldest, 0.1)
	past.fill()
	if part.whole() || !part.live() || past.live() {
		t.Fatal("not zoomed")
	}
	oldest, span, pastFrom := whole.from, part.to.Sub(part.from), past.from
	for range 4 * 60 {
		now = now.Add(time.Minute)
		for _, p := range []*piece{whole, part, past} {
			if !p.goOn(now) {
				p.fill()
			}
		}
		if !whole.count(event(capture.In, capture.Blocked)) || !part.count(event(capture.Out, capture.Allowed)) || !past.count(event(capture.In, capture.Allowed)) {
			t.Fatal("to be asked for again")
		}
	}
	if !whole.whole() || !whole.from.Equal(oldest) || !whole.to.Equal(now) {
		t.Errorf("%v to %v", whole.from, whole.to)
	}
	if part.to.Sub(part.from) != span || !part.to.Equal(now) || part.bars[0].To.Before(part.from) {
		t.Errorf("%v to %v, bars from %v", part.from, part.to, part.bars[0].From)
	}
	if !past.from.Equal(pastFrom) || chart.Sum(past.bars) != (chart.Counts{}) {
		t.Errorf("the past changed: %v, %+v", past.from, chart.Sum(past.bars))
	}
	if got := chart.Sum(part.bars); got != (chart.Counts{Out: 240, Allowed: 240}) {
		t.Errorf("%+v", got)
	}
	for i := 1; i < len(part.bars); i++ {
		if !part.bars[i].From.Equal(part.bars[i-1].To) {
			t.Fatalf("%v behind %v", part.bars[i].From, part.bars[i-1].To)
		}
	}
	// A computer that slept for a month does not fill memory with bars.
	if part.goOn(now.AddDate(0, 1, 0)) || len(part.bars) > 400 {
		t.Errorf("%d bars", len(part.bars))
	}
}

// A range that is not in sight is brought there, with some time around.
func TestReveal(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	p := filled(now.AddDate(-1, 0, 0), now, 160)
	p.show(now.AddDate(0, 0, -1), now)
	from := now.AddDate(0, -3, 0)
	p.reveal(from, from.Add(10*time.Hour))
	if !p.from.Equal(from.Add(-5*time.Hour)) || !p.to.Equal(from.Add(15*time.Hour)) {
		t.Errorf("%v to %v", p.from, p.to)
	}
	was := *p
	p.reveal(from.Add(time.Hour), from.Add(2*time.Hour)) // in sight
	p.reveal(time.Time{}, from)                          // from the oldest on
	if !p.from.Equal(p.oldest) || p.to.Before(from) || was.from.Equal(p.from) {
		t.Errorf("%v to %v", p.from, p.to)
	}
}
