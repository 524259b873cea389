package datafile

import (
	"regexp"
	"strings"
)

// Quote makes one word for a shell of a path.
func Quote(path string) string {
	if plain.MatchString(path) {
		return path
	}
	if windows {
		return `"` + path + `"`
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

var plain = regexp.MustCompile(`^[A-Za-z0-9/\\:_.@+,-]+$`)
