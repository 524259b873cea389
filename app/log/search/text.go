package search

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"linklog/app/ui/look"
)

var (
	mono = fyne.TextStyle{Monospace: true}
	bold = fyne.TextStyle{Monospace: true, Bold: true}
)

// newText makes a text of the size of captions.
func newText(style fyne.TextStyle) *canvas.Text {
	t := canvas.NewText("", nil)
	t.TextSize, t.TextStyle = look.CaptionSize, style
	return t
}

// widthOf is the width of a text of the size of captions.
func widthOf(s string, style fyne.TextStyle) float32 {
	return fyne.MeasureText(s, look.CaptionSize, style).Width
}

// lineHeight is the height of such a text.
func lineHeight() float32 { return fyne.MeasureText("X", look.CaptionSize, mono).Height }

// maxShown bounds what is measured of a text, in runes.
const maxShown = 400

// fit cuts a text of the size of captions to a width, with an ellipsis in the place of
// what is left out.
func fit(s string, width float32, style fyne.TextStyle) string {
	return fitSize(s, width, look.CaptionSize, style)
}

// fitSize is fit for a text of any size.
func fitSize(s string, width, size float32, style fyne.TextStyle) string {
	fits := func(s string) bool { return fyne.MeasureText(s, size, style).Width <= width }
	runes := []rune(s)
	cut := len(runes) > maxShown
	if cut {
		runes = runes[:maxShown]
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
