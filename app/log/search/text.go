package search

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"linklog/app/ui"
	"linklog/app/ui/look"
)

// mono is the style of what is part of a search text. The app has no bold face of it.
var mono = fyne.TextStyle{Monospace: true}

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
	return ui.Fit(s, width, look.CaptionSize, style)
}
