package filter

import "linklog/capture"

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

// Condition is what one field, or one word, asks of an event. A store that keeps the
// parts of events apart asks for the verdict on each different part once and need not
// look at every event. An event passes a condition that finds Excluded in none of its
// parts and, if it Wants something, Wanted in at least one; it passes the Matcher if
// it passes all of its conditions.
type Condition struct {
	wants bool
	nots  bool // it excludes something
	names bool // it looks at names, of those ends whose part it looks at
	cost  cost

	parts [Parts]func(ev *capture.Event) Verdict // nil: 0
	looks []func(ev *capture.Event) Verdict      // those of parts that are not nil
}

// cost orders conditions: cheap ones come first, as most events fail early.
type cost uint8

const (
	costNumber cost = iota
	costPort
	costAddress
	costName
	costText
	costWord
)

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

// match reports whether an event passes the condition.
func (c *Condition) match(ev *capture.Event) bool {
	wanted := !c.wants
	for _, look := range c.looks {
		v := look(ev)
		if v&Excluded != 0 {
			return false
		}
		if v&Wanted != 0 && !c.nots {
			return true
		}
		wanted = wanted || v&Wanted != 0
	}
	return wanted
}

// look says what the condition does with a part.
func (c *Condition) look(p Part, at func(ev *capture.Event) Verdict) {
	c.parts[p] = at
	c.looks = append(c.looks, at)
}

// lookAtEnds says what the condition does with the ends that a field is about.
func (c *Condition) lookAtEnds(w where, at func(end *capture.Endpoint) Verdict) {
	if w != dest {
		c.look(Source, func(ev *capture.Event) Verdict { return at(&ev.Src) })
	}
	if w != source {
		c.look(Dest, func(ev *capture.Event) Verdict { return at(&ev.Dst) })
	}
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

// choose gives where a pattern belongs: to what is wanted or to what is not.
func choose[T any](p pattern, want, not *T) *T {
	if p.not {
		return not
	}
	return want
}
