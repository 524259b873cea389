//go:build !darwin

package doctor

import (
	"slices"
	"strconv"
	"strings"
)

// without leaves out of some ports those that are in lists as firewalls write them, such as
// "162,514" or "9162-9170".
func without(ports []uint16, lists ...string) []uint16 {
	return slices.DeleteFunc(slices.Clone(ports), func(n uint16) bool {
		return slices.ContainsFunc(lists, func(list string) bool { return isIn(n, list) })
	})
}

func isIn(n uint16, list string) bool {
	for part := range strings.SplitSeq(list, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 16)
		to, err2 := strconv.ParseUint(last, 10, 16)
		if err == nil && err2 == nil && from <= uint64(n) && uint64(n) <= to {
			return true
		}
	}
	return false
}
