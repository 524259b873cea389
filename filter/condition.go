package filter

import (
	"slices"
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// Part is a part of an event that a condition looks at without the others.
type Part uint8

const (
	Head       Part = iota // Kind, Router, RouterName, Dir, Proto and New
	Source                 // Src but for its port
	Dest                   // Dst but for its port
	SourcePort             // Src.Port, with Kind and Proto
	DestPort               // Dst.Port, with Kind and Proto
	Message                // Text
	Amount                 // Src.Sent and Dst.Sent

	Parts = int(Amount) + 1 // the number of parts
)

// Verdict is what a condition finds in a part of an event.
type Verdict uint8

const (
	Wanted   Verdict = 1 << iota // what it asks for is there
	Excluded                     // what it excludes is there
)

// Condition is what one field, or one word, asks of an event. A store that keeps the
// parts of events apart asks for the verdict on each different part once and need not
// look at every event. An event passes a condition that finds Excluded in none of its
// parts and, if it Wants something, Wanted in at least one; it passes the Matcher if
// it passes all of its conditions.
type Condition struct {
	asks    Verdict // what can decide: whether it wants something, and whether it excludes something
	names   bool    // it looks at names, of those ends whose part it looks at
	devices bool    // it looks at whose an address was
	cost    cost
	looks   []look // in the order in which Match takes them; several may be at one part
	apart   bool   // some are at one end, and not at the other

	// Of conditions that a byte of the head decides, instead of looks: most events fail
	// there, and a table is read faster than a look is called.
	head  headByte
	found *[256]Verdict
}

// headByte is one of the bytes of an event's head.
type headByte uint8

const (
	direction headByte = iota
	protocol
	decision // of the router; 255 where nothing was to be decided
)

func (b headByte) of(ev *capture.Event) uint8 {
	switch {
	case b == direction:
		return uint8(ev.Dir)
	case b == protocol:
		return uint8(ev.Proto)
	case ev.Kind == capture.Traffic:
		return uint8(ev.Verdict)
	}
	return 255
}

// look finds the verdict on a part, or on some of it. end is the end of the attempt
// that the part belongs to. What ask has no bit for does not matter any more.
type look struct {
	part   Part
	source bool // end is the source
	at     func(ev *capture.Event, end *capture.Endpoint, ask Verdict) Verdict
}

func (l *look) verdict(ev *capture.Event, ask Verdict) Verdict {
	end := &ev.Dst
	if l.source {
		end = &ev.Src
	}
	return l.at(ev, end, ask)
}

// cost orders conditions: cheap ones come first, as most events fail early.
type cost uint8

const (
	costByte cost = iota
	costHead
	costPort
	costAddress
	costName
	costText
	costWord
)

// oneOf compiles words that stand for values of a byte of the head.
func (fd *field) oneOf(list []pattern, of headByte, values map[string][]uint8, unknown phrase.Phrase) (c Condition, err error) {
	c.head, c.found = of, new([256]Verdict)
	for _, p := range list {
		word, known := values[collapseStars(strings.ToLower(p.text))]
		if !known {
			return c, fd.error(p.text, unknown)
		}
		for _, b := range word {
			c.found[b] |= c.ask(p)
		}
	}
	return c, nil
}

// Wants reports whether one part has to be Wanted.
func (c *Condition) Wants() bool { return c.asks&Wanted != 0 }

// LooksAt reports whether the verdict on a part depends on it; else it is 0.
func (c *Condition) LooksAt(p Part) bool {
	return c.found != nil && p == Head || slices.ContainsFunc(c.looks, func(l look) bool { return l.part == p })
}

// LooksAtEnds reports whether it looks at Source and Dest, and at both in the same way: the verdict on
// who is at an end does not depend on which.
func (c *Condition) LooksAtEnds() bool { return !c.apart && c.LooksAt(Source) }

// Verdict looks at one part of an event, whatever the others are.
func (c *Condition) Verdict(p Part, ev *capture.Event) (v Verdict) {
	if c.found != nil && p == Head {
		v = c.found[c.head.of(ev)]
	}
	for i := range c.looks {
		if l := &c.looks[i]; l.part == p {
			v |= l.verdict(ev, c.asks)
		}
	}
	return v
}

// look says what the condition does with parts.
func (c *Condition) look(at func(ev *capture.Event, end *capture.Endpoint, ask Verdict) Verdict, parts ...Part) {
	c.looks = slices.Grow(c.looks, len(parts))
	c.apart = c.apart || slices.Contains(parts, Source) != slices.Contains(parts, Dest)
	for _, p := range parts {
		c.looks = append(c.looks, look{p, p == Source || p == SourcePort, at})
	}
}

// endsOf are the parts of the ends that a field is about, and portsOf those of their ports.
var (
	endsOf  = [...][]Part{either: {Source, Dest}, source: {Source}, dest: {Dest}, router: {Head}}
	portsOf = [...][]Part{either: {SourcePort, DestPort}, source: {SourcePort}, dest: {DestPort}}
)

// sought is what patterns ask for, and what they exclude.
type sought[T any] struct{ want, not T }

// of gives the side for a verdict, as Condition.ask returns it.
func (s *sought[T]) of(v Verdict) *T {
	if v == Excluded {
		return &s.not
	}
	return &s.want
}

// search looks into what is excluded and into what is wanted, as far as that matters.
func search[T any](ask Verdict, s *sought[T], in func(*T) bool) Verdict {
	switch {
	case ask&Excluded != 0 && in(&s.not): // what is wanted does not matter then
		return Excluded
	case ask&Wanted != 0 && in(&s.want):
		return Wanted
	}
	return 0
}

// ask notes what a pattern asks for, and gives what it is to find.
func (c *Condition) ask(p pattern) Verdict {
	v := Wanted
	if p.not {
		v = Excluded
	}
	c.asks |= v
	return v
}
