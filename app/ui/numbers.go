package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"
)

// Number writes a number with its digits in groups of three.
func Number(n uint64) string {
	s := strconv.FormatUint(n, 10)
	if len(s) < 4 {
		return s
	}
	group := lang.X("digits.group", ",")
	b := make([]byte, 0, len(s)+len(s)/3*len(group))
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			b = append(b, group...)
		}
		b = append(b, s[i])
	}
	return string(b)
}

// Tenths writes n/unit, rounded down, with one digit behind the point unless that is 0.
func Tenths(n, unit uint64) string {
	s := Number(n / unit)
	if rest := n % unit * 10 / unit; rest > 0 {
		s += lang.X("digits.point", ".") + Number(rest)
	}
	return s
}

// Ports shows port numbers: "162, 514".
func Ports(list []uint16) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(int(n))
	}
	return strings.Join(words, ", ")
}

// Bytes writes how large something is, in the units of the settings: "615.4 KiB", and "615 B".
func Bytes(n int64) string {
	unit, name := uint64(1<<10), " KiB"
	switch {
	case n < 1<<10:
		unit, name = 1, " B"
	case n >= 1<<30:
		unit, name = 1<<30, " GiB"
	case n >= 1<<20:
		unit, name = 1<<20, " MiB"
	}
	return Tenths(uint64(max(n, 0)), unit) + name
}
