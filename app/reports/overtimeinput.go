package reports

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

var (
	_ desktop.Hoverable  = (*overTime)(nil)
	_ desktop.Cursorable = (*overTime)(nil)
	_ fyne.Tappable      = (*overTime)(nil)
	_ fyne.Focusable     = (*overTime)(nil)
)

func (c *overTime) at(x float32) int {
	width := c.Size().Width - axisLeft - chartRight
	if len(c.bars) == 0 || x < axisLeft || x >= axisLeft+width {
		return -1
	}
	return min(int((x-axisLeft)/width*float32(len(c.bars))), len(c.bars)-1)
}

func (c *overTime) open(i int) {
	if i >= 0 && i < len(c.bars) && c.onOpen != nil {
		c.onOpen(c.bars[i])
	}
}

func (c *overTime) Tapped(e *fyne.PointEvent) { c.open(c.at(e.Position.X)) }

func (c *overTime) Cursor() desktop.Cursor {
	if c.hover >= 0 {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

func (c *overTime) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

func (c *overTime) MouseMoved(e *desktop.MouseEvent) { c.hoverAt(c.at(e.Position.X)) }

func (c *overTime) MouseOut() { c.hoverAt(-1) }

func (c *overTime) hoverAt(i int) {
	if i != c.hover {
		c.hover = i
		c.Refresh()
		c.tell()
	}
}

func (c *overTime) FocusGained() { c.focus(true) }

func (c *overTime) FocusLost() { c.focus(false) }

func (c *overTime) focus(on bool) {
	c.focused = on
	c.Refresh()
	c.tell()
}

// TypedRune implements fyne.Focusable; characters mean nothing here.
func (c *overTime) TypedRune(rune) {}

func (c *overTime) TypedKey(e *fyne.KeyEvent) {
	last := len(c.bars) - 1
	switch e.Name {
	case fyne.KeyLeft:
		if c.cursor < 0 {
			c.cursor = last + 1
		}
		c.cursor = min(max(c.cursor-1, 0), last)
	case fyne.KeyRight:
		c.cursor = min(c.cursor+1, last)
	case fyne.KeyHome:
		c.cursor = min(0, last)
	case fyne.KeyEnd:
		c.cursor = last
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		c.open(c.cursor)
	case fyne.KeyEscape:
		c.cursor = -1
	default:
		return
	}
	c.Refresh()
	c.tell()
}
