package services

import (
	_ "embed"
	"math"
	"strconv"
	"strings"
)

//go:generate go run ./gen

// iana is IANA's table; its first lines say from where and when, package gen
// how it was made. A line is "80 tus http": port or range, first letters of
// the transports, name.
//
//go:embed iana.txt
var iana string

// IANA gives IANA's table alone, without the system's file: the Service Name
// and Transport Protocol Port Number Registry as of September 2026 (see the
// head of iana.txt), with one name for each port and protocol.
func IANA() *Table {
	b := newBuilder()
	b.addTable(iana)
	return b.done()
}

// addTable reads a table of our own, made and tested here: a line that does not fit is not
// expected and skipped.
func (b *builder) addTable(table string) {
	category := ""
	for line := range strings.Lines(table) {
		ports, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch {
		case !ok || ports[0] == '#':
			continue
		case ports == "=":
			category = rest
			continue
		}
		letters, text, _ := strings.Cut(rest, " ")
		from, to, isRange := strings.Cut(ports, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.ParseUint(from, 10, 16)
		last, err2 := strconv.ParseUint(to, 10, 16)
		if err1 != nil || err2 != nil || text != nameless && !validName(text) {
			continue
		}
		name := uint16(0)
		if text != nameless {
			if name, ok = b.name(text, math.MaxUint16); !ok {
				return
			}
		}
		for port := first; port <= last; port++ {
			for i := range len(letters) {
				t := strings.IndexByte("tusd", letters[i])
				if t < 0 {
					continue
				}
				if name > 0 {
					b.add(name, uint16(port), t)
				}
				b.addCategory(category, uint16(port), t)
			}
		}
	}
}
