package view

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// mouse is what the pointer is over and what it does.
type mouse struct {
	y      float64 // of the pointer in the rows' area; negative: not on rows
	bar    bool
	header bool
	column int // whose right border is under the pointer or dragged; -1: none

	drag    drag
	from    fyne.Position // where the button went down
	grabbed float32       // width of the column, or place in the handle
	moving  int           // the column that is dragged, and one more; 0: none
	target  int           // in front of which column it would go
	pressed int           // the column whose name the button went down on; -1: none
}

type drag uint8

const (
	dragNothing drag = iota
	dragRows
	dragBar
	dragWidth
	dragColumn
)

var (
	_ desktop.Hoverable      = (*View)(nil)
	_ desktop.Mouseable      = (*View)(nil)
	_ desktop.Cursorable     = (*View)(nil)
	_ fyne.Draggable         = (*View)(nil)
	_ fyne.Scrollable        = (*View)(nil)
	_ fyne.DoubleTappable    = (*View)(nil)
	_ fyne.SecondaryTappable = (*View)(nil)
)

// rowAt is the row at a place of the widget.
func (v *View) rowAt(at fyne.Position) (int, bool) {
	if at.X < 0 || at.X >= v.Size().Width {
		return 0, false
	}
	return v.pos.rowAt(float64(at.Y - headerHeight))
}

// inPixels is a place of the widget in the image.
func (v *View) inPixels(at fyne.Position) image.Point {
	return image.Pt(v.pen.px(at.X), v.pen.px(at.Y))
}

// drawn reports whether there is an image, by which places are known.
func (v *View) drawn() bool { return v.canvas.img != nil && v.pen.scale > 0 }

// Cursor implements desktop.Cursorable.
func (v *View) Cursor() desktop.Cursor {
	if v.mouse.column >= 0 {
		return desktop.HResizeCursor
	}
	return desktop.DefaultCursor
}

// MouseIn implements desktop.Hoverable.
func (v *View) MouseIn(e *desktop.MouseEvent) { v.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (v *View) MouseMoved(e *desktop.MouseEvent) {
	if !v.drawn() || v.mouse.drag != dragNothing {
		return
	}
	m := v.mouse
	before := v.hovered()
	m.y, m.column = -1, -1
	m.header = e.Position.Y < headerHeight
	track, _, ok := v.thumb()
	m.bar = ok && v.inPixels(e.Position).In(track)
	switch {
	case m.header:
		m.column = v.borderAt(e.Position.X)
	case m.bar, v.inPixels(e.Position).In(v.pillBox()):
	default:
		m.y = float64(e.Position.Y - headerHeight)
	}
	seen := m.bar != v.mouse.bar || m.header != v.mouse.header || m.column != v.mouse.column
	v.mouse = m
	if seen || v.hovered() != before {
		v.redraw()
	}
	v.pointAt(e.Position)
}

// hovered is the row under the pointer; -1: none. Rows may move beneath it.
func (v *View) hovered() int {
	if v.mouse.drag != dragNothing {
		return -1
	}
	if i, ok := v.pos.rowAt(v.mouse.y); ok {
		return i
	}
	return -1
}

// MouseOut implements desktop.Hoverable.
func (v *View) MouseOut() {
	if v.mouse.drag != dragNothing {
		return
	}
	v.leave()
}

func (v *View) leave() {
	v.hideTip()
	v.mouse.y, v.mouse.column, v.mouse.bar, v.mouse.header = -1, -1, false, false
	v.redraw()
}

// MouseDown implements desktop.Mouseable.
func (v *View) MouseDown(e *desktop.MouseEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		c.Focus(v)
	}
	if !v.drawn() {
		return
	}
	v.hideTip()
	v.endDrag()
	v.mouse.from, v.mouse.pressed = e.Position, -1
	if e.Position.Y < headerHeight {
		if e.Button == desktop.MouseButtonPrimary {
			v.pressHeader(e.Position.X)
		}
		return
	}
	if e.Button == desktop.MouseButtonPrimary {
		at := v.inPixels(e.Position)
		if at.In(v.pillBox()) {
			v.Follow()
			return
		}
		if track, handle, ok := v.thumb(); ok && at.In(track) {
			v.pressBar(at, track, handle)
			return
		}
	}
	i, ok := v.rowAt(e.Position)
	if !ok {
		return
	}
	v.pos.leaveOldest()
	id := v.pos.src.ID(i)
	switch {
	case e.Button == desktop.MouseButtonSecondary:
		if v.sel.has(id) {
			v.sel.cursor, v.sel.any = id, true
		} else {
			v.sel.only(id)
		}
	case e.Button != desktop.MouseButtonPrimary:
		return
	case e.Modifier&fyne.KeyModifierShift != 0:
		v.sel.extend(id)
		v.mouse.drag = dragRows
	case e.Modifier&fyne.KeyModifierShortcutDefault != 0:
		v.sel.toggle(id)
	default:
		v.sel.only(id)
		v.mouse.drag = dragRows
	}
	v.redraw()
	v.selected()
	if v.mouse.drag == dragRows && e.Modifier == 0 && v.onRepeats(e.Position.X) && v.toggle(i, !v.group(i).Open) {
		v.mouse.drag = dragNothing
	}
}

