package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// Roomy gives a page with fields and buttons the space they need, whatever the
// density of the lists is.
func Roomy(content fyne.CanvasObject) *container.ThemeOverride {
	return WithSizes(content, map[fyne.ThemeSizeName]float32{theme.SizeNameInnerPadding: RoomyPadding})
}

// WithSizes gives content other sizes than the theme has.
func WithSizes(content fyne.CanvasObject, sizes map[fyne.ThemeSizeName]float32) *container.ThemeOverride {
	return container.NewThemeOverride(content, otherSizes(sizes))
}

// RoomyPadding is around the text of labels, buttons and fields on a Roomy page.
const RoomyPadding = 7

// otherSizes is the theme of the app but for some sizes.
type otherSizes map[fyne.ThemeSizeName]float32

func (otherSizes) current() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

func (t otherSizes) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	return t.current().Color(name, v)
}
func (t otherSizes) Font(style fyne.TextStyle) fyne.Resource    { return t.current().Font(style) }
func (t otherSizes) Icon(name fyne.ThemeIconName) fyne.Resource { return t.current().Icon(name) }
func (t otherSizes) Size(name fyne.ThemeSizeName) float32 {
	if size, other := t[name]; other {
		return size
	}
	return t.current().Size(name)
}

// Close puts texts of a Roomy page below each other as lines of one paragraph.
func Close(texts ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-2*RoomyPadding+2), texts...)
}

// Narrow keeps content from becoming wider than can be read.
func Narrow(width float32, content fyne.CanvasObject) *fyne.Container {
	return container.New(narrow(width), content)
}

type narrow float32

func (n narrow) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Resize(fyne.NewSize(min(s.Width, float32(n)), s.Height))
		o.Move(fyne.NewPos(0, 0))
	}
}

func (narrow) MinSize(objects []fyne.CanvasObject) (s fyne.Size) {
	for _, o := range objects {
		s = s.Max(o.MinSize())
	}
	return s
}
