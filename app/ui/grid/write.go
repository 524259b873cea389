package grid

import (
	"image/color"
	"math"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"linklog/app/ui"
	"linklog/app/ui/look"
)

// font is a face as Fyne knows it.
type font struct {
	style fyne.TextStyle
	size  float32
}

var fonts = [faces]font{
	Sans:  {size: look.TextSize},
	Bold:  {fyne.TextStyle{Bold: true}, look.TextSize},
	Mono:  {fyne.TextStyle{Monospace: true}, look.MonoSize},
	small: {fyne.TextStyle{Bold: true}, 10},
}

const badgePad = 5

func (f Face) measure(s string) fyne.Size {
	return fyne.MeasureText(s, fonts[f].size, fonts[f].style)
}

// top is where a text begins that has its baseline at y. Fyne rounds both up to
// whole pixels; without care faces side by side would stand on different ones.
func (f Face) top(y, scale float32) float32 {
	_, b := fyne.CurrentApp().Driver().RenderedTextSize("0", fonts[f].size, fonts[f].style, nil)
	return float32(math.Round(float64(y*scale))-math.Ceil(float64(b*scale))) / scale
}

// shorten cuts a text that is wider than the room.
func shorten(s string, f Face, room float32) string {
	return ui.Fit(s, room, fonts[f].size, fonts[f].style)
}

// Color is the colour of an ink as the app looks now.
func (i Ink) Color() color.NRGBA { return i.color(false) }

func (i Ink) color(selected bool) color.NRGBA {
	p := look.Current()
	list := [inks]color.NRGBA{Plain: p.Text, Muted: p.Muted, Accent: p.Accent, Share: mix(p.Accent, p.Background), Inbound: p.Inbound, NewHost: p.NewHost, Bad: p.Bad}
	if selected {
		list[Muted], list[Inbound], list[NewHost] = p.SelectedMuted, p.SelectedInbound, p.SelectedNewHost
	}
	return list[i]
}

// style is how the cells of a row look.
type style struct {
	selected bool
	scale    float32 // pixels per unit
}

// mix is a colour that stands back a little from another in front of a ground.
func mix(c, ground color.NRGBA) color.NRGBA {
	part := func(a, b uint8) uint8 { return uint8((int(a)*13 + int(b)*7) / 20) }
	return color.NRGBA{R: part(c.R, ground.R), G: part(c.G, ground.G), B: part(c.B, ground.B), A: 0xff}
}

// write makes the objects of a cell, from x on in a width and a height.
func (c *Cell) write(out []fyne.CanvasObject, align fyne.TextAlign, x, y, width, height float32, st style) []fyne.CanvasObject {
	total, badges := float32(0), float32(0)
	widths := make([]float32, len(c.pieces))
	for i := range c.pieces {
		p := &c.pieces[i]
		if i > 0 {
			total += between
		}
		switch p.kind {
		case bar:
		case badge:
			widths[i] = p.face.measure(p.text).Width + 2*badgePad
			badges += widths[i] + between
		default:
			widths[i] = p.face.measure(p.text).Width
		}
		total += widths[i]
	}
	skip := total > width
	if align == fyne.TextAlignTrailing && !skip {
		x += width - total
		width = total
	}
	end, first := x+width, true
	// All stand on one line, the capitals of the usual text in the middle.
	line := y + (height+0.73*fonts[Sans].size)/2
	for i := range c.pieces {
		p := &c.pieces[i]
		if p.kind == optional && skip && !first {
			continue
		}
		if !first {
			x += between
		}
		first = false
		ink := p.ink.color(st.selected)
		switch p.kind {
		case bar:
			r := canvas.NewRectangle(ink)
			r.CornerRadius = 2
			r.Move(fyne.NewPos(x, y+height/2-4))
			r.Resize(fyne.NewSize(max((end-x)*p.fraction, 2), 8))
			out = append(out, r)
			x = end
		case badge:
			badges -= widths[i] + between
			if x+widths[i] > end+1 {
				continue
			}
			r := canvas.NewRectangle(color.Transparent)
			r.StrokeColor, r.StrokeWidth, r.CornerRadius = ink, 1, 3
			r.Move(fyne.NewPos(x, y+(height-15)/2))
			r.Resize(fyne.NewSize(widths[i], 15))
			out = append(out, r, c.text(p, p.text, x+badgePad, p.face.top(y+(height+0.73*fonts[small].size)/2, st.scale), ink))
			x += widths[i]
		default:
			s := shorten(p.text, p.face, end-badges-x)
			out = append(out, c.text(p, s, x, p.face.top(line, st.scale), ink))
			x += min(widths[i], p.face.measure(s).Width)
		}
	}
	return out
}

func (c *Cell) text(p *piece, s string, x, y float32, ink color.Color) *canvas.Text {
	if !utf8.ValidString(s) {
		s = ""
	}
	t := canvas.NewText(s, ink)
	t.TextSize, t.TextStyle = fonts[p.face].size, fonts[p.face].style
	t.Move(fyne.NewPos(x, y))
	t.Resize(t.MinSize())
	return t
}
