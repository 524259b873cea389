package ui

import "fyne.io/fyne/v2"

// fitMost is how many characters of a text Fit looks at: more are wider than any screen.
const fitMost = 400

// Fit cuts a text to a width, with an ellipsis in the place of what is left out.
func Fit(s string, width, size float32, style fyne.TextStyle) string {
	fits := func(s string) bool { return fyne.MeasureText(s, size, style).Width <= width }
	runes := []rune(s)
	cut := len(runes) > fitMost
	if cut {
		runes = runes[:fitMost]
	}
	if !cut && fits(s) {
		return s
	}
	low, high := 0, len(runes) // so many fit, so many do not
	for low < high {
		if middle := (low + high + 1) / 2; fits(string(runes[:middle]) + "…") {
			low = middle
		} else {
			high = middle - 1
		}
	}
	if low == 0 {
		return ""
	}
	return string(runes[:low]) + "…"
}
