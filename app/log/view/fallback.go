package view

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"golang.org/x/image/math/fixed"
)

// byFyne lets Fyne draw a character, which asks the fonts of the system. It is
// slow; whoever calls it keeps the result.
func byFyne(style fyne.TextStyle) func(r rune, pixels float64) *glyph {
	return func(r rune, pixels float64) *glyph {
		text := canvas.NewText(string(r), image.Black.C)
		text.TextSize = float32(pixels)
		text.TextStyle = style
		size, baseline := fyne.CurrentApp().Driver().RenderedTextSize(text.Text, text.TextSize, style, nil)
		if size.Width <= 0 || size.Height <= 0 || size.Width > float32(8*pixels) {
			return nil
		}
		c := software.NewTransparentCanvas()
		c.SetPadded(false)
		c.SetContent(text)
		c.Resize(size)
		img := c.Capture()
		b := img.Bounds()
		g := &glyph{w: b.Dx(), h: b.Dy(), y: -int(baseline + 0.5), advance: fixed.Int26_6(size.Width * 64)}
		g.cover = make([]uint8, g.w*g.h)
		for y := range g.h {
			for x := range g.w {
				_, _, _, a := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
				g.cover[y*g.w+x] = uint8(a >> 8)
			}
		}
		return g
	}
}
