package filter

import (
	"linklog/capture"
	"linklog/phrase"
)

// compileAddress compiles the address patterns of an end of the attempt.
func compileAddress(fd *field, list []pattern, _ Services) (c Condition, err error) {
	var s sought[addressSet]
	for _, p := range list {
		address, reason := parseAddress(p.text)
		if isHostName(p.text) {
			reason = phrase.Say("looks like a host name: use {{.Field}}", "Field", fd.twin)
		}
		if !reason.IsZero() {
			return c, fd.error(p.text, reason)
		}
		s.of(c.ask(p)).add(address)
	}
	s.want.done()
	s.not.done()
	c.cost = costAddress
	c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		a := bare(end.Addr)
		return search(ask, &s, func(s *addressSet) bool { return s.has(a) })
	}, endsOf[fd.where]...)
	return c, nil
}
