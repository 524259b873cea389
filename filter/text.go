package filter

import "linklog/capture"

// compileText compiles patterns over messages.
func compileText(fd *field, list []pattern, _ Services) (c Condition, err error) {
	var s sought[[]glob]
	for _, p := range list {
		if reason := checkText(p.text); !reason.IsZero() {
			return c, fd.error(p.text, reason)
		}
		g := newGlob(p.text)
		if !g.star {
			g = newContains(p.text)
		}
		set := s.of(c.ask(p))
		*set = append(*set, g)
	}
	c.cost = costText
	c.look(func(ev *capture.Event, _ *capture.Endpoint, ask Verdict) Verdict {
		text := capture.InWords(ev.Text)
		return search(ask, &s, func(g *[]glob) bool { return matchAny(*g, text) })
	}, Message)
	return c, nil
}
