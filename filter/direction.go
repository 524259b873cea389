package filter

import (
	"linklog/capture"
	"linklog/phrase"
)

// compileDirection compiles "in", "out" and "*".
func compileDirection(fd *field, list []pattern, _ Services) (Condition, error) {
	const in, out = uint8(capture.In), uint8(capture.Out)
	return fd.oneOf(list, direction, map[string][]uint8{"in": {in}, "out": {out}, "*": {in, out}}, phrase.Say("write in or out"))
}
