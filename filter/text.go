package filter

import "linklog/capture"

// compileText compiles patterns over messages.
func compileText(fd *field, list []pattern, _ Services) (c Condition, err error) {
	var want, not []glob
	for _, p := range list {
		if reason := checkText(p.text); !reason.IsZero() {
			return c, fd.error(p.text, reason)
		}
		g := newGlob(p.text)
		if !g.star {
			g = newContains(p.text)
		}
		set := choose(p, &want, &not)
		*set = append(*set, g)
	}
	c.wants, c.nots, c.cost = len(want) > 0, len(not) > 0, costText
	c.look(Message, func(ev *capture.Event) Verdict { return verdicts(matchAny(want, ev.Text), matchAny(not, ev.Text)) })
	return c, nil
}
