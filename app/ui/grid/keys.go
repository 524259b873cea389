package grid

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"linklog/app/ui"
)

var (
	_ fyne.Focusable    = (*body[int])(nil)
	_ fyne.Shortcutable = (*body[int])(nil)
)

func (b *body[T]) FocusGained() {
	b.focused = true
	b.repaint()
	ui.Reveal(b.g)
}

func (b *body[T]) FocusLost() {
	b.focused = false
	b.repaint()
}

// TypedRune implements fyne.Focusable; characters mean nothing here.
func (b *body[T]) TypedRune(rune) {}

// TypedKey implements fyne.Focusable: arrows, Page Up and Down, Home and End move through the
// rows, Enter opens, the menu key opens the menu, Escape selects nothing, or closes the dialog that
// the rows are in.
func (b *body[T]) TypedKey(e *fyne.KeyEvent) {
	g := b.g
	switch e.Name {
	case fyne.KeyUp:
		b.step(-1)
	case fyne.KeyDown:
		b.step(1)
	case fyne.KeyPageUp:
		b.step(-b.page())
	case fyne.KeyPageDown:
		b.step(b.page())
	case fyne.KeyHome:
		b.step(-len(g.rows))
	case fyne.KeyEnd:
		b.step(len(g.rows))
	case fyne.KeyLeft:
		b.sideways(-40)
	case fyne.KeyRight:
		b.sideways(40)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if row := g.Selected(); row != nil && g.o.OnOpen != nil {
			g.o.OnOpen(row)
		}
	case desktop.KeyMenu:
		b.menu()
	case fyne.KeyEscape:
		if g.current < 0 || inDialog(b) {
			ui.PassKey(b, e)
			return
		}
		g.ClearSelection()
	default:
		ui.PassKey(b, e)
	}
}

// inDialog reports whether something that has the keyboard is in a dialog.
func inDialog(o fyne.CanvasObject) bool {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	return c != nil && c.Overlays().Top() != nil
}

// page is how many rows are in sight.
func (b *body[T]) page() int {
	if b.g.scroll == nil {
		return 5
	}
	return max(int(b.g.scroll.Size().Height/b.g.rowHeight())-1, 1)
}

// step moves the selection.
func (b *body[T]) step(by int) {
	n := len(b.g.rows)
	if n == 0 {
		return
	}
	i := b.g.current + by
	if b.g.current < 0 {
		i = 0
		if b.g.scroll != nil {
			i = int(b.g.scroll.Offset.Y/b.g.rowHeight() + 0.99)
		}
		if by <= -n || by >= n {
			i = by
		}
	}
	b.g.choose(min(max(i, 0), n-1))
}

func (b *body[T]) sideways(by float32) {
	if s := b.g.scroll; s != nil {
		s.ScrollToOffset(s.Offset.AddXY(by, 0))
		b.g.scrolled()
	}
}

// menu opens the menu below the selected row.
func (b *body[T]) menu() {
	row := b.g.Selected()
	if row == nil || b.g.o.OnMenu == nil {
		return
	}
	b.g.Reveal()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(b)
	b.g.o.OnMenu(row, at.AddXY(margin, float32(b.g.current+1)*b.g.rowHeight()))
}

// TypedShortcut implements fyne.Shortcutable: copy, and those of the window.
func (b *body[T]) TypedShortcut(s fyne.Shortcut) {
	if _, ok := s.(*fyne.ShortcutCopy); ok && b.g.o.OnCopy != nil {
		if row := b.g.Selected(); row != nil {
			b.g.o.OnCopy(row)
		}
	}
	ui.PassShortcut(b, s)
}
