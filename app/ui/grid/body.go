package grid

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
	"linklog/app/ui/tip"
)

// body is the rows. Only those in sight have objects.
type body[T any] struct {
	widget.BaseWidget
	g *Grid[T]

	lines   map[int]*line // by row
	objects []fyne.CanvasObject
	hover   int // row under the pointer; -1: none
	focused bool

	hovered, chosen, frame *canvas.Rectangle
	cell                   Cell
	tip                    tip.Tip[cellAt]
}

// line is the objects of a row.
type line struct {
	objects []fyne.CanvasObject
	style   style
}

var (
	_ desktop.Hoverable      = (*body[int])(nil)
	_ desktop.Mouseable      = (*body[int])(nil)
	_ fyne.Tappable          = (*body[int])(nil)
	_ fyne.DoubleTappable    = (*body[int])(nil)
	_ fyne.SecondaryTappable = (*body[int])(nil)
)

func newBody[T any](g *Grid[T]) *body[T] {
	b := &body[T]{g: g, hover: -1, lines: map[int]*line{}}
	b.hovered, b.chosen, b.frame = canvas.NewRectangle(nil), canvas.NewRectangle(nil), canvas.NewRectangle(color.Transparent)
	b.ExtendBaseWidget(b)
	return b
}

// stale forgets what was written.
func (b *body[T]) stale() { clear(b.lines) }

// repaint shows what is hovered and selected.
func (b *body[T]) repaint() { b.layout() }

// layout writes the rows that became visible, and forgets those that went.
func (b *body[T]) layout() {
	g := b.g
	height := g.rowHeight()
	from, to := float32(0), b.Size().Height
	if g.scroll != nil {
		from = g.scroll.Offset.Y
		to = from + g.scroll.Size().Height
	}
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil {
		scale = c.Scale()
	}
	first := max(int(from/height), 0)
	end := min(int(to/height)+1, len(g.rows))
	for i := range b.lines {
		if i < first || i >= end {
			delete(b.lines, i)
		}
	}
	b.mark(b.hovered, b.hover, look.Current().Hover)
	b.mark(b.chosen, g.current, look.Current().Selection)
	b.outline()
	b.objects = append(b.objects[:0], b.hovered, b.chosen)
	for i := first; i < end; i++ {
		l, st := b.lines[i], style{i == g.current, scale}
		if l == nil || l.style != st {
			l = b.line(i, height, st)
			b.lines[i] = l
		}
		b.objects = append(b.objects, l.objects...)
	}
	b.objects = append(append(b.objects, b.frame), b.tipObjects()...)
	canvas.Refresh(b)
}

// line writes a row.
func (b *body[T]) line(i int, height float32, st style) *line {
	l := &line{style: st}
	for k := range b.g.o.Columns {
		if k >= len(b.g.places) || !b.g.places[k].shown {
			continue
		}
		c, p := &b.g.o.Columns[k], b.g.places[k]
		b.cell.reset()
		c.Cell(&b.cell, &b.g.rows[i])
		l.objects = b.cell.write(l.objects, c.Align, margin+p.x, float32(i)*height, p.w-gap, height, st)
	}
	return l
}

// mark puts the ground of a row in place.
func (b *body[T]) mark(r *canvas.Rectangle, i int, c color.Color) {
	r.Hidden = i < 0 || i >= len(b.g.rows)
	h := b.g.rowHeight()
	r.FillColor = c
	r.Move(fyne.NewPos(0, float32(i)*h))
	r.Resize(fyne.NewSize(b.Size().Width, h))
}

// outline shows where the keyboard is: at the row, or at all of it.
func (b *body[T]) outline() {
	b.frame.Hidden = !b.focused
	b.frame.StrokeColor, b.frame.StrokeWidth = look.Current().Accent, 1
	h := b.g.rowHeight()
	if b.g.current >= 0 {
		b.frame.Move(fyne.NewPos(0, float32(b.g.current)*h))
		b.frame.Resize(fyne.NewSize(b.Size().Width, h))
		return
	}
	at, size := fyne.NewPos(0, 0), b.Size()
	if b.g.scroll != nil {
		at, size = b.g.scroll.Offset, b.g.scroll.Size()
	}
	b.frame.Move(at)
	b.frame.Resize(size)
}

func (b *body[T]) rowAt(at fyne.Position) (int, bool) {
	i := int(at.Y / b.g.rowHeight())
	return i, at.Y >= 0 && i < len(b.g.rows)
}

func (b *body[T]) MouseIn(e *desktop.MouseEvent) { b.MouseMoved(e) }

func (b *body[T]) MouseMoved(e *desktop.MouseEvent) {
	i, ok := b.rowAt(e.Position)
	if !ok {
		i = -1
	}
	b.hoverAt(i)
	b.pointAt(i, e.Position.X)
}

func (b *body[T]) MouseOut() {
	b.hideTip()
	b.hoverAt(-1)
}

func (b *body[T]) hoverAt(i int) {
	if i != b.hover {
		b.hover = i
		b.repaint()
	}
}

// MouseDown implements desktop.Mouseable: a row is selected at once, not when the button comes up.
func (b *body[T]) MouseDown(e *desktop.MouseEvent) {
	b.hideTip()
	b.g.focus()
	if i, ok := b.rowAt(e.Position); ok {
		b.g.choose(i)
	}
}

func (b *body[T]) MouseUp(*desktop.MouseEvent) {}

func (b *body[T]) Tapped(e *fyne.PointEvent) {
	if i, ok := b.rowAt(e.Position); ok && b.g.o.OnTap != nil {
		b.g.o.OnTap(&b.g.rows[i])
	}
}

func (b *body[T]) DoubleTapped(e *fyne.PointEvent) {
	if i, ok := b.rowAt(e.Position); ok && b.g.o.OnOpen != nil {
		b.g.choose(i)
		b.g.o.OnOpen(&b.g.rows[i])
	}
}

func (b *body[T]) TappedSecondary(e *fyne.PointEvent) {
	if i, ok := b.rowAt(e.Position); ok && b.g.o.OnMenu != nil {
		b.g.choose(i)
		b.g.o.OnMenu(&b.g.rows[i], e.AbsolutePosition)
	}
}

// MinSize is the size of all rows.
func (b *body[T]) MinSize() fyne.Size {
	b.ExtendBaseWidget(b)
	w := float32(0)
	if b.g.scroll != nil {
		w = margin + b.g.width
		if w <= b.g.Size().Width {
			w = 0
		}
	}
	return fyne.NewSize(w, float32(len(b.g.rows))*b.g.rowHeight())
}

func (b *body[T]) CreateRenderer() fyne.WidgetRenderer { return &rows[T]{b} }

type rows[T any] struct{ b *body[T] }

func (r *rows[T]) Destroy()                     {}
func (r *rows[T]) Layout(fyne.Size)             { r.b.layout() }
func (r *rows[T]) MinSize() fyne.Size           { return r.b.MinSize() }
func (r *rows[T]) Objects() []fyne.CanvasObject { return r.b.objects }

// Refresh comes with a different theme, too.
func (r *rows[T]) Refresh() {
	r.b.stale()
	r.b.layout()
}
