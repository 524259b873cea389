package filter

import (
	"net/netip"

	"linklog/capture"
	"linklog/phrase"
)

// compileAddress compiles the address patterns of an end of the attempt.
func compileAddress(fd *field, list []pattern, _ Services) (Condition, error) {
	c, look, err := addressCondition(fd, list)
	if err == nil {
		c.lookAtEnds(fd.where, func(end *capture.Endpoint) Verdict { return look(end.Addr) })
	}
	return c, err
}

// compileRouter compiles the address patterns of the router.
func compileRouter(fd *field, list []pattern, _ Services) (Condition, error) {
	c, look, err := addressCondition(fd, list)
	if err == nil {
		c.look(Head, func(ev *capture.Event) Verdict { return look(ev.Router) })
	}
	return c, err
}

func addressCondition(fd *field, list []pattern) (c Condition, look func(netip.Addr) Verdict, err error) {
	var want, not addressSet
	for _, p := range list {
		address, reason := parseAddress(p.text)
		switch {
		case isHostName(p.text) && fd.twin != "":
			reason = phrase.Say("looks like a host name: use {{.Field}}", "Field", fd.twin)
		case isHostName(p.text):
			reason = phrase.Say("looks like a host name: write the address")
		}
		if !reason.IsZero() {
			return c, nil, fd.error(p.text, reason)
		}
		choose(p, &want, &not).add(address)
	}
	want.done()
	not.done()
	c.wants, c.nots, c.cost = !want.empty(), !not.empty(), costAddress
	return c, func(a netip.Addr) Verdict {
		a = bare(a)
		switch {
		case c.nots && not.has(a): // what is wanted does not matter then
			return Excluded
		case c.wants && want.has(a):
			return Wanted
		}
		return 0
	}, nil
}
