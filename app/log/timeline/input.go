package timeline

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"linklog/app/ui"
)

var (
	_ desktop.Hoverable   = (*Line)(nil)
	_ desktop.Mouseable   = (*Line)(nil)
	_ desktop.Cursorable  = (*Line)(nil)
	_ desktop.Keyable     = (*Line)(nil)
	_ fyne.Draggable      = (*Line)(nil)
	_ fyne.Tappable       = (*Line)(nil)
	_ fyne.DoubleTappable = (*Line)(nil)
	_ fyne.Scrollable     = (*Line)(nil)
	_ fyne.Focusable      = (*Line)(nil)
	_ fyne.Shortcutable   = (*Line)(nil)
)

// choose takes what is selected as the range.
func (l *Line) choose() {
	if since, until, ok := l.pick.Take(l.piece.bars); ok && l.o.OnRange != nil {
		l.o.OnRange(since, until)
	}
	l.redraw()
}

// clear gives up the range.
func (l *Line) clear() {
	l.pick.Clear()
	if !l.piece.since.IsZero() || !l.piece.until.IsZero() {
		if l.o.OnRange != nil {
			l.o.OnRange(time.Time{}, time.Time{})
		}
	}
	l.redraw()
}

// MouseDown implements desktop.Mouseable.
func (l *Line) MouseDown(e *desktop.MouseEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil && !l.focused && !l.overLink(e.Position) {
		c.Focus(l)
	}
	l.pressed, l.dragged = e.Position.X, false
}

// MouseUp implements desktop.Mouseable.
func (l *Line) MouseUp(*desktop.MouseEvent) {}

// Dragged implements fyne.Draggable: a range is selected.
func (l *Line) Dragged(e *fyne.DragEvent) {
	if !l.dragged {
		l.dragged = true
		l.pick.Begin(l.piece.bars, l.barAt(l.pressed))
	}
	l.pick.Drag(l.piece.bars, l.barAt(e.Position.X))
	l.redraw()
}

// DragEnd implements fyne.Draggable.
func (l *Line) DragEnd() {
	if l.dragged {
		l.dragged = false
		l.choose()
	}
}

// Tapped implements fyne.Tappable.
func (l *Line) Tapped(e *fyne.PointEvent) {
	if l.overLink(e.Position) {
		l.o.OnGoTo()
		return
	}
	if i := l.within(e.Position); i >= 0 {
		l.pick.MoveTo(l.piece.bars, i, false)
		l.redraw()
	}
}

// DoubleTapped implements fyne.DoubleTappable: there is no range any more.
func (l *Line) DoubleTapped(*fyne.PointEvent) { l.clear() }

func (l *Line) overLink(p fyne.Position) bool {
	return l.o.OnGoTo != nil && p.X >= l.link.X && p.Y >= l.link.Y-2
}

