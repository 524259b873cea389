// Package view is the list of events: a widget that paints the rows in sight
// into one image, so that a million of them cost what fifty do.
package view

import (
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/tip"
	"linklog/capture"
)

// Source is the rows, oldest first. All is asked on Fyne's thread.
type Source interface {
	// Len is the number of rows.
	Len() int
	// ID names a row for good, whatever is added before or behind it or dropped.
	// IDs rise from row to row.
	ID(i int) int64
	// Find is the index of the first row with this ID or a higher one; Len if there
	// is none.
	Find(id int64) int
	// Event fills ev with a row; false: it is not here yet.
	Event(i int, ev *capture.Event) bool
}

// Options says what a View shows, with its callbacks. They may be nil; they run
// on Fyne's thread.
type Options struct {
	Columns []Column // as from Columns

	// RowHeight is the height of a row in Fyne's units; 0: 22.
	RowHeight float32

	// Location is where days begin and end; nil: the local one.
	Location *time.Location

	// Do runs something on Fyne's thread, later; nil: cells that are cut do not say their whole text.
	Do func(func())

	// Empty is what to say while there are no rows.
	Empty string

	// Marked reports whether a row has a mark at its beginning.
	Marked func(ev *capture.Event) bool

	// Menu is what the menu of the header has besides the columns.
	Menu func() []*fyne.MenuItem

	// Group says what a row stands for, while there may be groups.
	Group func(row int) Group
	// OnGroup is called when a group is to be opened or closed.
	OnGroup func(row int, open bool)

	// OnSort is called when the rows are to have another order.
	OnSort func(Sort)

	// OnSelect is called when the selection or the row with the keyboard focus changed.
	OnSelect func()
	// OnOpen is called on a double tap or Enter on a row.
	OnOpen func(i int)
	// OnMenu is called on a secondary tap or the menu key on a row, which is selected
	// then; cell is the text under the pointer, if there is one; at is on the canvas.
	OnMenu func(i int, cell string, at fyne.Position)
	// OnCopy is called when the selected rows are to be copied.
	OnCopy func()
	// OnFind is called when something is to be found in the rows.
	OnFind func()
	// OnSight is called with the rows that were drawn, the last included, so that those
	// that are not here can be fetched. It must not change the View before it returns.
	OnSight func(first, last int)
	// OnMove is called when the user scrolled, or moved the row with the keyboard focus.
	OnMove func()
	// OnFollow is called when following the newest rows began or ended.
	OnFollow func(following bool)
	// OnLayoutChanged is called when the user changed columns.
	OnLayoutChanged func(Layout)
}

// View is the widget. It belongs to Fyne's thread.
type View struct {
	widget.BaseWidget
	o      Options
	words  *words
	raster *canvas.Raster
	active bool // someone can see it
	dirty  bool // what is drawn is out of date

	pos  position
	sel  selection
	cols *arrangement
	sort Sort
	left float32 // how far it is scrolled to the right

	found []found // to be marked in the rows
	rules []Rule  // by which rows have colours

	focused bool
	shift   bool
	mouse   mouse
	tip     tip.Tip[cellAt] // the whole text of a cell that is cut
	follows bool            // what OnFollow was last called with

	pen      pen
	canvas   painter
	pillText []byte
	pillFor  int
	paints   int // how often it was drawn
}

