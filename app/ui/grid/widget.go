package grid

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"linklog/app/ui/look"
)

// Sizes in Fyne's units.
const (
	headerHeight = 28
	margin       = 10 // left of the first column
	gap          = 16 // between columns
	between      = 8  // pieces of a cell
)

// rowHeight is that of the theme's density.
func (g *Grid[T]) rowHeight() float32 {
	if t, ok := fyne.CurrentApp().Settings().Theme().(look.Theme); ok {
		return t.Density.RowHeight()
	}
	return look.Compact.RowHeight()
}

// CreateRenderer implements fyne.Widget.
func (g *Grid[T]) CreateRenderer() fyne.WidgetRenderer { return &renderer[T]{g} }

type renderer[T any] struct{ g *Grid[T] }

func (r *renderer[T]) Destroy() {}

func (r *renderer[T]) Objects() []fyne.CanvasObject {
	if r.g.scroll == nil {
		return []fyne.CanvasObject{r.g.header, r.g.body, r.g.empty}
	}
	return []fyne.CanvasObject{r.g.header, r.g.scroll, r.g.empty}
}

func (r *renderer[T]) MinSize() fyne.Size {
	rows := 3
	if r.g.o.Whole {
		rows = max(len(r.g.rows), 1)
	}
	return fyne.NewSize(200, headerHeight+float32(rows)*r.g.rowHeight())
}

func (r *renderer[T]) Layout(size fyne.Size) {
	g := r.g
	bar := float32(0)
	if g.scroll != nil {
		bar = theme.Size(theme.SizeNameScrollBar) / 2
	}
	g.places, g.width = arrange(g.o.Columns, g.without, size.Width-margin-bar)
	g.header.Resize(fyne.NewSize(size.Width, headerHeight))
	g.header.Refresh()
	g.body.stale()
	below, rest := fyne.NewPos(0, headerHeight), fyne.NewSize(size.Width, max(size.Height-headerHeight, 0))
	if g.scroll != nil {
		g.scroll.Move(below)
		g.scroll.Resize(rest)
	} else {
		g.body.Move(below)
		g.body.Resize(rest)
	}
	g.body.layout()
	h := g.empty.MinSize().Height
	g.empty.Resize(fyne.NewSize(max(size.Width-2*margin, 0), h))
	y := float32(headerHeight)
	if !g.o.Whole {
		y += max(rest.Height*2/5-h, 0)
	} else {
		y += (g.rowHeight() - h) / 2
	}
	g.empty.Move(fyne.NewPos(margin, y))
}

// Refresh comes with a different theme, too.
func (r *renderer[T]) Refresh() {
	r.Layout(r.g.Size())
	r.g.header.Refresh()
	if r.g.scroll != nil {
		r.g.scroll.Refresh()
	}
	r.g.empty.Refresh()
}
