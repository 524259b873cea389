package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
)

// section is a heading with rows below it.
func section(title string, rows ...fyne.CanvasObject) *fyne.Container {
	box := container.NewVBox(container.New(layout.NewCustomPaddedLayout(18, 4, 0, 0), ui.NewHead(title, 15)), ui.Line())
	for _, r := range rows {
		box.Add(r)
	}
	return box
}

// subsection is a smaller heading.
func subsection(title string) fyne.CanvasObject {
	l := widget.NewLabel(title)
	l.TextStyle.Bold = true
	l.Importance = widget.HighImportance
	return container.New(layout.NewCustomPaddedLayout(10, 0, -look.Padding, 0), l)
}

// row is a setting: its name and what it is for on the left, the control on the
// right.
func row(label, help string, control fyne.CanvasObject) *fyne.Container {
	name := widget.NewLabel(label)
	name.Wrapping = fyne.TextWrapWord
	left := fyne.CanvasObject(name)
	if help != "" {
		left = ui.Close(name, ui.NewMuted(help))
	}
	return container.New(&columns{left: left, right: control}, left, control)
}

// columns puts two things side by side, of which the left one takes two fifths; where there is no
// room for that, one below the other.
type columns struct {
	left, right fyne.CanvasObject
	stacked     bool
}

const (
	leftShare = 0.42
	gap       = 20
	besides   = 600 // from here on they are side by side
)

func (c *columns) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	// Its edge is the text's, not that of the label.
	c.left.Move(fyne.NewPos(-look.Padding, 0))
	if c.stacked = s.Width < besides; c.stacked {
		c.left.Resize(fyne.NewSize(s.Width+look.Padding, c.left.MinSize().Height))
		y := c.left.MinSize().Height
		c.left.Resize(fyne.NewSize(s.Width+look.Padding, y))
		c.right.Move(fyne.NewPos(0, y))
		c.right.Resize(fyne.NewSize(s.Width, s.Height-y))
		return
	}
	left := s.Width * leftShare
	c.left.Resize(fyne.NewSize(left+look.Padding, s.Height))
	c.right.Move(fyne.NewPos(left+gap, 0))
	c.right.Resize(fyne.NewSize(s.Width-left-gap, s.Height))
}

// MinSize is as wide as the wider of the two: that is all it takes below each other.
func (c *columns) MinSize([]fyne.CanvasObject) fyne.Size {
	a, b := c.left.MinSize(), c.right.MinSize()
	if c.stacked {
		return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height)
	}
	return fyne.NewSize(max(a.Width, b.Width), max(a.Height, b.Height))
}

// atLeft keeps a control as small as it is.
func atLeft(o ...fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVBox(container.NewHBox(o...))
}