// New returns a View of src, which follows the newest rows. It draws nothing new
// until SetActive.
func New(src Source, o Options) *View {
	if o.RowHeight <= 0 {
		o.RowHeight = 22
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	v := &View{o: o, words: newWords(), cols: newArrangement(o.Columns), follows: true}
	v.pos = position{src: src, row: float64(o.RowHeight), follow: true}
	v.mouse.y, v.mouse.column = -1, -1
	v.raster = canvas.NewRaster(v.paint)
	v.raster.ScaleMode = canvas.ImageScalePixels
	v.ExtendBaseWidget(v)
	return v
}

// Changed is called when rows were added, dropped or changed. The View is drawn again with
// the next frame, in which all is to be shown that changed at the same time: a frame
// costs as much for one change as for all. Who calls it sees to it that this is not
// too often. While the View is not active it is not drawn.
func (v *View) Changed() {
	if n := v.pos.src.Len(); v.pos.oldest && n > 0 && v.sel.cursor != v.pos.src.ID(0) {
		v.sel.only(v.pos.src.ID(0))
		v.selected()
	}
	if v.dirty = !v.active; v.active {
		v.redraw()
	}
}

// SetActive says whether anybody can see the View: call it when the window is shown
// and hidden. A View that is not active costs nothing.
func (v *View) SetActive(active bool) {
	if !active {
		v.hideTip()
	}
	if v.active = active; v.dirty {
		v.Changed()
	}
}

// SetSource shows other rows, as after a change of the filter. If the newest rows
// were followed they still are; else the row at the top stays or gives way to the
// next. Of the selection only the row with the keyboard focus stays, if it is among them.
func (v *View) SetSource(src Source) {
	v.pos.src = src
	id, had := v.sel.cursor, v.sel.any
	v.sel.clear()
	if had {
		if i := src.Find(id); i < src.Len() && src.ID(i) == id {
			v.sel.only(id)
		}
	}
	v.redraw()
	if had {
		v.selected()
	}
}

// SetEmpty says what to show while there are no rows.
func (v *View) SetEmpty(text string) {
	if v.o.Empty != text {
		v.o.Empty = text
		v.redraw()
	}
}

// Rule gives rows a colour, which stands at their beginning.
type Rule struct {
	Match  func(*capture.Event) bool
	Colour string // as look.Palette.Mark has it
}

// SetRules gives rows other colours: that of the first rule that matches.
func (v *View) SetRules(rules []Rule) {
	v.rules = rules
	v.redraw()
}

// SetRowHeight changes the height of rows, in Fyne's units.
func (v *View) SetRowHeight(h float32) {
	v.o.RowHeight = h
	v.redraw()
}

// Layout returns the columns as the user has them.
func (v *View) Layout() Layout { return v.cols.get() }

// SetLayout takes a Layout from before.
func (v *View) SetLayout(l Layout) {
	v.cols.set(l)
	v.redraw()
}

func (v *View) layoutChanged() {
	v.redraw()
	if v.o.OnLayoutChanged != nil {
		v.o.OnLayoutChanged(v.cols.get())
	}
}

// Follow shows the newest rows and stays with them.
func (v *View) Follow() {
	v.pos.follow, v.pos.oldest = true, false
	v.moved()
}

// Current is the row with the keyboard focus; -1: none.
func (v *View) Current() int {
	if !v.sel.any {
		return -1
	}
	i := v.pos.src.Find(v.sel.cursor)
	if i >= v.pos.src.Len() || v.pos.src.ID(i) != v.sel.cursor {
		return -1
	}
	return i
}

// Selected yields the rows that are selected, from the oldest.
func (v *View) Selected(yield func(i int) bool) {
	for from, to := range v.SelectedRanges {
		for i := from; i < to; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

// SelectedRanges yields the rows that are selected, from the oldest: from one up to another, which
// is not included.
func (v *View) SelectedRanges(yield func(from, to int) bool) {
	src := v.pos.src
	for _, r := range v.sel.ranges {
		from, to := src.Find(r.from), src.Len()
		if r.to < math.MaxInt64 {
			to = src.Find(r.to + 1)
		}
		if from < to && !yield(from, to) {
			return
		}
	}
}

// SelectedLen is the number of rows that are selected.
func (v *View) SelectedLen() (n int) {
	for from, to := range v.SelectedRanges {
		n += to - from
	}
	return n
}

// Select selects one row and brings it into sight.
func (v *View) Select(i int) {
	if i < 0 || i >= v.pos.src.Len() {
		return
	}
	v.sel.only(v.pos.src.ID(i))
	v.pos.reveal(i)
	v.moved()
	v.selected()
}

// Top is the first row in sight; false: the newest rows are followed, whichever they are.
func (v *View) Top() (i int, stands bool) {
	i, _ = v.pos.first()
	return i, !v.pos.follow && !v.pos.oldest
}

// PageRows is how many rows are seen as a whole.
func (v *View) PageRows() int { return v.pos.page() }

// Restore brings back a place after other rows are shown: the first row in sight, and the one with the
// keyboard focus, -1: none.
func (v *View) Restore(top, current int) {
	if n := v.pos.src.Len(); n > 0 {
		v.pos.scrollTo(float64(min(max(top, 0), n-1)) * v.pos.row)
		if current >= 0 && current < n {
			v.sel.only(v.pos.src.ID(current))
		}
	}
	v.moved()
	v.selected()
}

// ClearSelection selects nothing.
func (v *View) ClearSelection() {
	v.sel.clear()
	v.redraw()
	v.selected()
}

func (v *View) selected() {
	if v.o.OnSelect != nil {
		v.o.OnSelect()
	}
}

// moved is called when the user scrolled.
func (v *View) moved() {
	v.redraw()
	if v.o.OnMove != nil {
		v.o.OnMove()
	}
	if v.follows != v.pos.follow && v.sort.Column == "" {
		v.follows = v.pos.follow
		if v.o.OnFollow != nil {
			v.o.OnFollow(v.follows)
		}
	}
}

// redraw paints again, now.
func (v *View) redraw() { v.raster.Refresh() }

// MinSize is the least size: the header and a few rows.
func (v *View) MinSize() fyne.Size {
	v.ExtendBaseWidget(v)
	return fyne.NewSize(200, headerHeight+3*v.o.RowHeight)
}

// CreateRenderer implements fyne.Widget.
func (v *View) CreateRenderer() fyne.WidgetRenderer { return &renderer{v} }

type renderer struct{ v *View }

func (r *renderer) Destroy()                     { r.v.SetActive(false) }
func (r *renderer) MinSize() fyne.Size           { return r.v.MinSize() }
func (r *renderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.v.raster} }

// Layout gives the image a whole number of pixels: were it stretched by a part of
// one, letters would lose lines.
func (r *renderer) Layout(size fyne.Size) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(r.v); c != nil && c.Scale() > 0 {
		whole := func(units float32) float32 {
			return float32(math.Floor(float64(units*c.Scale())+0.01)) / c.Scale()
		}
		size = fyne.NewSize(whole(size.Width), whole(size.Height))
	}
	r.v.raster.Resize(size)
}

// Refresh comes with a different theme or scale, too.
func (r *renderer) Refresh() {
	r.Layout(r.v.Size())
	r.v.redraw()
}
