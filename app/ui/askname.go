package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
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
	ok := NewPrimaryButton(lang.L("Save"), nil)
	cancel := NewButton(lang.L("Cancel"), nil)
	d := NewDialog(c.Window, title, box, fyne.NewSize(400, 0), cancel, ok)
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
	entry.OnSubmitted = func(string) { send() }
	d.Show(entry)
}
