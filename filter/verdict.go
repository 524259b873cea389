package filter

import (
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// compileVerdict compiles "allowed", "blocked", "unknown" and "*", which is either of the
// first two.
func compileVerdict(fd *field, list []pattern, _ Services) (c Condition, err error) {
	var want, not uint8 // bit 1<<v for every verdict v
	for _, p := range list {
		set := choose(p, &want, &not)
		switch strings.ToLower(p.text) {
		case "allowed":
			*set |= 1 << capture.Allowed
		case "blocked":
			*set |= 1 << capture.Blocked
		case "unknown":
			*set |= 1 << 0
		case "*":
			*set |= 1<<capture.Allowed | 1<<capture.Blocked
		default:
			return c, fd.error(p.text, phrase.Say("write allowed, blocked or unknown"))
		}
	}
	c.wants, c.nots = want != 0, not != 0
	c.look(Head, func(ev *capture.Event) Verdict {
		if ev.Kind != capture.Traffic { // nothing was decided
			return 0
		}
		bit := uint8(1) << ev.Verdict
		return verdicts(want&bit != 0, not&bit != 0)
	})
	return c, nil
}
