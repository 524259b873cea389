package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
)

// Dot is a small coloured disc that stands beside a state in words.
type Dot struct {
	widget.BaseWidget
	Hollow bool // it is a ring

	circle *canvas.Circle
	color  func(*look.Palette) color.NRGBA
}

// NewDot returns a Dot.
func NewDot(color func(*look.Palette) color.NRGBA) *Dot {
	d := &Dot{circle: canvas.NewCircle(nil), color: color}
	d.ExtendBaseWidget(d)
	return d
}

// SetColor changes the colour.
func (d *Dot) SetColor(color func(*look.Palette) color.NRGBA) {
	d.color = color
	d.Refresh()
}

// Refresh implements fyne.CanvasObject.
func (d *Dot) Refresh() {
	if d.paint() {
		d.circle.Refresh()
	}
}

// paint reports whether it has a different colour now.
func (d *Dot) paint() bool {
	c := d.color(look.Current())
	if d.circle.StrokeColor == color.Color(c) {
		return false
	}
	d.circle.StrokeColor, d.circle.FillColor = c, c
	if d.Hollow {
		d.circle.StrokeWidth, d.circle.FillColor = 1, color.Transparent
	}
	return true
}

// MinSize implements fyne.CanvasObject.
func (d *Dot) MinSize() fyne.Size { return fyne.NewSize(8, 8) }

// CreateRenderer implements fyne.Widget.
func (d *Dot) CreateRenderer() fyne.WidgetRenderer {
	d.paint()
	return widget.NewSimpleRenderer(d.circle)
}
