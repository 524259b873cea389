package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Column is an object of Columns with its part of the width.
type Column struct {
	fyne.CanvasObject
	Part float32
}

// Columns puts objects side by side, from left to right as wide as their parts. They
// need a size, and have room at the left, the right and the top of them.
func Columns(size fyne.Size, left, right, top float32, list ...Column) *fyne.Container {
	c := container.New(&columns{size, left, right, top, list})
	for _, o := range list {
		c.Add(o.CanvasObject)
	}
	return c
}

type columns struct {
	size             fyne.Size
	left, right, top float32
	list             []Column
}

func (c *columns) MinSize([]fyne.CanvasObject) fyne.Size { return c.size }

func (c *columns) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	x := c.left
	for _, o := range c.list {
		w := (s.Width - c.left - c.right) * o.Part
		o.Move(fyne.NewPos(x, c.top))
		o.Resize(fyne.NewSize(w, s.Height-c.top))
		x += w
	}
}

// Sides puts one thing at the left and one at the right, or where there is no room for both beside
// each other, below it.
func Sides(left, right fyne.CanvasObject) *fyne.Container {
	return container.New(&sides{}, left, right)
}

type sides struct {
	width float32 // that there is; 0: not known yet
}

// below reports whether there is not room for both beside each other.
func (s *sides) below(left, right fyne.Size) bool {
	return s.width > 0 && left.Width+right.Width > s.width
}

func (s *sides) Layout(o []fyne.CanvasObject, size fyne.Size) {
	left, right := o[0].MinSize(), o[1].MinSize()
	if s.width = size.Width; s.below(left, right) {
		o[0].Resize(fyne.NewSize(size.Width, left.Height))
		o[1].Move(fyne.NewPos(0, left.Height))
		o[1].Resize(fyne.NewSize(size.Width, right.Height))
		return
	}
	o[0].Resize(fyne.NewSize(size.Width-right.Width, size.Height))
	o[1].Move(fyne.NewPos(size.Width-right.Width, (size.Height-right.Height)/2))
	o[1].Resize(right)
}

func (s *sides) MinSize(o []fyne.CanvasObject) fyne.Size {
	left, right := o[0].MinSize(), o[1].MinSize()
	if s.below(left, right) {
		return fyne.NewSize(max(left.Width, right.Width), left.Height+right.Height)
	}
	return fyne.NewSize(max(left.Width, right.Width), max(left.Height, right.Height))
}

// Lists sets lists side by side where there is room, else below each other.
func Lists(list ...fyne.CanvasObject) *fyne.Container { return container.New(&lists{}, list...) }

type lists struct{ columns int }

const (
	listWidth = 310
	listGap   = 16
)

func (l *lists) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.columns = max(min(int((s.Width+listGap)/(listWidth+listGap)), len(objects)), 1)
	w := (s.Width - float32(l.columns-1)*listGap) / float32(l.columns)
	y, height := float32(0), float32(0)
	for i, o := range objects {
		if i > 0 && i%l.columns == 0 {
			y += height + listGap
			height = 0
		}
		h := o.MinSize().Height
		height = max(height, h)
		o.Move(fyne.NewPos(float32(i%l.columns)*(w+listGap), y))
		o.Resize(fyne.NewSize(w, h))
	}
}

// MinSize follows from the width that Layout had.
func (l *lists) MinSize(objects []fyne.CanvasObject) fyne.Size {
	columns := max(l.columns, 1)
	total, height := float32(0), float32(0)
	for i, o := range objects {
		if i > 0 && i%columns == 0 {
			total += height + listGap
			height = 0
		}
		height = max(height, o.MinSize().Height)
	}
	return fyne.NewSize(200, total+height)
}

// AtLeast gives an object a minimum width.
func AtLeast(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&atLeast{width, o}, o)
}

type atLeast struct {
	width   float32
	content fyne.CanvasObject
}

func (l *atLeast) MinSize([]fyne.CanvasObject) fyne.Size {
	return l.content.MinSize().Max(fyne.NewSize(l.width, 0))
}

func (l *atLeast) Layout(_ []fyne.CanvasObject, s fyne.Size) { l.content.Resize(s) }

// SetVisible shows or hides an object.
func SetVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}
