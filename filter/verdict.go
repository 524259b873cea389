package filter

import (
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// compileVerdict compiles "allowed", "blocked", "unknown" and "*", which is either of the
// first two.
func compileVerdict(fd *field, list []pattern, _ Services) (c Condition, err error) {
	c.head, c.found = decision, new([256]Verdict)
	for _, p := range list {
		v := c.ask(p)
		switch strings.ToLower(p.text) {
		case "allowed":
			c.found[capture.Allowed] |= v
		case "blocked":
			c.found[capture.Blocked] |= v
		case "unknown":
			c.found[0] |= v
		case "*":
			c.found[capture.Allowed] |= v
			c.found[capture.Blocked] |= v
		default:
			return c, fd.error(p.text, phrase.Say("write allowed, blocked or unknown"))
		}
	}
	return c, nil
}
