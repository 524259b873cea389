package help

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// close is the theme of the app with lines as near to each other as in a text.
type close struct{}

func (close) current() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

func (t close) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	return t.current().Color(name, v)
}
func (t close) Font(style fyne.TextStyle) fyne.Resource    { return t.current().Font(style) }
func (t close) Icon(name fyne.ThemeIconName) fyne.Resource { return t.current().Icon(name) }
func (t close) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameInnerPadding, theme.SizeNamePadding:
		return 0
	case theme.SizeNameText:
		return 12
	}
	return t.current().Size(name)
}
