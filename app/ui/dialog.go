package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
)

// Dialog is a question or a small form before the window, which waits. Escape
// closes it.
type Dialog struct {
	// OnClosed is called when it goes; nil: not called.
	OnClosed func()

	window fyne.Window
	popup  *widget.PopUp
	size   fyne.Size
	before func(*fyne.KeyEvent)
}

// NewDialog returns a Dialog with a title, content and buttons from left to right.
// Its size is at least size, as far as the window has room.
func NewDialog(w fyne.Window, title string, content fyne.CanvasObject, size fyne.Size, buttons ...fyne.CanvasObject) *Dialog {
	row := container.NewHBox(layout.NewSpacer())
	for _, b := range buttons {
		row.Add(b)
	}
	box := Border(container.New(layout.NewCustomPaddedLayout(0, 6, look.Padding, 0), NewHead(title, 15)),
		container.New(layout.NewCustomPaddedLayout(10, 0, 0, 0), row), nil, nil, content)
	d := &Dialog{window: w, size: size}
	d.popup = widget.NewModalPopUp(container.New(layout.NewCustomPaddedLayout(12, 10, 12, 12), box), w.Canvas())
	return d
}

// Show shows it, with the keyboard at first; nil: nowhere.
func (d *Dialog) Show(first fyne.Focusable) {
	c := d.window.Canvas()
	d.before = c.OnTypedKey()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			d.Hide()
		}
	})
	room := c.Size().SubtractWidthHeight(48, 48)
	d.popup.Resize(d.popup.MinSize().Max(d.size).Min(room))
	d.popup.Show()
	if first != nil {
		c.Focus(first)
	}
}

// Hide closes it.
func (d *Dialog) Hide() {
	if !d.popup.Visible() {
		return
	}
	d.popup.Hide()
	d.window.Canvas().SetOnTypedKey(d.before)
	if d.OnClosed != nil {
		d.OnClosed()
	}
}

// Covered reports whether a dialog or a menu is shown, for which the window waits.
func Covered(w fyne.Window) bool { return w.Canvas().Overlays().Top() != nil }

// Confirm asks whether something is to be done that cannot be undone. The keyboard is at
// the button that does nothing.
func (c *Context) Confirm(title, text, yes string, do func()) {
	keep, sure := NewButton(lang.L("Cancel"), nil), NewButton(yes, nil)
	sure.Importance = widget.DangerImportance
	d := NewDialog(c.Window, title, NewMuted(text), fyne.NewSize(400, 0), keep, sure)
	keep.OnTapped = d.Hide
	sure.OnTapped = func() {
		d.Hide()
		do()
	}
	d.Show(keep)
}

// Entry is a field of a Dialog, where Escape closes that.
type Entry struct {
	widget.Entry
	OnEscape func()
	OnLeft   func() // when it loses the focus
}

// AcceptsTab implements fyne.Tabbable: with Tab the keyboard goes on, also out of a field of several lines.
func (e *Entry) AcceptsTab() bool { return false }

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	Reveal(e)
}

// NewEntry returns an Entry.
func NewEntry() *Entry {
	e := &Entry{}
	e.ExtendBaseWidget(e)
	return e
}

// Mark shows that what is in the field is wrong; nil: that it is not.
func (e *Entry) Mark(err error) {
	e.AlwaysShowValidationError = err != nil // else it shows that it is right
	e.SetValidationError(err)
	e.SetValidationError(err) // which Fyne forgets the first time, as it makes room for the mark
}

// FocusLost implements fyne.Focusable.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	if e.OnLeft != nil {
		e.OnLeft()
	}
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	switch {
	case k.Name == fyne.KeyEscape && e.OnEscape != nil:
		e.OnEscape()
	case k.Name == fyne.KeyEscape, k.Name == fyne.KeyF1, k.Name == fyne.KeyF2, k.Name == fyne.KeyF3:
		PassKey(e, k)
	default:
		e.Entry.TypedKey(k)
	}
}