// MouseUp implements desktop.Mouseable. It may come before DragEnd or without one.
func (v *View) MouseUp(*desktop.MouseEvent) {
	clicked := v.mouse.drag == dragColumn && v.mouse.moving == 0
	v.endDrag()
	if clicked {
		v.sortBy(v.cols.columns[v.mouse.pressed].ID)
	}
}

// DragEnd implements fyne.Draggable.
func (v *View) DragEnd() {
	v.endDrag()
	v.leave()
}

func (v *View) endDrag() {
	was := v.mouse.drag
	v.mouse.drag = dragNothing
	if was == dragWidth || was == dragColumn {
		v.dropHeader(was)
	}
}

// pressBar begins to drag the handle, or goes a page towards the pointer.
func (v *View) pressBar(at image.Point, track, handle image.Rectangle) {
	switch {
	case at.Y < handle.Min.Y:
		v.pos.scrollTo(v.pos.at() - float64(v.pos.page())*v.pos.row)
	case at.Y >= handle.Max.Y:
		v.pos.scrollTo(v.pos.at() + float64(v.pos.page())*v.pos.row)
	default:
		v.mouse.drag = dragBar
		v.mouse.grabbed = float32(at.Y - handle.Min.Y)
	}
	v.moved()
}

// Dragged implements fyne.Draggable.
func (v *View) Dragged(e *fyne.DragEvent) {
	if !v.drawn() {
		return
	}
	switch v.mouse.drag {
	case dragBar:
		track, handle, ok := v.thumb()
		free := track.Dy() - handle.Dy()
		if !ok || free <= 0 {
			return
		}
		y := float64(v.inPixels(e.Position).Y) - float64(v.mouse.grabbed) - float64(track.Min.Y)
		v.pos.scrollTo(v.pos.max() * min(max(y/float64(free), 0), 1))
		v.moved()
	case dragRows:
		v.dragRows(e.Position)
	case dragWidth, dragColumn:
		v.dragHeader(e.Position.X)
	}
}

// dragRows selects up to the pointer, and scrolls where that is outside.
func (v *View) dragRows(at fyne.Position) {
	y := float64(at.Y - headerHeight)
	switch {
	case y < 0:
		v.pos.scrollTo(v.pos.at() - v.pos.row)
		y = 0
	case y >= v.pos.height:
		v.pos.scrollTo(v.pos.at() + v.pos.row)
		y = v.pos.height - 1
	}
	i, ok := v.pos.rowAt(y)
	if !ok {
		i = v.pos.src.Len() - 1
	}
	if i < 0 {
		return
	}
	if id := v.pos.src.ID(i); id != v.sel.cursor {
		v.sel.extend(id)
		v.selected()
	}
	v.moved()
}

// Scrolled implements fyne.Scrollable.
func (v *View) Scrolled(e *fyne.ScrollEvent) {
	v.hideTip()
	dx, dy := e.Scrolled.DX, e.Scrolled.DY
	if v.shift && dx == 0 {
		dx, dy = dy, 0
	}
	if dx != 0 {
		v.left -= dx
		v.arrange(v.Size().Width)
	}
	if dy > 0 || dy < 0 && !v.pos.follow {
		v.pos.scrollTo(v.pos.at() - float64(dy))
	}
	v.moved()
}

// DoubleTapped implements fyne.DoubleTappable.
func (v *View) DoubleTapped(e *fyne.PointEvent) {
	if !v.drawn() {
		return
	}
	if e.Position.Y < headerHeight {
		if k := v.borderAt(e.Position.X); k >= 0 {
			v.fitColumn(k)
		}
		return
	}
	at := v.inPixels(e.Position)
	if track, _, ok := v.thumb(); ok && at.In(track) || at.In(v.pillBox()) {
		return
	}
	if v.onRepeats(e.Position.X) {
		return // which was clicked twice
	}
	if i, ok := v.rowAt(e.Position); ok && !v.toggle(i, true) && v.o.OnOpen != nil {
		v.o.OnOpen(i)
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (v *View) TappedSecondary(e *fyne.PointEvent) {
	if e.Position.Y < headerHeight {
		v.showColumns(e.AbsolutePosition)
		return
	}
	if i, ok := v.rowAt(e.Position); ok && v.o.OnMenu != nil {
		v.o.OnMenu(i, v.cellText(i, v.columnAt(e.Position.X)), e.AbsolutePosition)
	}
}
