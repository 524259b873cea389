package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"linklog/app/ui/look"
)

// Close puts texts below each other as lines of one paragraph.
func Close(texts ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-2*look.Padding+2), texts...)
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
