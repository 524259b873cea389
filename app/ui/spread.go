package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Spread puts texts side by side, each as wide as its part, if every one of them is then at least
// so wide; else one below the other. What is higher than the room is scrolled to. The whole needs a
// size.
func Spread(size fyne.Size, least float32, list ...Column) *fyne.Container {
	inner := container.New(&spread{least, list})
	for _, c := range list {
		inner.Add(c.CanvasObject)
	}
	return container.New(&spreadRoom{size, inner}, container.NewVScroll(inner))
}

type spread struct {
	least float32
	list  []Column
}

// columns are the widths of the parts in a room; nil: it is too narrow for columns.
func (s *spread) columns(width float32) []float32 {
	widths := make([]float32, len(s.list))
	for i, c := range s.list {
		if widths[i] = width * c.Part; widths[i] < s.least {
			return nil
		}
	}
	return widths
}

// tell tells the texts how wide they are: how high they are follows from it.
func (s *spread) tell(width float32) {
	widths := s.columns(width)
	for i, c := range s.list {
		w := width
		if widths != nil {
			w = widths[i]
		}
		c.Resize(fyne.NewSize(w, c.MinSize().Height))
	}
}

func (s *spread) MinSize([]fyne.CanvasObject) fyne.Size {
	size := fyne.Size{}
	if len(s.list) == 0 {
		return size
	}
	beside := s.list[0].Size().Width > 0 && s.list[len(s.list)-1].Position().X > 0
	for _, c := range s.list {
		if h := c.MinSize().Height; beside {
			size.Height = max(size.Height, h)
		} else {
			size.Height += h
		}
	}
	return size
}

func (s *spread) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	s.tell(size.Width)
	widths := s.columns(size.Width)
	x, y := float32(0), float32(0)
	for i, c := range s.list {
		c.Move(fyne.NewPos(x, y))
		if widths != nil {
			x += widths[i]
			c.Resize(fyne.NewSize(widths[i], size.Height))
			continue
		}
		h := c.MinSize().Height
		c.Resize(fyne.NewSize(size.Width, h))
		y += h
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
