package service

import (
	"context"
	"fmt"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

const (
	// clockSlack is how far a clock may go back before anybody is told: it is set
	// right by so much all the time.
	clockSlack = time.Minute

	// clockTold is how long that is told, at the most: a clock that was years ahead
	// for a moment does not come there again.
	clockTold = 24 * time.Hour
)

// clock notices that the machine's clock was set back. Nothing depends on it: the
// order of events is that of their Seq. But times come twice then, and who looks
// for what happened at a time should know.
type clock struct {
	latest time.Time // that it has shown, without monotonic time
	shown  time.Time // when, by the time that only goes on
}

// startClock begins with the time of the last event that is stored, or the start.
func (e *Engine) startClock() *clock {
	latest := e.started.Round(0)
	_ = e.history.Each(context.Background(), history.Query{Limit: 1, WithoutNames: true}, func(ev *capture.Event) error {
		if ev.Time.After(latest) {
			latest = ev.Time
		}
		return nil
	})
	return &clock{latest: latest, shown: e.started}
}

// look gives an error while the clock is behind what it was. now has monotonic time.
func (c *clock) look(now time.Time) error {
	wall := now.Round(0)
	if behind := c.latest.Sub(wall); behind <= clockSlack || now.Sub(c.shown) > clockTold {
		if behind <= 0 || now.Sub(c.shown) > clockTold {
			c.latest, c.shown = wall, now
		}
		return nil
	}
	return fmt.Errorf("this machine's clock was set back: it was %s before. Nothing is lost, and events keep their order, but their times were there before", c.latest.UTC().Format(time.RFC3339))
}
