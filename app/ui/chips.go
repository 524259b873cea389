package ui

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
)

// Chips is a row of words of which one is chosen, by a tap or the arrow keys.
type Chips struct {
	widget.BaseWidget

	// Wraps lets them stand in several lines where there is no room for one.
	Wraps bool

	labels   []string
	chosen   int
	hover    int // -1: none
	focused  bool
	onChoose func(i int)

	texts   []*canvas.Text
	grounds []*canvas.Rectangle
	places  []chipPlace
}

// chipPlace is where a chip is.
type chipPlace struct{ x, y, width float32 }

const (
	chipPad    = 10
	chipHeight = 26
)

var (
	_ desktop.Hoverable = (*Chips)(nil)
	_ fyne.Tappable     = (*Chips)(nil)
	_ fyne.Focusable    = (*Chips)(nil)
)

// NewChips returns Chips of which the first is chosen; onChoose is called when the
// user chooses, also what is chosen already.
func NewChips(labels []string, onChoose func(i int)) *Chips {
	c := &Chips{labels: labels, hover: -1, onChoose: onChoose}
	for _, l := range labels {
		t := canvas.NewText(l, nil)
		t.TextSize = look.CaptionSize
		c.texts = append(c.texts, t)
		r := canvas.NewRectangle(nil)
		r.CornerRadius = chipHeight / 2
		c.grounds = append(c.grounds, r)
	}
	c.ExtendBaseWidget(c)
	return c
}

// Chosen returns which one is chosen.
func (c *Chips) Chosen() int { return c.chosen }

// Set chooses one without calling onChoose.
func (c *Chips) Set(i int) {
	c.chosen = i
	c.Refresh()
}

func (c *Chips) choose(i int) {
	c.Set(i)
	if c.onChoose != nil {
		c.onChoose(i)
	}
}

func (c *Chips) at(p fyne.Position) int {
	return slices.IndexFunc(c.places, func(c chipPlace) bool {
		return p.X >= c.x && p.X < c.x+c.width && p.Y >= c.y && p.Y < c.y+chipHeight
	})
}

// Tapped implements fyne.Tappable.
func (c *Chips) Tapped(e *fyne.PointEvent) {
	if i := c.at(e.Position); i >= 0 {
		c.choose(i)
	}
}

// MouseIn implements desktop.Hoverable.
func (c *Chips) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (c *Chips) MouseMoved(e *desktop.MouseEvent) { c.hoverAt(c.at(e.Position)) }

// MouseOut implements desktop.Hoverable.
func (c *Chips) MouseOut() { c.hoverAt(-1) }

func (c *Chips) hoverAt(i int) {
	if c.hover != i {
		c.hover = i
		c.Refresh()
	}
}

// FocusGained implements fyne.Focusable.
func (c *Chips) FocusGained() {
	c.focused = true
	c.Refresh()
	Reveal(c)
}

// FocusLost implements fyne.Focusable.
func (c *Chips) FocusLost() {
	c.focused = false
	c.Refresh()
}

// TypedRune implements fyne.Focusable; characters mean nothing here.
func (c *Chips) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (c *Chips) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		c.choose(max(c.chosen-1, 0))
	case fyne.KeyRight:
		c.choose(min(c.chosen+1, len(c.labels)-1))
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		c.choose(c.chosen)
	default:
		PassKey(c, e)
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Chips) CreateRenderer() fyne.WidgetRenderer {
	r := &chipsRenderer{c}
	r.paint()
	return r
}

type chipsRenderer struct{ c *Chips }

func (r *chipsRenderer) Destroy() {}

// place puts the chips into a width, and returns how high they are then.
func (r *chipsRenderer) place(width float32) (places []chipPlace, height float32) {
	x, y := float32(0), float32(0)
	for _, t := range r.c.texts {
		w := t.MinSize().Width + 2*chipPad
		if r.c.Wraps && x > 0 && x+w > width {
			x, y = 0, y+chipHeight
		}
		places = append(places, chipPlace{x, y, w})
		x += w
	}
	return places, y + chipHeight
}

func (r *chipsRenderer) MinSize() fyne.Size {
	size := fyne.Size{}
	for _, t := range r.c.texts {
		w := t.MinSize().Width + 2*chipPad
		if r.c.Wraps {
			size.Width = max(size.Width, w)
		} else {
			size.Width += w
		}
	}
	_, size.Height = r.place(r.c.Size().Width)
	return size
}

func (r *chipsRenderer) Layout(s fyne.Size) {
	places, height := r.place(s.Width)
	top := max(0, (s.Height-height)/2)
	for i, t := range r.c.texts {
		p := &places[i]
		p.y += top
		r.c.grounds[i].Move(fyne.NewPos(p.x, p.y))
		r.c.grounds[i].Resize(fyne.NewSize(p.width, chipHeight))
		size := t.MinSize()
		t.Move(fyne.NewPos(p.x+chipPad, p.y+(chipHeight-size.Height)/2))
		t.Resize(size)
	}
	r.c.places = places
}

func (r *chipsRenderer) Objects() (list []fyne.CanvasObject) {
	for i := range r.c.texts {
		list = append(list, r.c.grounds[i], r.c.texts[i])
	}
	return list
}

func (r *chipsRenderer) paint() {
	p := look.Current()
	for i, t := range r.c.texts {
		g := r.c.grounds[i]
		t.Color, g.FillColor, g.StrokeWidth = p.Muted, color.Transparent, 0
		switch {
		case i == r.c.chosen:
			t.Color, g.FillColor = p.Text, p.Selection
			if r.c.focused {
				g.StrokeColor, g.StrokeWidth = p.Accent, 1
			}
		case i == r.c.hover:
			t.Color, g.FillColor = p.Text, p.Hover
		}
	}
}

func (r *chipsRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.c)
}
