package filter

import (
	"strings"

	"linklog/assets/listed"
	"linklog/capture"
	"linklog/phrase"
)

// compileList compiles names of lists that an address, or the name of its host, is on. Which
// lists there are is asked when an event is looked at: they come and go.
func compileList(fd *field, list []pattern, _ Services) (c Condition, err error) {
	var s sought[[]glob]
	for _, p := range list {
		if strings.Trim(strings.ToLower(p.text), "abcdefghijklmnopqrstuvwxyz0123456789-_*") != "" {
			return c, fd.error(p.text, phrase.Say("is not the name of a list: letters, digits, - and _"))
		}
		set := s.of(c.ask(p))
		*set = append(*set, newGlob(p.text))
	}
	c.names, c.cost = true, costName
	c.look(func(_ *capture.Event, end *capture.Endpoint, ask Verdict) Verdict {
		if !listed.Using() {
			return 0
		}
		return search(ask, &s, func(globs *[]glob) (found bool) {
			if len(*globs) == 0 {
				return false
			}
			listed.Each(end.Addr, end.Name, func(h listed.Hit) bool {
				found = matchAny(*globs, h.Name)
				return !found
			})
			return found
		})
	}, endsOf[fd.where]...)
	return c, nil
}
