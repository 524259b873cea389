package main

import "strconv"

// bytesText is how much was sent, for people: "1.2 MB"; "" for 0, which is not known.
func bytesText(n uint64) string {
	const units = "kMGTPE"
	switch {
	case n == 0:
		return ""
	case n < 1000:
		return strconv.FormatUint(n, 10) + " B"
	}
	x, unit := float64(n)/1000, 0
	for ; x >= 999.95 && unit < len(units)-1; unit++ {
		x /= 1000
	}
	return strconv.FormatFloat(x, 'f', 1, 64) + " " + units[unit:unit+1] + "B"
}
