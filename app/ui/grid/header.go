package grid

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
)

// header is the names of the columns. A tap on one sorts by it; with the keyboard
// arrows choose one, Enter or space sorts.
type header[T any] struct {
	widget.BaseWidget
	g       *Grid[T]
	hover   int // column under the pointer; -1: none
	cursor  int // column of the keyboard
	focused bool
	left    float32 // how far it is scrolled

	labels *fyne.Container
	clip   *container.Clip
	line   *canvas.Rectangle
}

var (
	_ desktop.Hoverable  = (*header[int])(nil)
	_ desktop.Cursorable = (*header[int])(nil)
	_ fyne.Tappable      = (*header[int])(nil)
	_ fyne.Focusable     = (*header[int])(nil)
	_ fyne.Disableable   = (*header[int])(nil)
)

func newHeader[T any](g *Grid[T]) *header[T] {
	h := &header[T]{g: g, hover: -1, labels: container.NewWithoutLayout(), line: canvas.NewRectangle(nil)}
	h.clip = container.NewClip(h.labels)
	h.ExtendBaseWidget(h)
	return h
}

// arrowWidth is the room that the arrow beside a label takes.
const arrowWidth = 11

// labelled gives columns of one width at least that of their label, which is longer in some
// languages than in others.
func labelled[T any](columns []Column[T]) []Column[T] {
	columns = slices.Clone(columns)
	for i := range columns {
		c := &columns[i]
		need := Sans.measure(c.Label).Width + gap
		if c.sorts() {
			need += arrowWidth
		}
		if c.Flex == 0 {
			c.Width = max(c.Width, need)
		}
	}
	return columns
}

// write makes the labels again.
func (h *header[T]) write() {
	h.labels.Objects = h.labels.Objects[:0]
	p := look.Current()
	h.line.FillColor = p.Line
	for k, at := range h.g.places {
		if !at.shown {
			continue
		}
		c := &h.g.o.Columns[k]
		x, w := margin+at.x-h.left, at.w-gap
		ink := color.Color(p.Muted)
		if c.sorts() && (h.hover == k || h.g.sort == c.ID) {
			ink = p.Text
		}
		arrow := float32(0)
		if h.g.sort == c.ID {
			arrow = arrowWidth
		}
		label := shorten(c.Label, Sans, w-arrow)
		width := Sans.measure(label).Width
		from := x
		if c.Align == fyne.TextAlignTrailing {
			from = x + w - width
		}
		t := canvas.NewText(label, ink)
		t.TextSize = look.CaptionSize
		size := t.MinSize()
		if c.Align == fyne.TextAlignTrailing {
			from = x + w - size.Width
		}
		t.Move(fyne.NewPos(from, (headerHeight-size.Height)/2))
		t.Resize(size)
		h.labels.Add(t)
		if arrow > 0 {
			x := from + size.Width + 4
			if c.Align == fyne.TextAlignTrailing {
				x = from - arrow
			}
			h.arrow(x, h.g.down, p.Accent)
		}
		if h.focused && h.cursor == k {
			r := canvas.NewRectangle(color.Transparent)
			r.StrokeColor, r.StrokeWidth, r.CornerRadius = p.Accent, 1, 4
			r.Move(fyne.NewPos(x-5, 3))
			r.Resize(fyne.NewSize(w+10, headerHeight-7))
			h.labels.Add(r)
		}
	}
}

// arrow draws which way is sorted.
func (h *header[T]) arrow(x float32, down bool, ink color.Color) {
	const width, height = 7, 4
	y := float32(headerHeight-height) / 2
	tip, ends := y, y+height
	if down {
		tip, ends = ends, tip
	}
	for _, end := range []float32{x, x + width} {
		l := canvas.NewLine(ink)
		l.StrokeWidth = 1.5
		l.Position1, l.Position2 = fyne.NewPos(x+width/2.0, tip), fyne.NewPos(end, ends)
		h.labels.Add(l)
	}
}

