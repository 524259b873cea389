package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
)

// AskName asks for a name of the user's own for something, and saves it; an empty
// name takes it away. What is wrong is shown at the field. saved is called then.
func (c *Context) AskName(title, about, name string, save func(ctx context.Context, name string) error, saved func()) {
	entry := NewEntry()
	entry.SetText(name)
	wrong := NewWrong()
	box := container.NewVBox(entry, wrong)
	if about != "" {
		box = container.NewVBox(NewMuted(about), entry, wrong)
	}
	entry.OnSubmitted = c.askSaved(title, box, fyne.NewSize(400, 0), entry, wrong, save, saved)
}

// AskText asks for a text of several lines, as AskName does for a name.
func (c *Context) AskText(title, about, text string, save func(ctx context.Context, text string) error, saved func()) {
	entry := NewEntry()
	entry.MultiLine, entry.Wrapping = true, fyne.TextWrapWord
	entry.SetMinRowsVisible(6)
	entry.SetText(text)
	wrong := NewWrong()
	c.askSaved(title, Border(NewMuted(about), wrong, nil, nil, entry), fyne.NewSize(460, 260), entry, wrong, save, saved)
}

// askSaved opens a dialog that saves what is in a field; it returns what does so.
func (c *Context) askSaved(title string, box fyne.CanvasObject, size fyne.Size, entry *Entry, wrong *widget.Label, save func(ctx context.Context, text string) error, saved func()) func(string) {
	ok := NewPrimaryButton(lang.L("Save"), nil)
	cancel := NewButton(lang.L("Cancel"), nil)
	d := NewDialog(c.Window, title, box, size, cancel, ok)
	cancel.OnTapped, entry.OnEscape = d.Hide, d.Hide
	send := func() {
		text := strings.TrimSpace(entry.Text)
		ok.Disable()
		c.Background(func(ctx context.Context) error { return save(ctx, text) }, func(err error) {
			ok.Enable()
			if err != nil {
				wrong.SetText(Cause(err))
				wrong.Show()
				c.Window.Canvas().Focus(entry)
				return
			}
			d.Hide()
			saved()
		})
	}
	ok.OnTapped = send
	d.Show(entry)
	entry.TypedShortcut(&fyne.ShortcutSelectAll{}) // what is typed takes its place
	return func(string) { send() }
}
