package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"linklog/app/ui"
)

// Keys of the log; those of the whole window, and the list of all of them, are in app/keys.go.
var (
	_ fyne.Focusable    = (*View)(nil)
	_ fyne.Shortcutable = (*View)(nil)
	_ desktop.Keyable   = (*View)(nil)
)

// FocusGained implements fyne.Focusable.
func (v *View) FocusGained() {
	v.focused = true
	v.redraw()
}

// FocusLost implements fyne.Focusable.
func (v *View) FocusLost() {
	v.focused, v.shift = false, false
	v.redraw()
}

// TypedRune implements fyne.Focusable: a slash finds, other characters mean nothing here.
func (v *View) TypedRune(r rune) {
	if r == '/' && v.o.OnFind != nil {
		v.o.OnFind()
	}
}

// KeyDown implements desktop.Keyable.
func (v *View) KeyDown(e *fyne.KeyEvent) {
	if e.Name == desktop.KeyShiftLeft || e.Name == desktop.KeyShiftRight {
		v.shift = true
	}
}

// KeyUp implements desktop.Keyable.
func (v *View) KeyUp(e *fyne.KeyEvent) {
	if e.Name == desktop.KeyShiftLeft || e.Name == desktop.KeyShiftRight {
		v.shift = false
	}
}

// TypedKey implements fyne.Focusable: arrows, Page Up and Down, Home and End move through the
// rows, with Shift they select; Enter opens, also a group, as the arrow to the right; the menu key opens the menu, Escape
// selects nothing.
func (v *View) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp:
		v.step(-1)
	case fyne.KeyDown:
		v.step(1)
	case fyne.KeyPageUp:
		v.step(-v.pos.page())
	case fyne.KeyPageDown:
		v.step(v.pos.page())
	case fyne.KeyHome:
		v.step(-v.pos.src.Len())
		// Those that are still being found come in front.
		v.pos.oldest = !v.pos.follow && !v.shift
	case fyne.KeyEnd:
		v.step(v.pos.src.Len())
		v.Follow()
	case fyne.KeyLeft:
		if !v.toggle(v.Current(), false) {
			v.sideways(-40)
		}
	case fyne.KeyRight:
		if !v.toggle(v.Current(), true) {
			v.sideways(40)
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if v.toggle(v.Current(), true) {
			return
		}
		if i := v.Current(); i >= 0 && v.o.OnOpen != nil {
			v.o.OnOpen(i)
		}
	case desktop.KeyMenu:
		v.menuByKey()
	case fyne.KeyEscape:
		if v.sort.Column != "" && v.o.OnSort != nil {
			v.o.OnSort(Sort{})
			return
		}
		v.ClearSelection()
	default:
		ui.PassKey(v, e)
	}
}

func (v *View) sideways(by float32) {
	v.left += by
	v.arrange(v.Size().Width)
	v.redraw()
}

// step moves the row with the keyboard focus.
func (v *View) step(by int) {
	n := v.pos.src.Len()
	if n == 0 {
		return
	}
	i := v.Current()
	switch {
	case i >= 0:
		i += by
	case !v.sel.any:
		// From what is seen: the first key takes the first row, or going up the last.
		top, _ := v.pos.first()
		i = top
		if by < 0 {
			i = min(top+v.pos.page(), n) - 1
		}
		if by <= -n || by >= n {
			i = by
		}
	default:
		i = v.pos.src.Find(v.sel.cursor) + by // the row is gone: from where it was
	}
	i = min(max(i, 0), n-1)
	v.pos.leaveOldest()
	if by < 0 {
		v.pos.stop() // else new rows would push it out of sight
	}
	id := v.pos.src.ID(i)
	if v.shift {
		v.sel.extend(id)
	} else {
		v.sel.only(id)
	}
	v.pos.reveal(i)
	v.moved()
	v.selected()
}

func (v *View) menuByKey() {
	i := v.Current()
	if i < 0 || v.o.OnMenu == nil {
		return
	}
	v.pos.reveal(i)
	v.moved()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(v)
	y := float32(float64(i+1)*v.pos.row - v.pos.at())
	v.o.OnMenu(i, "", at.AddXY(margin, headerHeight+y))
}

// TypedShortcut implements fyne.Shortcutable: copy, select all; Ctrl+Home and Ctrl+End are as Home
// and End.
func (v *View) TypedShortcut(s fyne.Shortcut) {
	switch s := s.(type) {
	case *fyne.ShortcutCopy:
		if v.o.OnCopy != nil && v.SelectedLen() > 0 {
			v.o.OnCopy()
		}
	case *fyne.ShortcutSelectAll:
		if n := v.pos.src.Len(); n > 0 {
			v.sel.all(v.pos.src.ID(0), v.pos.src.ID(n-1))
			v.redraw()
			v.selected()
		}
	case *desktop.CustomShortcut:
		home := s.KeyName == fyne.KeyHome || s.KeyName == fyne.KeyEnd
		if home && s.Modifier&^fyne.KeyModifierShift == fyne.KeyModifierShortcutDefault {
			v.TypedKey(&fyne.KeyEvent{Name: s.KeyName})
			return
		}
		ui.PassShortcut(v, s)
	}
}
