package settings

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// linesOf are the lines of a file; those of a value that has several are one.
func linesOf(text string) (lines []string) {
	var p unstable.Parser
	p.Reset([]byte(text))
	from := 0
	until := func(end int) { // the rest of what is before end
		for {
			n := strings.IndexByte(text[from:end], '\n')
			if n < 0 {
				return
			}
			lines = append(lines, text[from:from+n])
			from += n + 1
		}
	}
	for p.NextExpression() { // behind a mistake every line is one
		e := p.Expression()
		if e.Kind != unstable.KeyValue {
			continue
		}
		until(int(e.Raw.Offset))
		end := int(e.Raw.Offset + e.Raw.Length)
		n := strings.IndexByte(text[end:], '\n')
		if n < 0 {
			return append(lines, text[from:])
		}
		lines = append(lines, text[from:end+n])
		from = end + n + 1
	}
	until(len(text))
	return append(lines, text[from:])
}
