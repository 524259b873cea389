package filter

import (
	"slices"
	"time"

	"linklog/capture"
)

// Matcher is a compiled Filter. It never changes, so that any number of
// goroutines may use it at once. The zero Matcher matches every event.
type Matcher struct {
	conditions []Condition
	bounds     *bounds // nil: of any time
	of         *Filter // it was compiled of; nil: of none
}

// Untimed is the filter that its Conditions are of, but for its times; false: they are of none. Two Matchers of
// the same one that were compiled with the same services have the same Conditions.
func (m *Matcher) Untimed() (Filter, bool) {
	if m.of == nil {
		return Filter{}, false
	}
	f := *m.of
	f.Since, f.Until, f.Date = "", "", ""
	return f, true
}

// OfKind matches the events of a kind, which no field asks for.
func OfKind(k capture.Kind) *Matcher {
	return &Matcher{conditions: []Condition{headWith(func(ev *capture.Event) bool { return ev.Kind == k })}}
}

// Match reports whether an event passes the filter. It does not allocate.
func (m *Matcher) Match(ev *capture.Event) bool {
	if m.bounds != nil && !m.bounds.holds(ev) {
		return false
	}
	for i := range m.conditions {
		c := &m.conditions[i]
		if c.found == nil {
			return m.look(i, ev)
		}
		if v := c.found[c.head.of(ev)]; v&Excluded != 0 || c.asks&^v&Wanted != 0 {
			return false
		}
	}
	return true
}

// look is Match from a condition on: those that a byte decides come first.
func (m *Matcher) look(from int, ev *capture.Event) bool {
conditions:
	for i := range m.conditions[from:] {
		c := &m.conditions[from+i]
		ask := c.asks
		for k := range c.looks {
			v := c.looks[k].verdict(ev, ask)
			if v&Excluded != 0 {
				return false
			}
			if ask &^= v; ask == 0 {
				continue conditions
			}
		}
		if ask&Wanted != 0 {
			return false
		}
	}
	return true
}

// Times are the bounds of what can match: from since on, before until; zero: no bound.
func (m *Matcher) Times() (since, until time.Time) {
	if m.bounds == nil {
		return since, until
	}
	return m.bounds.since, m.bounds.until
}

// Conditions takes a Matcher apart, but for its Times. They are the Matcher's own, and must
// not be changed.
func (m *Matcher) Conditions() []Condition { return m.conditions }

// NeedsNames reports whether the names of hosts matter, so that an event
// should have those that reverse DNS knows before it is matched.
func (m *Matcher) NeedsNames() bool { return m.NeedsSourceNames() || m.NeedsDestNames() }

// NeedsDevices reports whether it matters which device had an address at the time of an event.
func (m *Matcher) NeedsDevices() bool {
	return slices.ContainsFunc(m.conditions, func(c Condition) bool { return c.devices })
}

// NeedsSourceNames is NeedsNames for the source only.
func (m *Matcher) NeedsSourceNames() bool { return m.needsNames(Source) }

// NeedsDestNames is NeedsNames for the destination only.
func (m *Matcher) NeedsDestNames() bool { return m.needsNames(Dest) }

func (m *Matcher) needsNames(end Part) bool {
	for i := range m.conditions {
		if c := &m.conditions[i]; c.names && c.LooksAt(end) {
			return true
		}
	}
	return false
}