func (h *header[T]) scrollTo(x float32) {
	if x != h.left {
		h.left = x
		h.Refresh()
	}
}

// columnAt is the column at a place, if it can be sorted by.
func (h *header[T]) columnAt(x float32) int {
	x += h.left - margin
	for k, at := range h.g.places {
		if at.shown && x >= at.x-gap/2 && x < at.x+at.w-gap/2 && h.g.o.Columns[k].sorts() {
			return k
		}
	}
	return -1
}

// sort sorts by a column, the other way round if it is sorted by already.
func (h *header[T]) sort(k int) {
	c := &h.g.o.Columns[k]
	down := c.Down
	if h.g.sort == c.ID {
		down = !h.g.down
	}
	h.g.SortBy(c.ID, down)
}

func (h *header[T]) Tapped(e *fyne.PointEvent) {
	if k := h.columnAt(e.Position.X); k >= 0 {
		h.cursor = k
		h.sort(k)
		h.g.focus() // the keyboard goes to what was sorted
	}
}

func (h *header[T]) Cursor() desktop.Cursor {
	if h.hover >= 0 {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

func (h *header[T]) MouseIn(e *desktop.MouseEvent) { h.MouseMoved(e) }

func (h *header[T]) MouseMoved(e *desktop.MouseEvent) { h.hoverAt(h.columnAt(e.Position.X)) }

func (h *header[T]) MouseOut() { h.hoverAt(-1) }

func (h *header[T]) hoverAt(k int) {
	if k != h.hover {
		h.hover = k
		h.Refresh()
	}
}

// Disabled implements fyne.Disableable: where there is nothing to sort by, the keyboard passes.
func (h *header[T]) Disabled() bool {
	return !slices.ContainsFunc(h.g.o.Columns, func(c Column[T]) bool { return c.sorts() })
}

// Enable and Disable have no effect: it is the columns that say so.
func (h *header[T]) Enable()  {}
func (h *header[T]) Disable() {}

func (h *header[T]) FocusGained() {
	h.focused = true
	h.move(0)
	ui.Reveal(h.g)
}

func (h *header[T]) FocusLost() {
	h.focused = false
	h.Refresh()
}

// TypedRune implements fyne.Focusable; characters mean nothing here.
func (h *header[T]) TypedRune(rune) {}

func (h *header[T]) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		h.move(-1)
	case fyne.KeyRight:
		h.move(1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if h.usable(h.cursor) {
			h.sort(h.cursor)
		}
	case fyne.KeyDown:
		h.g.focus()
	default:
		ui.PassKey(h, e)
	}
}

func (h *header[T]) usable(k int) bool {
	return k >= 0 && k < len(h.g.places) && h.g.places[k].shown && h.g.o.Columns[k].sorts()
}

// move goes to the next column that can be sorted by; 0: that of now, or the first.
func (h *header[T]) move(by int) {
	if by == 0 && !h.usable(h.cursor) {
		h.cursor, by = -1, 1
	}
	for k := h.cursor + by; by != 0 && k >= 0 && k < len(h.g.places); k += by {
		if h.usable(k) {
			h.cursor = k
			break
		}
	}
	h.Refresh()
}

func (h *header[T]) CreateRenderer() fyne.WidgetRenderer {
	h.write()
	return &head[T]{h}
}

type head[T any] struct{ h *header[T] }

func (r *head[T]) Destroy()           {}
func (r *head[T]) MinSize() fyne.Size { return fyne.NewSize(0, headerHeight) }
func (r *head[T]) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.h.clip, r.h.line}
}

func (r *head[T]) Layout(size fyne.Size) {
	r.h.clip.Resize(size)
	r.h.line.Move(fyne.NewPos(0, size.Height-1))
	r.h.line.Resize(fyne.NewSize(size.Width, 1))
}

func (r *head[T]) Refresh() {
	r.h.write()
	r.h.clip.Refresh()
	r.h.line.Refresh()
}
