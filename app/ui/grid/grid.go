// Package grid is a table for some thousands of rows: sorted by a click on its
// header, with one row selected, badges and second texts in its cells. The log,
// which may have millions, is package log/view.
package grid

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Options says what a Grid shows, with its callbacks. They may be nil; they run
// on Fyne's thread.
type Options[T any] struct {
	Columns []Column[T] // from left to right

	// Key names a row, so that it stays selected when other rows come.
	Key func(row *T) string

	// Sort is the ID of the column to sort by at first, Down from high to low.
	Sort string
	Down bool

	// Whole makes the Grid as high as all its rows, instead of scrolling.
	Whole bool

	// Do runs something on Fyne's thread, later; nil: cells that are cut do not say their whole text.
	Do func(func())

	// Empty is what to say while there are no rows.
	Empty string

	// OnSort is called when the user sorts by a different column.
	OnSort func(id string, down bool)
	// OnSelect is called with the selected row; nil: none.
	OnSelect func(row *T)
	// OnOpen is called on a double tap or Enter on a row.
	OnOpen func(row *T)
	// OnTap is called on a tap on a row.
	OnTap func(row *T)
	// OnMenu is called on a secondary tap or the menu key on a row, which is selected
	// then; at is on the canvas.
	OnMenu func(row *T, at fyne.Position)
	// OnCopy is called when the selected row is to be copied.
	OnCopy func(row *T)
}

// Grid is the widget. It belongs to Fyne's thread.
type Grid[T any] struct {
	widget.BaseWidget
	o    Options[T]
	rows []T

	sort   string
	down   bool
	before *order // to sort by after SortWhile; nil: as now

	without []bool // columns that have nothing to show
	places  []place
	width   float32 // of all columns

	selected string // key
	current  int    // its row; -1: none

	header *header[T]
	body   *body[T]
	scroll *container.Scroll // nil if whole
	empty  *widget.RichText
}

// New returns a Grid without rows.
func New[T any](o Options[T]) *Grid[T] {
	o.Columns = labelled(o.Columns)
	g := &Grid[T]{o: o, sort: o.Sort, down: o.Down, current: -1, without: make([]bool, len(o.Columns))}
	for i := range g.without {
		g.without[i] = o.Columns[i].Has != nil
	}
	g.empty = widget.NewRichText(&widget.TextSegment{Text: o.Empty, Style: widget.RichTextStyle{Alignment: fyne.TextAlignCenter, ColorName: theme.ColorNamePlaceHolder}})
	g.empty.Wrapping = fyne.TextWrapWord
	g.header, g.body = newHeader(g), newBody(g)
	if !o.Whole {
		g.scroll = container.NewScroll(g.body)
		g.scroll.OnScrolled = func(fyne.Position) { g.scrolled() }
	}
	g.ExtendBaseWidget(g)
	return g
}

// SetRows shows other rows, in the order of the column that is sorted by. The Grid
// keeps them. What was selected stays so if it is among them.
func (g *Grid[T]) SetRows(rows []T) {
	g.rows = rows
	g.order()
	g.refill()
	if g.current < 0 && g.selected != "" {
		g.selected = ""
		g.tell()
	}
}

// Rows returns the rows as they are shown; they are not to be changed.
func (g *Grid[T]) Rows() []T { return g.rows }

// SetEmpty says what to show while there are no rows.
func (g *Grid[T]) SetEmpty(text string) {
	g.empty.Segments[0].(*widget.TextSegment).Text = text
	g.empty.Refresh()
}

// Sorted returns the column that is sorted by.
func (g *Grid[T]) Sorted() (id string, down bool) { return g.sort, g.down }

// order is a column that is sorted by.
type order struct {
	id   string
	down bool
}

// SortWhile sorts by a column from high to low while something is so, if the user chooses no
// other then, and afterwards as before. OnSort is not called.
func (g *Grid[T]) SortWhile(so bool, id string) {
	switch {
	case so == (g.before != nil):
	case so:
		g.before = &order{g.sort, g.down}
		g.sortBy(order{id, true})
	default:
		before := *g.before
		g.before = nil
		g.sortBy(before)
	}
}

