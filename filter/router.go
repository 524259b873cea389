package filter

import "linklog/capture"

// compileRouter compiles patterns over addresses of routers, and over the names that they
// have for themselves.
func compileRouter(fd *field, list []pattern, _ Services) (c Condition, err error) {
	type routers struct {
		addresses addressSet
		names     []glob
	}
	var s sought[routers]
	for _, p := range list {
		set := s.of(c.ask(p))
		address, reason := parseAddress(p.text)
		switch {
		case reason.IsZero():
			set.addresses.add(address)
		case !isHostName(p.text):
			return c, fd.error(p.text, reason)
		}
		if reason := checkText(p.text); !reason.IsZero() {
			return c, fd.error(p.text, reason)
		}
		set.names = append(set.names, newGlob(p.text)) // some have an address in the place of a name
	}
	s.want.addresses.done()
	s.not.addresses.done()
	c.cost = costAddress
	c.look(func(ev *capture.Event, _ *capture.Endpoint, ask Verdict) Verdict {
		a := bare(ev.Router)
		return search(ask, &s, func(s *routers) bool { return s.addresses.has(a) || matchAny(s.names, ev.RouterName) })
	}, Head)
	return c, nil
}
