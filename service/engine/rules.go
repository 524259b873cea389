package engine

import (
	"context"
	"errors"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/history"
)

const (
	// A rule that tells once for whom an event is about knows those of so long, as far as they
	// are found in a moment.
	learnSpan   = 90 * 24 * time.Hour
	learnWithin = 4 * time.Second
)

// learnRules lets new rules know the past.
func (e *Engine) learnRules() {
	ctx, cancel := context.WithTimeout(context.Background(), learnWithin)
	defer cancel()
	since := e.clock.Wall().Add(-learnSpan)
	err := e.alerts.Learn(ctx, func(ctx context.Context, m *filter.Matcher, f func(*capture.Event) error) error {
		return e.Each(ctx, history.Query{Filter: m, Since: since}, f)
	})
	if err != nil {
		e.log.Warn("rules do not know who they would have told about before", "error", err)
	}
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
