package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
)

// Panel is something before a plain background of the palette, which it follows.
type Panel struct {
	widget.BaseWidget
	content fyne.CanvasObject
	color   func(*look.Palette) color.Color
	rect    *canvas.Rectangle
}

// NewPanel puts content before a colour of the palette.
func NewPanel(content fyne.CanvasObject, color func(*look.Palette) color.Color) *Panel {
	p := &Panel{content: content, color: color, rect: canvas.NewRectangle(nil)}
	p.ExtendBaseWidget(p)
	return p
}

// SidePanel is a Panel in the colour of bars.
func SidePanel(content fyne.CanvasObject) *Panel {
	return NewPanel(content, func(p *look.Palette) color.Color { return p.Side })
}

// PagePanel is a Panel in the colour of pages.
func PagePanel(content fyne.CanvasObject) *Panel {
	return NewPanel(content, func(p *look.Palette) color.Color { return p.Background })
}

// Held implements Holder.
func (p *Panel) Held() fyne.CanvasObject { return p.content }

// CreateRenderer implements fyne.Widget.
func (p *Panel) CreateRenderer() fyne.WidgetRenderer {
	p.rect.FillColor = p.color(look.Current())
	return &panelRenderer{p}
}

type panelRenderer struct{ p *Panel }

func (r *panelRenderer) Layout(s fyne.Size) {
	r.p.rect.Resize(s)
	r.p.content.Resize(s)
}
func (r *panelRenderer) MinSize() fyne.Size { return r.p.content.MinSize() }
func (r *panelRenderer) Refresh() {
	r.p.rect.FillColor = r.p.color(look.Current())
	r.p.rect.Refresh()
}
func (r *panelRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.p.rect, r.p.content}
}
func (r *panelRenderer) Destroy() {}
