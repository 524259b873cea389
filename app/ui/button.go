package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
)

// Button is Fyne's button with an edge, so that it stands out from the page.
type Button struct {
	widget.Button
	focused bool
}

// FocusGained implements fyne.Focusable.
func (b *Button) FocusGained() {
	b.focused = true
	b.Button.FocusGained()
	Reveal(b)
}

// FocusLost implements fyne.Focusable.
func (b *Button) FocusLost() {
	b.focused = false
	b.Button.FocusLost()
}

// TypedKey implements fyne.Focusable: Enter presses it, as space does.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	case fyne.KeySpace:
		b.Button.TypedKey(e)
	default:
		PassKey(b, e)
	}
}

// Edged puts an edge around a widget that has none, such as a Select.
func Edged(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(content, newEdge())
}

// edge is a frame that follows the palette.
type edge struct {
	widget.BaseWidget
	rect *canvas.Rectangle
}

func newEdge() *edge {
	e := &edge{rect: canvas.NewRectangle(color.Transparent)}
	e.rect.CornerRadius, e.rect.StrokeWidth = 6, 1
	e.ExtendBaseWidget(e)
	return e
}

func (e *edge) Refresh() {
	e.rect.StrokeColor = look.Current().Edge
	e.rect.Refresh()
}

func (e *edge) CreateRenderer() fyne.WidgetRenderer {
	e.rect.StrokeColor = look.Current().Edge
	return widget.NewSimpleRenderer(e.rect)
}

// NewButton returns a Button.
func NewButton(label string, tapped func()) *Button {
	b := &Button{}
	b.Text, b.OnTapped = label, tapped
	b.ExtendBaseWidget(b)
	return b
}

// NewIconButton returns a Button with an icon, which lies flat on the page.
func NewIconButton(label string, icon fyne.Resource, tapped func()) *Button {
	b := NewButton(label, tapped)
	b.Icon, b.Importance = icon, widget.LowImportance
	return b
}

// NewPrimaryButton returns the Button for what one most likely wants to do.
func NewPrimaryButton(label string, tapped func()) *Button {
	b := NewButton(label, tapped)
	b.Importance = widget.HighImportance
	return b
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	edge := canvas.NewRectangle(color.Transparent)
	edge.CornerRadius, edge.StrokeWidth = 6, 1
	r := &edgeRenderer{WidgetRenderer: b.Button.CreateRenderer(), button: b, edge: edge}
	r.paint()
	r.Layout(b.Size()) // of one made anew, as Fyne forgets those that were not seen for a minute
	return r
}

type edgeRenderer struct {
	fyne.WidgetRenderer
	button *Button
	edge   *canvas.Rectangle
}

func (r *edgeRenderer) paint() {
	p := look.Current()
	r.edge.StrokeColor, r.edge.StrokeWidth = p.Line, 1
	if i := r.button.Importance; i != widget.MediumImportance && !r.button.Disabled() {
		r.edge.StrokeColor = color.Transparent
	}
	if r.button.focused { // Fyne's own sign for it is not seen on the colour of what is important
		r.edge.StrokeColor, r.edge.StrokeWidth = p.Accent, 2
		if r.button.Importance == widget.HighImportance {
			r.edge.StrokeColor = p.Text
		}
	}
}

// MinSize leaves more room beside the words than above them.
func (r *edgeRenderer) MinSize() fyne.Size { return r.WidgetRenderer.MinSize().AddWidthHeight(10, 0) }

func (r *edgeRenderer) Layout(s fyne.Size) {
	r.WidgetRenderer.Layout(s)
	r.edge.Resize(s)
}

func (r *edgeRenderer) Refresh() {
	r.paint()
	r.edge.Refresh()
	r.WidgetRenderer.Refresh()
}

func (r *edgeRenderer) Objects() []fyne.CanvasObject {
	return append(append([]fyne.CanvasObject(nil), r.WidgetRenderer.Objects()...), r.edge)
}
