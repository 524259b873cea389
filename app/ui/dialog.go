package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
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
	box := Border(container.New(layout.NewCustomPaddedLayout(0, 6, RoomyPadding, 0), NewHead(title, 15)),
		container.New(layout.NewCustomPaddedLayout(10, 0, 0, 0), row), nil, nil, content)
	d := &Dialog{window: w, size: size}
	d.popup = widget.NewModalPopUp(Roomy(container.New(layout.NewCustomPaddedLayout(12, 10, 12, 12), box)), w.Canvas())
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

// Entry is a field of a Dialog, where Escape closes that.
type Entry struct {
	widget.Entry
	OnEscape func()
	OnLeft   func() // when it loses the focus
}

// NewEntry returns an Entry.
func NewEntry() *Entry {
	e := &Entry{}
	e.ExtendBaseWidget(e)
	return e
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
	if k.Name == fyne.KeyEscape && e.OnEscape != nil {
		e.OnEscape()
		return
	}
	e.Entry.TypedKey(k)
}
