package filter

import (
	"linklog/capture"
	"linklog/phrase"
)

// compileAddress compiles the address patterns of an end of the attempt.
func compileAddress(fd *field, list []pattern, _ Services) (c Condition, err error) {
	want, not, err := addresses(fd, list)
	c.asks, c.cost = verdicts(!want.empty(), !not.empty()), costAddress
	c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		return search(ask, want, not, (*addressSet).has, bare(end.Addr))
	}, endsOf[fd.where]...)
	return c, err
}

// compileRouter compiles the address patterns of the router.
func compileRouter(fd *field, list []pattern, _ Services) (c Condition, err error) {
	want, not, err := addresses(fd, list)
	c.asks, c.cost = verdicts(!want.empty(), !not.empty()), costAddress
	c.look(func(ev *capture.Event, _ *capture.Endpoint, ask Verdict) Verdict {
		return search(ask, want, not, (*addressSet).has, bare(ev.Router))
	}, Head)
	return c, err
}

// addresses are the patterns that are wanted and those that are not.
func addresses(fd *field, list []pattern) (want, not *addressSet, err error) {
	want, not = &addressSet{}, &addressSet{}
	for _, p := range list {
		address, reason := parseAddress(p.text)
		switch {
		case isHostName(p.text) && fd.twin != "":
			reason = phrase.Say("looks like a host name: use {{.Field}}", "Field", fd.twin)
		case isHostName(p.text):
			reason = phrase.Say("looks like a host name: write the address")
		}
		if !reason.IsZero() {
			return want, not, fd.error(p.text, reason)
		}
		(*choose(p, &want, &not)).add(address)
	}
	want.done()
	not.done()
	return want, not, nil
}
