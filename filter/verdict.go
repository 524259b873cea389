package filter

import (
	"linklog/capture"
	"linklog/phrase"
)

// compileVerdict compiles "allowed", "blocked", "unknown" and "*", which is either of the
// first two.
func compileVerdict(fd *field, list []pattern, _ Services) (Condition, error) {
	const allowed, blocked = uint8(capture.Allowed), uint8(capture.Blocked)
	return fd.oneOf(list, decision, map[string][]uint8{"allowed": {allowed}, "blocked": {blocked}, "unknown": {0}, "*": {allowed, blocked}},
		phrase.Say("write allowed, blocked or unknown"))
}
