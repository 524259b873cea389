package alerts

import (
	"context"
	"errors"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/service/settings"
)

// Trial is how often a rule would have told.
type Trial struct {
	Matches uint64    // events that its filter lets through
	Told    uint64    // alerts
	Last    []Alert   // the newest of them, the oldest first
	Since   time.Time // what it looked at
	Until   time.Time
	Whole   bool // it came to the end; else it would have told at least so often
}

const (
	// maxTried bounds the events that a trial looks at.
	maxTried = 2_000_000
	lastOf   = 5
	// maxSteps bounds what can become due between two events.
	maxSteps = 100
)

// Past is how Try and Learn get at the history. Each calls a function with the events that a
// filter lets through, in the order of time or the newest first.
type Past interface {
	Each(ctx context.Context, m *filter.Matcher, since, until time.Time, newest bool, f func(*capture.Event) error) error
}

// Try finds out how often a rule would have told between two times.
func (a *Alerts) Try(ctx context.Context, r settings.Rule, names *services.Table, since, until time.Time, past Past) (Trial, error) {
	t := Trial{Since: since, Until: until, Whole: true}
	w := newWatch(r, filterServices(names))
	if w.err != nil {
		return t, w.err
	}
	w.asleep = false
	if r.When.IsFirst() {
		before, cancel := context.WithTimeout(ctx, tryBefore)
		known := newPast()
		err := past.Each(before, w.matcher, since.Add(-LearnSpan), since, true, func(ev *capture.Event) error { return known.add(ev, r.When.Kind, a.at) })
		cancel()
		if err != nil && !errors.Is(err, errEnough) && !errors.Is(err, context.DeadlineExceeded) {
			return t, err
		}
		w.met.know(known)
	}
	m := &moment{now: since, wall: since, stuck: func() bool { return false }, emit: func(one Alert) {
		t.Told++
		if len(t.Last) == lastOf {
			t.Last = t.Last[1:]
		}
		t.Last = append(t.Last, one)
	}}
	w.still.Heard = since.UnixNano()
	pass := func(to time.Time) {
		for range maxSteps {
			due, found := earliest(w.due(nil, m))
			if !found || due.After(to) {
				break
			}
			if due.After(m.now) {
				m.now, m.wall = due, due
			}
			w.tick(m)
		}
		if to.After(m.now) {
			m.now, m.wall = to, to
		}
	}
	in := &world{call: func(*capture.Endpoint) {}, service: names.Name}
	var s subject
	err := past.Each(ctx, w.matcher, since, until, false, func(ev *capture.Event) error {
		if t.Matches++; t.Matches > maxTried {
			return errEnough
		}
		pass(ev.Time)
		a.at.Lock()
		host, device := a.at.Who(ev)
		a.at.Unlock()
		s.about(ev, host, device)
		w.happened(&s, m, in)
		return nil
	})
	switch {
	case err == nil:
		pass(until)
	case errors.Is(err, errEnough), errors.Is(err, context.DeadlineExceeded):
		t.Whole, t.Until = false, m.now
	default:
		return t, err
	}
	for i := range t.Last {
		t.Last[i].Time = t.Last[i].Since
	}
	return t, nil
}

// tryBefore bounds how long a trial looks for who was known before.
const tryBefore = 4 * time.Second

// LearnSpan is how far back a rule that tells once looks for whom it would have told about.
const LearnSpan = 90 * 24 * time.Hour

func earliest(all []time.Time) (first time.Time, found bool) {
	for _, t := range all {
		if !found || t.Before(first) {
			first, found = t, true
		}
	}
	return first, found
}

// know takes in who was there in the past.
func (k *met) know(p *past) {
	for i := len(p.list) - 1; i >= 0; i-- {
		k.add(hashOf(p.list[i]), []byte(p.list[i]))
	}
}
