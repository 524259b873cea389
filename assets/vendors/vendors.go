// Package vendors has who makes network hardware: the IEEE's registry of the first half
// of hardware addresses, in short.
package vendors

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./gen

// Date is that of the registry built in.
const Date = "2026-08-26"

// table is the registry, compressed; package gen says how it was made. A line is a
// vendor's name and, each behind a tab, its prefixes of 6, 7 or 9 hexadecimal digits.
//
//go:embed vendors.txt.gz
var table []byte

// Of gives the vendor of a hardware address, "" if it is none the registry knows. The zero
// address, which stands for none, and a private one (capture.MAC.IsPrivate) have none.
func Of(mac [6]byte) string {
	const private = 2
	if mac == [6]byte{} || mac[0]&private != 0 {
		return ""
	}
	var address uint64
	for _, b := range mac {
		address = address<<8 | uint64(b)
	}
	all := registry()
	for _, bits := range [...]int{36, 28, 24} { // the longer ones are parts of the shorter
		key := prefix(address>>(48-bits), bits)
		at, found := slices.BinarySearchFunc(all, key, func(e entry, key uint64) int {
			switch {
			case e.prefix < key:
				return -1
			case e.prefix > key:
				return 1
			}
			return 0
		})
		if found {
			return all[at].name
		}
	}
	return ""
}

// entry is a prefix with its length (see prefix).
type entry struct {
	prefix uint64
	name   string
}

func prefix(digits uint64, bits int) uint64 { return digits<<8 | uint64(bits) }

// registry is read when it is first needed. The table is our own, made and tested here: a
// line that does not fit is not expected and skipped.
var registry = sync.OnceValue(func() []entry {
	unzipped, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		return nil
	}
	var all []entry
	for line := range strings.Lines(string(text)) {
		name, prefixes, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		for digits := range strings.SplitSeq(prefixes, "\t") {
			if n, err := strconv.ParseUint(digits, 16, 64); err == nil {
				all = append(all, entry{prefix(n, 4*len(digits)), name})
			}
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.prefix < b.prefix {
			return -1
		}
		return 1
	})
	return slices.Clip(all)
})
