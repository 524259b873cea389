package book

import (
	"slices"
	"time"

	"linklog/capture"
)

// Late keeps events in their order until it is certain that no answer of a DNS server comes
// that names them: a router may log it just after the connection that it led to, as the
// kernel and a DNS server write into one log, and log daemons send what they have in any
// order. Where no answers are logged, nothing is kept. It is used by one goroutine at a time.
type Late struct {
	again func(*capture.Event) (waits bool)
	kept  []capture.Event
	gone  int // of kept were given
}

const (
	// LateWithin is how long after a connection an answer may be logged.
	LateWithin = 250 * time.Millisecond

	// maxLate bounds the events that are kept; with more, the first go without waiting.
	maxLate = 1024
)

// NewLate returns a Late that names events by Again of a Store or a Household.
func NewLate(again func(*capture.Event) bool) *Late { return &Late{again: again} }

// Pass takes events that come after all before, and gives those in front that need not
// wait any more. now is the time of the newest message. What it gives is good until the
// next call.
func (l *Late) Pass(events []capture.Event, now time.Time) []capture.Event {
	if l.gone == len(l.kept) || l.gone > maxLate {
		l.kept, l.gone = slices.Delete(l.kept, 0, l.gone), 0
	}
	if len(l.kept) == 0 { // nearly always, and then none of them waits
		n := l.ready(events, now)
		l.kept = append(l.kept, events[n:]...)
		return events[:n]
	}
	l.kept = append(l.kept, events...)
	first := l.gone
	l.gone += l.ready(l.kept[first:], now)
	return l.kept[first:l.gone]
}

// All gives all that waits, as nothing has come for so long.
func (l *Late) All() []capture.Event { return l.Pass(nil, time.Time{}) }

// Oldest is the first that waits; nil: none does.
func (l *Late) Oldest() *capture.Event {
	if l.gone == len(l.kept) {
		return nil
	}
	return &l.kept[l.gone]
}

// ready is how many of the events in front need not wait.
func (l *Late) ready(events []capture.Event, now time.Time) int {
	for i := range events {
		ev := &events[i]
		if age := now.Sub(ev.Time); l.again(ev) && age >= 0 && age < LateWithin && len(events)-i <= maxLate {
			return i
		}
	}
	return len(events)
}
