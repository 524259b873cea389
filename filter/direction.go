package filter

import (
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// compileDirection compiles "in", "out" and "*".
func compileDirection(fd *field, list []pattern, _ Services) (c Condition, err error) {
	c.head, c.found = direction, new([256]Verdict)
	for _, p := range list {
		v := c.ask(p)
		switch text := collapseStars(strings.ToLower(p.text)); text {
		case "in":
			c.found[capture.In] |= v
		case "out":
			c.found[capture.Out] |= v
		case "*":
			c.found[capture.In] |= v
			c.found[capture.Out] |= v
		default:
			return c, fd.error(p.text, phrase.Say("write in or out"))
		}
	}
	return c, nil
}
