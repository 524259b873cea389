package ui

import (
	"math"
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

// Volume writes how much was sent: "615 B", "1.2 MB", by thousands as in searches.
func Volume(n uint64) string { return string(AppendVolume(nil, n, lang.X("digits.point", "."))) }

// AppendVolume appends what Volume writes, with such a point between digits.
func AppendVolume(b []byte, n uint64, point string) []byte {
	const units = "kMGTPE"
	if n < 1000 {
		return append(strconv.AppendUint(b, n, 10), " B"...)
	}
	x, unit := float64(n)/1000, 0
	for ; x >= 999.95 && unit < len(units)-1; unit++ {
		x /= 1000
	}
	tenths := uint64(math.Round(x * 10))
	b = strconv.AppendUint(b, tenths/10, 10)
	b = append(append(b, point...), byte('0'+tenths%10), ' ', units[unit], 'B')
	return b
}