// MouseIn implements desktop.Hoverable.
func (l *Line) MouseIn(e *desktop.MouseEvent) { l.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (l *Line) MouseMoved(e *desktop.MouseEvent) {
	l.overGoTo = l.overLink(e.Position)
	if l.pick.Hover(l.piece.bars, l.within(e.Position)) {
		l.redraw()
	}
}

// MouseOut implements desktop.Hoverable.
func (l *Line) MouseOut() {
	if l.pick.Hover(nil, -1) {
		l.redraw()
	}
}

// Cursor implements desktop.Cursorable.
func (l *Line) Cursor() desktop.Cursor {
	switch {
	case l.overGoTo:
		return desktop.PointerCursor
	case l.pick.Hovers():
		return desktop.CrosshairCursor
	}
	return desktop.DefaultCursor
}

// zoomBy is how much a turn of the wheel, or a key, zooms.
const zoomBy = 1.5

// Scrolled implements fyne.Scrollable: the wheel zooms where the pointer is, with Shift or sideways it moves.
func (l *Line) Scrolled(e *fyne.ScrollEvent) {
	by := e.Scrolled.DX
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 && by == 0 {
		by = e.Scrolled.DY
	}
	switch {
	case by != 0:
		l.pan(-float64(min(max(by/100, -1), 1)))
	case e.Scrolled.DY > 0:
		l.zoom(l.moment(e.Position.X), 1/zoomBy)
	case e.Scrolled.DY < 0:
		l.zoom(l.moment(e.Position.X), zoomBy)
	}
}

func (l *Line) zoom(at time.Time, factor float64) {
	l.piece.zoom(at, factor)
	l.moved()
}

func (l *Line) pan(by float64) {
	l.piece.pan(by)
	l.moved()
}

// FocusGained implements fyne.Focusable.
func (l *Line) FocusGained() { l.focus(true) }

// FocusLost implements fyne.Focusable.
func (l *Line) FocusLost() {
	l.shift = false
	l.focus(false)
}

func (l *Line) focus(on bool) {
	l.focused = on
	l.redraw()
}

// KeyDown implements desktop.Keyable.
func (l *Line) KeyDown(e *fyne.KeyEvent) {
	if e.Name == desktop.KeyShiftLeft || e.Name == desktop.KeyShiftRight {
		l.shift = true
	}
}

// KeyUp implements desktop.Keyable: what was selected with Shift is chosen when that is let go.
func (l *Line) KeyUp(e *fyne.KeyEvent) {
	if l.shift && (e.Name == desktop.KeyShiftLeft || e.Name == desktop.KeyShiftRight) {
		l.shift = false
		l.choose()
	}
}

// TypedRune implements fyne.Focusable.
func (l *Line) TypedRune(r rune) {
	switch r {
	case '+', '=':
		l.zoom(l.middle(), 1/zoomBy)
	case '-':
		l.zoom(l.middle(), zoomBy)
	case '0':
		l.piece.showAll()
		l.moved()
	}
}

// TypedKey implements fyne.Focusable.
func (l *Line) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		l.step(-1)
	case fyne.KeyRight:
		l.step(1)
	case fyne.KeyUp:
		l.zoom(l.middle(), 1/zoomBy)
	case fyne.KeyDown:
		l.zoom(l.middle(), zoomBy)
	case fyne.KeyPageUp:
		l.pan(-0.8)
	case fyne.KeyPageDown:
		l.pan(0.8)
	case fyne.KeyHome:
		l.piece.show(l.piece.oldest, l.piece.oldest.Add(l.piece.to.Sub(l.piece.from)))
		l.moved()
	case fyne.KeyEnd:
		l.piece.show(l.piece.newest.Add(l.piece.from.Sub(l.piece.to)), l.piece.newest)
		l.moved()
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if i := l.pick.Cursor(l.piece.bars); i >= 0 {
			if _, _, ok := l.pick.Selecting(l.piece.bars); !ok {
				l.pick.Begin(l.piece.bars, i)
			}
			l.choose()
		}
	case fyne.KeyEscape:
		if _, _, ok := l.pick.Selecting(l.piece.bars); ok {
			l.pick.Clear()
			l.redraw()
			return
		}
		l.clear()
	default:
		ui.PassKey(l, e)
	}
}

// step moves the keyboard's bar; beyond what is shown that moves, too.
func (l *Line) step(by int) {
	bars := l.piece.bars
	i := l.pick.Cursor(bars) + by
	if l.pick.Cursor(bars) < 0 {
		i = l.barAt(l.Size().Width) // begin with the newest
	}
	l.pick.MoveTo(bars, i, l.shift)
	switch {
	case len(bars) == 0:
	case i < 0 || i < len(bars) && bars[i].From.Before(l.piece.from):
		l.pan(-0.25)
	case !l.piece.live() && (i >= len(bars) || bars[i].To.After(l.piece.to)):
		l.pan(0.25)
	}
	l.redraw()
}

// middle is around what the keys zoom: the keyboard's bar, or the middle of what is shown.
func (l *Line) middle() time.Time {
	if i := l.pick.Cursor(l.piece.bars); i >= 0 {
		if b := &l.piece.bars[i]; !b.From.Before(l.piece.from) && b.From.Before(l.piece.to) {
			return b.From
		}
	}
	return l.piece.at(0.5)
}

// TypedShortcut implements fyne.Shortcutable: those of the window work here, too.
func (l *Line) TypedShortcut(s fyne.Shortcut) { ui.PassShortcut(l, s) }
