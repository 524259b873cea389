package filter

import (
	"net/netip"

	"linklog/capture"
)

// Part is a part of an event that a condition looks at without the others.
type Part uint8

const (
	Head       Part = iota // Kind, Router, Dir, Proto and New
	Source                 // Src but for its port
	Dest                   // Dst but for its port
	SourcePort             // Src.Port, with Kind and Proto
	DestPort               // Dst.Port, with Kind and Proto
	Message                // Text

	Parts = int(Message) + 1 // the number of parts
)

// Verdict is what a condition finds in a part of an event.
type Verdict uint8

const (
	Wanted   Verdict = 1 << iota // what it asks for is there
	Excluded                     // what it excludes is there
)

// Condition is one test of a Matcher, for a store that keeps the parts of events
// apart: it asks for the verdict on each different part once and need not look at
// every event. An event passes a condition that finds Excluded in none of its
// parts and, if it Wants something, Wanted in at least one; it passes the Matcher
// if it passes all of its conditions.
type Condition struct {
	wants bool
	parts [Parts]func(ev *capture.Event) Verdict // nil: 0
}

// Wants reports whether one part has to be Wanted.
func (c *Condition) Wants() bool { return c.wants }

// LooksAt reports whether the verdict on a part depends on it; else it is 0.
func (c *Condition) LooksAt(p Part) bool { return c.parts[p] != nil }

// Verdict looks at one part of an event, whatever the others are.
func (c *Condition) Verdict(p Part, ev *capture.Event) Verdict {
	if c.parts[p] == nil {
		return 0
	}
	return c.parts[p](ev)
}

// Conditions takes a Matcher apart. There are none if it matches every event.
func (m *Matcher) Conditions() []Condition {
	var all []Condition
	if m.onlyNew {
		c := Condition{wants: true}
		c.parts[Head] = func(ev *capture.Event) Verdict { return verdicts(ev.New, false) }
		all = append(all, c)
	}
	for i := range m.directions {
		t := &m.directions[i]
		c := Condition{wants: t.want != 0}
		c.parts[Head] = func(ev *capture.Event) Verdict {
			bit := uint8(1) << ev.Dir & allDirections
			return verdicts(t.want&bit != 0, t.not&bit != 0)
		}
		all = append(all, c)
	}
	for i := range m.protocols {
		t := &m.protocols[i]
		c := Condition{wants: t.want != protocolSet{}}
		c.parts[Head] = func(ev *capture.Event) Verdict { return verdicts(t.want.has(ev.Proto), t.not.has(ev.Proto)) }
		all = append(all, c)
	}
	for i := range m.ports {
		all = append(all, m.ports[i].condition())
	}
	for i := range m.addresses {
		all = append(all, m.addresses[i].condition())
	}
	for i := range m.hosts {
		all = append(all, m.hosts[i].condition())
	}
	for i := range m.texts {
		t := &m.texts[i]
		c := Condition{wants: len(t.want) > 0}
		c.parts[Message] = func(ev *capture.Event) Verdict { return verdicts(matchAny(t.want, ev.Text), matchAny(t.not, ev.Text)) }
		all = append(all, c)
	}
	for i := range m.words {
		all = append(all, m.words[i].condition())
	}
	return all
}

func verdicts(wanted, excluded bool) (v Verdict) {
	if wanted {
		v |= Wanted
	}
	if excluded {
		v |= Excluded
	}
	return v
}

func (t *portTest) condition() Condition {
	c := Condition{wants: !t.want.empty()}
	look := func(ev *capture.Event, port uint16) Verdict {
		if ev.Kind != capture.Traffic {
			return 0
		}
		return verdicts(t.want.has(port, ev.Proto), t.not.has(port, ev.Proto))
	}
	if t.where != dest {
		c.parts[SourcePort] = func(ev *capture.Event) Verdict { return look(ev, ev.Src.Port) }
	}
	if t.where != source {
		c.parts[DestPort] = func(ev *capture.Event) Verdict { return look(ev, ev.Dst.Port) }
	}
	return c
}

func (t *addressTest) condition() Condition {
	c := Condition{wants: !t.want.empty()}
	look := func(a netip.Addr) Verdict { return verdicts(t.want.has(bare(a)), t.not.has(bare(a))) }
	if t.where == router {
		c.parts[Head] = func(ev *capture.Event) Verdict { return look(ev.Router) }
	}
	if t.where == source || t.where == either {
		c.parts[Source] = func(ev *capture.Event) Verdict { return look(ev.Src.Addr) }
	}
	if t.where == dest || t.where == either {
		c.parts[Dest] = func(ev *capture.Event) Verdict { return look(ev.Dst.Addr) }
	}
	return c
}

func (t *hostTest) condition() Condition {
	c := Condition{wants: len(t.want) > 0}
	look := func(name string) Verdict { return verdicts(matchAny(t.want, name), matchAny(t.not, name)) }
	if t.where != dest {
		c.parts[Source] = func(ev *capture.Event) Verdict { return look(ev.Src.Name) }
	}
	if t.where != source {
		c.parts[Dest] = func(ev *capture.Event) Verdict { return look(ev.Dst.Name) }
	}
	return c
}

func (t *wordTest) condition() Condition {
	c := Condition{wants: len(t.want) > 0}
	// An event with one part only, so that the others add nothing.
	look := func(ev *capture.Event, e *ends) Verdict {
		return verdicts(anyWord(t.want, ev, e), anyWord(t.not, ev, e))
	}
	lookEnd := func(end *capture.Endpoint) Verdict {
		var buf [maxAddressText]byte
		e := ends{src: bare(end.Addr)}
		if e.src.IsValid() {
			e.srcText = e.src.AppendTo(buf[:0])
		}
		return look(&capture.Event{Src: capture.Endpoint{Name: end.Name}}, &e)
	}
	c.parts[Source] = func(ev *capture.Event) Verdict { return lookEnd(&ev.Src) }
	c.parts[Dest] = func(ev *capture.Event) Verdict { return lookEnd(&ev.Dst) }
	c.parts[DestPort] = func(ev *capture.Event) Verdict {
		return look(&capture.Event{Kind: ev.Kind, Proto: ev.Proto, Dst: capture.Endpoint{Port: ev.Dst.Port}}, &ends{})
	}
	c.parts[Message] = func(ev *capture.Event) Verdict { return look(&capture.Event{Text: ev.Text}, &ends{}) }
	return c
}