func (g *Grid[T]) sortBy(o order) {
	g.sort, g.down = o.id, o.down
	g.order()
	g.refill()
	g.header.Refresh()
	g.Reveal()
}

// SortBy sorts by a column, as a click on its header does.
func (g *Grid[T]) SortBy(id string, down bool) {
	g.sortBy(order{id, down})
	if g.o.OnSort != nil {
		g.o.OnSort(id, down)
	}
}

// Selected is the row that is selected; nil: none.
func (g *Grid[T]) Selected() *T {
	if g.current < 0 {
		return nil
	}
	return &g.rows[g.current]
}

// Select selects a row by its key and brings it into sight; false: it is not there.
func (g *Grid[T]) Select(key string) bool {
	i := slices.IndexFunc(g.rows, func(row T) bool { return g.o.Key(&row) == key })
	if i < 0 {
		return false
	}
	g.choose(i)
	return true
}

// ClearSelection selects nothing.
func (g *Grid[T]) ClearSelection() { g.choose(-1) }

// Reveal brings the selected row into sight.
func (g *Grid[T]) Reveal() { g.reveal(g.current) }

// Focus moves the keyboard focus to the rows, in the canvas that they are in: Fyne does not know it before they
// are drawn.
func (g *Grid[T]) Focus(c fyne.Canvas) { c.Focus(g.body) }

// focus is Focus of rows that were drawn.
func (g *Grid[T]) focus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(g.body); c != nil {
		g.Focus(c)
	}
}

// order sorts the rows, and finds the selected one again.
func (g *Grid[T]) order() {
	i := slices.IndexFunc(g.o.Columns, func(c Column[T]) bool { return c.ID == g.sort })
	if i >= 0 && g.o.Columns[i].Compare != nil {
		compare := g.o.Columns[i].Compare
		slices.SortStableFunc(g.rows, func(a, b T) int {
			if g.down {
				return compare(&b, &a)
			}
			return compare(&a, &b)
		})
	}
	g.current = -1
	if g.selected != "" {
		g.current = slices.IndexFunc(g.rows, func(row T) bool { return g.o.Key(&row) == g.selected })
	}
}

// choose selects a row; -1: none.
func (g *Grid[T]) choose(i int) {
	key := ""
	if i >= 0 {
		key = g.o.Key(&g.rows[i])
	}
	changed := key != g.selected
	g.selected, g.current = key, i
	g.reveal(i)
	g.body.repaint()
	if changed {
		g.tell()
	}
}

func (g *Grid[T]) tell() {
	if g.o.OnSelect != nil {
		g.o.OnSelect(g.Selected())
	}
}

// reveal scrolls as little as it takes to show a row.
func (g *Grid[T]) reveal(i int) {
	if i < 0 || g.scroll == nil {
		return
	}
	h := g.rowHeight()
	top, bottom := float32(i)*h, float32(i+1)*h
	at := g.scroll.Offset
	switch seen := g.scroll.Size().Height; {
	case seen < h:
	case top < at.Y:
		at.Y = top
	case bottom > at.Y+seen:
		at.Y = bottom - seen
	}
	if at != g.scroll.Offset {
		g.scroll.ScrollToOffset(at)
		g.scrolled()
	}
}

func (g *Grid[T]) scrolled() {
	g.body.hideTip()
	g.header.scrollTo(g.scroll.Offset.X)
	g.body.layout()
}

// refill shows the rows again.
func (g *Grid[T]) refill() {
	g.empty.Hidden = len(g.rows) > 0
	g.empty.Refresh()
	g.body.stale()
	was := slices.Clone(g.without)
	for i := range g.without {
		has := g.o.Columns[i].Has
		g.without[i] = has != nil && !slices.ContainsFunc(g.rows, func(row T) bool { return has(&row) })
	}
	if g.o.Whole || !slices.Equal(was, g.without) {
		g.Refresh() // its least size is another, or its columns are
		return
	}
	g.scroll.Refresh()
	g.body.layout()
}
