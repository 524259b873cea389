package view

import (
	"math"
	"slices"
)

// Layout is what the user made of the columns, to be kept from one start to the
// next. The zero value is the usual one.
type Layout struct {
	Columns []ColumnLayout `json:"columns" toml:"columns"` // from left to right
}

// ColumnLayout is one column of a Layout.
type ColumnLayout struct {
	ID     string  `json:"id" toml:"id"`
	Width  float32 `json:"width,omitempty" toml:"width,omitempty"` // in Fyne's units; 0: as it fits
	Hidden bool    `json:"hidden,omitempty" toml:"hidden,omitempty"`
}

// column is a Column as the user has it.
type column struct {
	Column
	user   float32 // the width the user gave it; 0: none
	hidden bool

	// What cells were seen to take: with all that is in them, and without what may be left out.
	whole, least float32

	label float32 // what its name takes

	// What arrange found.
	shown bool
	x, w  float32
}

// maxWidth bounds the width that a file or a drag may give a column.
const maxWidth = 4000

// arrangement is the columns in their order.
type arrangement struct {
	usual   []Column
	columns []column
	width   float32 // of all that are shown
	dated   bool    // times have their day
	filled  bool    // a column was empty when arrange was called last
}

func newArrangement(usual []Column) *arrangement {
	a := &arrangement{usual: slices.Clone(usual)}
	for i := range a.usual {
		a.usual[i].empty = usual[i].In != nil || usual[i].Offered
	}
	a.set(Layout{})
	return a
}

// set takes a Layout. Columns it does not know, as those of a later version, stand
// behind the one that is usually before them; unknown ones are skipped.
func (a *arrangement) set(l Layout) {
	a.columns = a.columns[:0]
	for _, c := range a.usual {
		a.columns = append(a.columns, column{Column: c, hidden: c.Hidden})
	}
	at := 0
	for _, want := range l.Columns {
		i := a.index(want.ID)
		if i < at { // unknown, or twice
			continue
		}
		c := a.columns[i]
		c.hidden = want.Hidden
		c.user = 0
		if want.Width > 0 {
			c.user = min(max(want.Width, c.MinWidth), maxWidth)
		}
		a.columns = slices.Insert(slices.Delete(a.columns, i, i+1), at, c)
		at++
	}
	for i, u := range a.usual[1:] {
		if !slices.ContainsFunc(l.Columns, func(c ColumnLayout) bool { return c.ID == u.ID }) && at > 0 {
			a.move(a.index(u.ID), a.index(a.usual[i].ID)+1)
		}
	}
}

// index is the place of a column.
func (a *arrangement) index(id string) int {
	return slices.IndexFunc(a.columns, func(c column) bool { return c.ID == id })
}

// fill notes that a column is not empty.
func (a *arrangement) fill(id string) {
	a.filled = true
	a.offer(id, true)
}

// offer says whether there is a column for something.
func (a *arrangement) offer(id string, on bool) {
	if i := a.index(id); i >= 0 {
		a.columns[i].empty = !on
	}
	for i := range a.usual {
		if a.usual[i].ID == id {
			a.usual[i].empty = !on
		}
	}
}

// dateWidth is what the day of a time takes.
const dateWidth = 66

// usualWidth is the width of a column that the user gave none.
func (a *arrangement) usualWidth(c *column) float32 {
	if a.dated && c.ID == "time" {
		return c.Width + dateWidth
	}
	return c.Width
}

// widen makes room for the names of columns, which are longer in some languages.
func (a *arrangement) widen(width func(label string) float32) {
	for i := range a.usual {
		u := &a.usual[i]
		label := width(u.Label) + cellGap
		u.Width = max(u.Width, label)
		for k := range a.columns {
			if a.columns[k].ID == u.ID {
				a.columns[k].Width, a.columns[k].label = u.Width, label
			}
		}
	}
}

// get returns the Layout.
func (a *arrangement) get() Layout {
	l := Layout{Columns: make([]ColumnLayout, len(a.columns))}
	for i, c := range a.columns {
		l.Columns[i] = ColumnLayout{ID: c.ID, Width: c.user, Hidden: c.hidden}
	}
	return l
}

