package app

import (
	"context"
	"time"

	"linklog/capture"
	"linklog/service/client"
)

// today counts the events of today.
type today struct {
	app  *App
	show func(n int64)

	day    int // of the year; 0: none yet
	events int64
}

// reset forgets what was counted: the events are of a different history.
func (t *today) reset() {
	t.day, t.events = 0, 0
	t.show(0)
}

// count adds events that came.
func (t *today) count(events []capture.Event, now time.Time) {
	day := now.YearDay()
	if t.day != day {
		t.day, t.events = day, 0
		t.ask(events[0].Seq)
	}
	for i := range events {
		if events[i].Time.Local().YearDay() == day {
			t.events++
		}
	}
	t.show(t.events)
}

// turn begins a new day, of which no event has come yet.
func (t *today) turn(now time.Time) {
	if day := now.YearDay(); t.day != 0 && t.day != day {
		t.day, t.events = day, 0
		t.show(0)
	}
}

// ask asks how many events there were today before one, which were not counted here,
// and adds them.
func (t *today) ask(before uint64) {
	if before <= 1 {
		return
	}
	now := time.Now()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	day, n := t.day, int64(0)
	c := t.app.feed.Client()
	t.app.background(func(ctx context.Context) (err error) {
		n, err = c.Count(ctx, client.Query{Since: midnight, Before: before})
		return err
	}, func(err error) {
		if err == nil && t.day == day {
			t.events += n
			t.show(t.events)
		}
	})
}
