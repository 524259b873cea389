package ui

import (
	"net/netip"
	"strings"

	"fyne.io/fyne/v2"
)

// fitMost is how many characters of a text Fit looks at: more are wider than any screen.
const fitMost = 400

// Fit cuts a text to a width, with an ellipsis in the place of what is left out: its end, of a name in DNS
// its beginning, which says less, and of an address the middle.
func Fit(s string, width, size float32, style fyne.TextStyle) string {
	fits := func(s string) bool { return fyne.MeasureText(s, size, style).Width <= width }
	runes := []rune(s)
	front := isDomain(s)
	_, err := netip.ParseAddr(s)
	address := err == nil
	cut := len(runes) > fitMost
	switch {
	case cut && front:
		runes = runes[len(runes)-fitMost:]
	case cut:
		runes = runes[:fitMost]
	}
	if !cut && fits(s) {
		return s
	}
	part := func(n int) string {
		switch {
		case front:
			return "…" + string(runes[len(runes)-n:])
		case address:
			return string(runes[:n/2]) + "…" + string(runes[len(runes)-(n+1)/2:])
		}
		return string(runes[:n]) + "…"
	}
	low, high := 0, len(runes) // so many fit, so many do not
	for low < high {
		if middle := (low + high + 1) / 2; fits(part(middle)) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	if low == 0 {
		return ""
	}
	return part(low)
}

// isDomain reports whether a text looks like a name in DNS: with dots in it, without spaces, and no address.
func isDomain(s string) bool {
	if strings.IndexByte(s, '.') <= 0 || strings.ContainsAny(s, " …:/") || strings.HasSuffix(s, ".") {
		return false
	}
	last := s[len(s)-1]
	return last < '0' || last > '9'
}