// arrange finds the columns' places in a width. Where there is not room, the
// columns with Flex give of theirs (cells leave out addresses then), then the spare
// ones go, then those on the right give of theirs; what is still too wide can be
// scrolled. What room is left goes to those with Flex that the user gave no width.
func (a *arrangement) arrange(width float32) {
	a.filled = false
	for i := range a.columns {
		a.columns[i].shown = !a.columns[i].hidden && !a.columns[i].empty
	}
	if a.fit(width) > 0 {
		for i := range a.columns {
			c := &a.columns[i]
			if c.Spare && c.user == 0 {
				c.shown = false
			}
		}
		a.fit(width)
		a.squeeze(width)
	}
	x := float32(0)
	for i := range a.columns {
		c := &a.columns[i]
		c.x = x
		if c.shown {
			x += c.w
		}
	}
	a.width = x
}

// comfortable is how much of its width a column with Flex keeps before spare
// columns go, if what it holds needs that: enough for most names.
const comfortable = 0.6

// What is noted of cells: widths in steps, so that columns do not move with each new row, and none that is
// much wider than usual.
const (
	noteStep = 24
	noteMost = 1.5 // times the usual width
)

// note takes what a cell takes, whole and at least, and reports whether its column holds more than was known.
func (c *column) note(whole, least float32) (more bool) {
	grow := func(known *float32, w float32) {
		if w += cellGap; w <= *known {
			return
		}
		w = min(float32(math.Ceil(float64(w/noteStep)))*noteStep, noteMost*c.Width)
		more = more || w > *known
		*known = max(*known, w)
	}
	grow(&c.whole, whole)
	grow(&c.least, least)
	return more
}

// wants is what a column with Flex takes with all that is in it, needs without what may be left out.
func (c *column) wants() float32 {
	if c.whole == 0 {
		return c.Width
	}
	return max(c.whole, c.MinWidth)
}

func (c *column) needs() float32 {
	if c.least == 0 {
		return comfortable * c.Width
	}
	return max(c.least, c.MinWidth)
}

// fit gives the shown columns their widths, and returns how much is missing: what those with Flex hold
// has room before what the others only might hold.
func (a *arrangement) fit(width float32) (missing float32) {
	left, flex, wants, needs, enough := width, float32(0), float32(0), float32(0), float32(0)
	for i := range a.columns {
		c := &a.columns[i]
		if !c.shown {
			continue
		}
		c.w = a.usualWidth(c)
		switch {
		case c.user > 0:
			c.w = c.user
			left -= c.w
		case c.Flex > 0:
			flex, wants, needs = flex+c.Flex, wants+c.wants(), needs+c.needs()
			enough += min(c.needs(), comfortable*c.Width)
		default:
			left -= c.w
		}
	}
	if flex == 0 {
		return -left
	}
	for i := len(a.columns) - 1; i >= 0 && left < wants; i-- {
		if c := &a.columns[i]; c.shown && c.user == 0 && c.Flex == 0 && (c.whole > 0 || c.Offered) {
			give := max(min(wants-left, c.w-max(c.MinWidth, c.label, c.whole)), 0)
			c.w -= give
			left += give
		}
	}
	for i := range a.columns {
		c := &a.columns[i]
		if !c.shown || c.user > 0 || c.Flex == 0 {
			continue
		}
		w := c.wants()
		switch {
		case left >= wants:
			w += (left - wants) * c.Flex / flex
		case left >= needs && wants > needs:
			w = c.needs() + (left-needs)*(w-c.needs())/(wants-needs)
		default:
			w = left * c.needs() / needs
		}
		c.w = max(float32(math.Floor(float64(w))), c.MinWidth)
	}
	return enough - left
}

// squeeze takes what is too much from the columns, the last one first: half a number at
// the edge of the window would look like a whole one.
func (a *arrangement) squeeze(width float32) {
	over := -width
	for i := range a.columns {
		if c := &a.columns[i]; c.shown {
			over += c.w
		}
	}
	for i := len(a.columns) - 1; i >= 0 && over > 0; i-- {
		if c := &a.columns[i]; c.shown && c.user == 0 {
			give := min(over, c.w-c.MinWidth-(a.usualWidth(c)-c.Width))
			c.w -= give
			over -= give
		}
	}
}

// move puts a column in front of another, or at the end.
func (a *arrangement) move(from, to int) {
	c := a.columns[from]
	a.columns = slices.Delete(a.columns, from, from+1)
	if to > from {
		to--
	}
	a.columns = slices.Insert(a.columns, to, c)
}

// messages is the column where messages of events begin that are no attempts; -1:
// none.
func (a *arrangement) messages() int {
	first := -1
	for i := range a.columns {
		c := &a.columns[i]
		if !c.shown || !c.Attempts {
			continue
		}
		if c.ID == sourceID {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}
