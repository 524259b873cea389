package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// NewCopy is a button that copies a text, and says so on itself.
func NewCopy(c *Context, text func() string) *Button {
	return NewIconButton("", theme.ContentCopyIcon(), func() {
		fyne.CurrentApp().Clipboard().SetContent(text())
		if c.Tell != nil {
			c.Tell(lang.L("Copied."))
		}
	})
}

// Command is a text to be typed elsewhere, with a button that copies it.
func Command(c *Context, text string) fyne.CanvasObject {
	l := Mono(text)
	l.Selectable = true
	l.Wrapping = fyne.TextWrapBreak
	button := container.New(layout.NewCustomPaddedVBoxLayout(0), NewCopy(c, func() string { return text }), layout.NewSpacer())
	return SidePanel(container.NewBorder(nil, nil, nil, button, l))
}
