package chart

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"linklog/app/ui"
)

var (
	_ desktop.Hoverable  = (*OverTime)(nil)
	_ desktop.Mouseable  = (*OverTime)(nil)
	_ desktop.Cursorable = (*OverTime)(nil)
	_ desktop.Keyable    = (*OverTime)(nil)
	_ fyne.Tappable      = (*OverTime)(nil)
	_ fyne.Draggable     = (*OverTime)(nil)
	_ fyne.Focusable     = (*OverTime)(nil)
	_ fyne.Shortcutable  = (*OverTime)(nil)
)

// at is the bar at a place; -1: there is none.
func (c *OverTime) at(x float32) int {
	width := c.Size().Width - axisLeft - chartRight
	if len(c.bars) == 0 || x < axisLeft || x >= axisLeft+width {
		return -1
	}
	return c.nearest(x)
}

// nearest is the bar nearest to a place.
func (c *OverTime) nearest(x float32) int {
	width := c.Size().Width - axisLeft - chartRight
	return min(max(int((x-axisLeft)/max(width, 1)*float32(len(c.bars))), 0), len(c.bars)-1)
}

func (c *OverTime) changed() {
	c.Refresh()
	c.tell()
}

func (c *OverTime) open(i int) {
	if i >= 0 && i < len(c.bars) {
		c.onOpen(c.bars[i])
	}
}

// choose takes what is selected.
func (c *OverTime) choose() {
	if from, to, ok := c.pick.Take(c.bars); ok {
		c.onChoose(from, to)
	}
	c.changed()
}

func (c *OverTime) Tapped(e *fyne.PointEvent) { c.open(c.at(e.Position.X)) }

func (c *OverTime) MouseDown(e *desktop.MouseEvent) { c.pressed = e.Position.X }

func (c *OverTime) MouseUp(*desktop.MouseEvent) {}

func (c *OverTime) Dragged(e *fyne.DragEvent) {
	if !c.dragged {
		c.dragged = true
		c.pick.Begin(c.bars, c.nearest(c.pressed))
	}
	c.pick.Drag(c.bars, c.nearest(e.Position.X))
	c.changed()
}

func (c *OverTime) DragEnd() {
	if c.dragged {
		c.dragged = false
		c.choose()
	}
}

func (c *OverTime) Cursor() desktop.Cursor {
	if c.pick.Hovers() {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

func (c *OverTime) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

func (c *OverTime) MouseMoved(e *desktop.MouseEvent) {
	if c.pick.Hover(c.bars, c.at(e.Position.X)) {
		c.changed()
	}
}

func (c *OverTime) MouseOut() {
	if c.pick.Hover(nil, -1) {
		c.changed()
	}
}

func (c *OverTime) FocusGained() { c.focus(true) }

func (c *OverTime) FocusLost() {
	c.shift = false
	c.focus(false)
}

func (c *OverTime) focus(on bool) {
	c.focused = on
	c.changed()
}

func (c *OverTime) KeyDown(e *fyne.KeyEvent) {
	if e.Name == desktop.KeyShiftLeft || e.Name == desktop.KeyShiftRight {
		c.shift = true
	}
}

// KeyUp takes what was selected with Shift when that is let go.
func (c *OverTime) KeyUp(e *fyne.KeyEvent) {
	if c.shift && (e.Name == desktop.KeyShiftLeft || e.Name == desktop.KeyShiftRight) {
		c.shift = false
		c.choose()
	}
}

// TypedRune implements fyne.Focusable; characters mean nothing here.
func (c *OverTime) TypedRune(rune) {}

func (c *OverTime) TypedKey(e *fyne.KeyEvent) {
	i, last := c.pick.Cursor(c.bars), len(c.bars)-1
	switch e.Name {
	case fyne.KeyLeft:
		if i < 0 {
			i = last + 1
		}
		c.pick.MoveTo(c.bars, i-1, c.shift)
	case fyne.KeyRight:
		c.pick.MoveTo(c.bars, i+1, c.shift)
	case fyne.KeyHome:
		c.pick.MoveTo(c.bars, 0, c.shift)
	case fyne.KeyEnd:
		c.pick.MoveTo(c.bars, last, c.shift)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		c.open(i)
	case fyne.KeyEscape:
		c.pick.Clear()
	default:
		ui.PassKey(c, e)
		return
	}
	c.changed()
}

// TypedShortcut implements fyne.Shortcutable: those of the window work here, too.
func (c *OverTime) TypedShortcut(s fyne.Shortcut) { ui.PassShortcut(c, s) }
