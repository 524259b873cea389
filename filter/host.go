package filter

import (
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// compileHost compiles patterns over names.
func compileHost(fd *field, list []pattern, _ Services) (c Condition, err error) {
	var s sought[[]glob]
	for _, p := range list {
		if !isHostName(p.text) {
			star := strings.Contains(p.text, "*") // with one it can be the beginning of a name: 10.0.0.1.example.com
			_, reason := parseAddress(p.text)
			switch {
			case reason.IsZero() && !star:
				return c, fd.error(p.text, phrase.Say("is an address, not a name: use {{.Field}}", "Field", fd.twin))
			case strings.Contains(p.text, "/") || !star && strings.ContainsAny(p.text, ".:"): // one with a mistake in it
				return c, fd.error(p.text, phrase.Say("looks like an address, not a name: use {{.Field}}", "Field", fd.twin))
			}
		}
		if reason := checkText(p.text); !reason.IsZero() {
			return c, fd.error(p.text, reason)
		}
		set := s.of(c.ask(p))
		*set = append(*set, newGlob(p.text))
	}
	c.names, c.cost = true, costName
	c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		return search(ask, &s, func(g *[]glob) bool { return matchAny(*g, end.Name) })
	}, endsOf[fd.where]...)
	return c, nil
}

// matchAny reports whether one of the patterns matches; an empty text is none, which no
// pattern matches.
func matchAny[T string | []byte](globs []glob, s T) bool {
	if len(s) == 0 {
		return false
	}
	for i := range globs {
		if match(&globs[i], s) {
			return true
		}
	}
	return false
}
