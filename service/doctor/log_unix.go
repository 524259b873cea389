//go:build unix

package doctor

import (
	"strings"

	"linklog/capture"
)

// lastError is the last error with which the service ended, in what it wrote.
func lastError(log string) (text string) {
	for line := range strings.Lines(log) {
		if words, ok := strings.CutPrefix(line, "linklog: "); ok {
			text = capture.Clean(words)
		}
	}
	return text
}
