package engine

import (
	"context"
	"errors"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/alerts"
	"linklog/service/history"
	"linklog/service/settings"
)

// learnWithin bounds how long rules look for whom they would have told about.
const learnWithin = 4 * time.Second

// past is the history as rules see it.
type past struct{ e *Engine }

func (p past) Each(ctx context.Context, m *filter.Matcher, since, until time.Time, newest bool, f func(*capture.Event) error) error {
	return p.e.Each(ctx, history.Query{Filter: m, Since: since, Until: until, OldestFirst: !newest}, f)
}

// learnRules lets new rules know the past.
func (e *Engine) learnRules() {
	ctx, cancel := context.WithTimeout(context.Background(), learnWithin)
	defer cancel()
	if err := e.alerts.Learn(ctx, past{e}); err != nil {
		e.log.Warn("rules do not know who they would have told about before", "error", err)
	}
}

const (
	// A rule is tried on so much of the history, and no longer than that.
	trySpan   = 7 * 24 * time.Hour
	tryWithin = 10 * time.Second
)

// TryRule finds out how often a rule would have told in the last days.
func (e *Engine) TryRule(ctx context.Context, r settings.Rule) (alerts.Trial, error) {
	within, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	now := e.clock.Wall()
	if r.Record.Not {
		t, err := e.tryNotRecorded(within, r, now)
		if ctx.Err() != nil {
			return t, ctx.Err()
		}
		return t, err
	}
	t, err := e.alerts.Try(within, r, e.o.Services, now.Add(-trySpan), now, past{e})
	if ctx.Err() != nil {
		return t, ctx.Err()
	}
	return t, err
}

// tryNotRecorded finds out how many attempts of the last days a rule would have kept from being recorded.
func (e *Engine) tryNotRecorded(ctx context.Context, r settings.Rule, now time.Time) (alerts.Trial, error) {
	t := alerts.Trial{Since: now.Add(-trySpan), Until: now, Whole: true}
	m, err := r.Matcher(e.o.Services)
	if err != nil {
		return t, err
	}
	by := privateRule{matcher: m, hours: r.Hours}
	err = past{e}.Each(ctx, m, t.Since, t.Until, false, func(ev *capture.Event) error {
		if t.Until = ev.Time; ev.Kind == capture.Traffic && by.now(ev) {
			t.Matches++
		}
		return nil
	})
	switch {
	case err == nil:
		t.Until = now
	case errors.Is(err, context.DeadlineExceeded):
		t.Whole, err = false, nil
	}
	return t, err
}

// wrongRules tells of rules of the settings that cannot be used any more.
func (e *Engine) wrongRules() (err error) {
	for _, r := range e.alerts.Rules() {
		if r.Err != nil {
			err = errors.Join(err, r.Err)
		}
	}
	return err
}
