package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Spread puts texts side by side, each as wide as its part, if every one of them is then at least
// so wide; else the first beside the others, which are one below the other; and where there is no room for
// that either, all of them one below the other. What is higher than the room is scrolled to. The whole needs a
// size.
func Spread(size fyne.Size, least float32, list ...Column) *fyne.Container {
	inner := container.New(&spread{least: least, list: list})
	for _, c := range list {
		inner.Add(c.CanvasObject)
	}
	return container.New(&spreadRoom{size, inner}, container.NewVScroll(inner))
}

type spread struct {
	least float32
	list  []Column
	width float32 // that it was given
}

// column is from where to where a text goes; those of the same column are one below the other.
type column struct{ x, width float32 }

// columns are those of the texts.
func (s *spread) columns() []column {
	columns := make([]column, len(s.list))
	x, beside := float32(0), true
	for i, c := range s.list {
		columns[i] = column{x, s.width * c.Part}
		x += columns[i].width
		beside = beside && columns[i].width >= s.least
	}
	if beside {
		return columns
	}
	half := s.width / 2
	for i := range columns {
		switch {
		case half < 0.85*s.least: // as two are not as tight as three
			columns[i] = column{0, s.width}
		case i == 0:
			columns[i] = column{0, half}
		default:
			columns[i] = column{half, half}
		}
	}
	return columns
}

func (s *spread) MinSize([]fyne.CanvasObject) (size fyne.Size) {
	heights := make(map[column]float32)
	for i, column := range s.columns() {
		heights[column] += s.list[i].MinSize().Height
		size.Height = max(size.Height, heights[column])
	}
	return size
}

func (s *spread) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	s.width = size.Width
	heights := make(map[column]float32)
	for i, column := range s.columns() {
		c := s.list[i]
		c.Resize(fyne.NewSize(column.width, c.MinSize().Height)) // how high a text is follows from how wide it is
		h := c.MinSize().Height
		c.Move(fyne.NewPos(column.x, heights[column]))
		c.Resize(fyne.NewSize(column.width, h))
		heights[column] += h
	}
}

// spreadRoom gives the scroller its room after the texts know their widths.
type spreadRoom struct {
	size  fyne.Size
	inner *fyne.Container
}

func (r *spreadRoom) MinSize([]fyne.CanvasObject) fyne.Size { return r.size }

func (r *spreadRoom) Layout(o []fyne.CanvasObject, size fyne.Size) {
	r.inner.Layout.Layout(r.inner.Objects, fyne.NewSize(size.Width, r.inner.Size().Height))
	o[0].Resize(fyne.Size{}) // that it asks again how high the texts are
	o[0].Resize(size)
}
