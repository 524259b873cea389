package filter

import (
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// compileDirection compiles "in", "out" and "*".
func compileDirection(fd *field, list []pattern, _ Services) (c Condition, err error) {
	const all = 1<<capture.In | 1<<capture.Out
	var want, not uint8 // bit 1<<d for every direction d
	for _, p := range list {
		set := choose(p, &want, &not)
		switch text := collapseStars(strings.ToLower(p.text)); text {
		case "in":
			*set |= 1 << capture.In
		case "out":
			*set |= 1 << capture.Out
		case "*":
			*set |= all
		default:
			return c, fd.error(p.text, phrase.Say("write in or out"))
		}
	}
	c.wants, c.nots = want != 0, not != 0
	c.look(Head, func(ev *capture.Event) Verdict {
		bit := uint8(1) << ev.Dir & all // no bit for none
		return verdicts(want&bit != 0, not&bit != 0)
	})
	return c, nil
}
