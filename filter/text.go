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
	c.asks, c.cost = verdicts(want != nil, not != nil), costText
	c.look(func(ev *capture.Event, _ *capture.Endpoint, ask Verdict) Verdict {
		text := capture.InWords(ev.Text)
		return search(ask, &want, &not, func(g *[]glob) bool { return matchAny(*g, text) })
	}, Message)
	return c, nil
}
