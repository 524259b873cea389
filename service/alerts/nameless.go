package alerts

import (
	"time"

	"linklog/capture"
	"linklog/service/book"
)

// nameless are events whose host had no name when they came: rules that look at names are asked
// once more when DNS has answered, or when no alert waits for that any longer. They are only in
// memory.
type nameless struct {
	ring     []namelessEvent // made when it is first needed
	first, n int             // the longest waiting, and how many there are
	again    subject
}

type namelessEvent struct {
	ev   capture.Event
	host book.Ref // of nobody: it is done
	due  time.Time
	of   *group                 // the first of those that asks are the numbers of
	asks [maxGroups / 64]uint64 // who looks at names and did not let it through
}

const (
	maxNameless = 256
	maxGroups   = 256 // settings may have fewer rules
)

// wait lets an event wait for the name of its host; full: the longest waiting one goes.
func (l *nameless) wait(s *subject, due time.Time) *namelessEvent {
	if l.ring == nil {
		l.ring = make([]namelessEvent, maxNameless)
	}
	if l.n == maxNameless {
		l.drop()
	}
	e := &l.ring[(l.first+l.n)%maxNameless]
	l.n++
	*e = namelessEvent{ev: *s.ev, host: book.ByAddr(s.host.Addr), due: due}
	return e
}

func (l *nameless) drop() {
	l.ring[l.first] = namelessEvent{}
	l.first = (l.first + 1) % maxNameless
	l.n--
}

// judge asks once more the rules that look at names.
func (a *Alerts) judge(e *namelessEvent) {
	e.host = book.Ref{}
	if len(a.groups) == 0 || e.of != &a.groups[0] {
		return // there are other rules now
	}
	s := &a.nameless.again
	host, device := a.at.Who(&e.ev)
	s.about(&e.ev, host, device)
	s.name(a.world.call)
	var m *moment
	for i := range a.groups {
		if e.asks[i/64]>>(i%64)&1 == 0 || !a.groups[i].matcher.Match(s.ev) {
			continue
		}
		if m == nil {
			m = a.moment(a.at.Steady())
			a.at.Changed()
		}
		for _, w := range a.groups[i].of {
			w.happened(s, m, &a.world)
		}
	}
}

// judgeAnswered asks again about the events of a host of which DNS has answered.
func (a *Alerts) judgeAnswered(r book.Ref) {
	l := &a.nameless
	for i := range l.n {
		if e := &l.ring[(l.first+i)%maxNameless]; e.host == r {
			a.judge(e)
		}
	}
}

// judgeDue asks again about events that do not wait for a name any longer: it may have come
// otherwise.
func (a *Alerts) judgeDue(now time.Time) {
	l := &a.nameless
	for l.n > 0 {
		e := &l.ring[l.first]
		if e.host != (book.Ref{}) {
			if wait := e.due.Sub(now); wait > 0 && wait <= a.o.NameWait {
				return
			}
			a.judge(e)
		}
		l.drop()
	}
}
