package log

import (
	"linklog/app/log/past"
	"linklog/app/log/view"
	"linklog/app/system/prefs"
)

// source is the rows as they are on the screen.
func (p *Page) source() view.Source {
	switch {
	case p.sorted != nil:
		return p.sorted
	case p.groups != nil:
		return p.groups
	}
	return p.memory.shown
}

// setSource shows other rows.
func (p *Page) setSource() {
	before := p.groups
	p.groups = nil
	if p.c.Prefs.Get().Grouped {
		p.groups = newGroups(p.memory.shown, p.bookmarks.has)
		if before != nil && before.shown == p.memory.shown {
			p.groups.opened = before.opened
		}
	}
	p.view.SetSource(p.source())
}

// baseOf is the index of what is seen in a row, among what is shown; of a group it is its first.
func (p *Page) baseOf(row int) int {
	if p.groups == nil {
		return row
	}
	i, _ := p.groups.base(row)
	return i
}

// rowOf is the row in which something that is shown is seen.
func (p *Page) rowOf(i int) int {
	if p.groups == nil {
		return i
	}
	return p.groups.row(i)
}

// ToggleGroups has what repeats shown as one row, or no longer.
func (p *Page) ToggleGroups() {
	on := !p.c.Prefs.Get().Grouped
	p.c.Prefs.Change(func(c *prefs.Choices) { c.Grouped = on })
	if p.sorted == nil { // else afterwards
		p.view.SetGroups(on)
		p.setSource()
	}
	p.showCount()
}

// group says what a row stands for.
func (p *Page) group(row int) view.Group {
	if p.groups == nil {
		return view.Group{}
	}
	return p.groups.group(row)
}

// openGroup opens or closes the group of a row.
func (p *Page) openGroup(row int, open bool) {
	if at, changed := p.groups.set(row, open); changed {
		p.view.Select(at)
		p.view.Changed()
	}
}

// groupAgain groups anew, as rows may be others now.
func (p *Page) groupAgain() {
	if p.groups != nil {
		p.groups.reset()
	}
}

// selectedRanges yields what is selected of what is shown, as view.SelectedRanges does for rows: of a
// group all.
func (p *Page) selectedRanges(yield func(from, to int) bool) {
	for from, to := range p.view.SelectedRanges {
		if !yield(p.baseOf(from), p.baseOf(to)) {
			return
		}
	}
}

// selectedLen is how many events are selected.
func (p *Page) selectedLen() (n int) {
	for from, to := range p.selectedRanges {
		n += to - from
	}
	return n
}

// needs are the rows of what is grouped that have to be fetched for those in sight, some at a time.
func (g *groups) needs(first, last int) (from, to int) {
	const near = 2 * past.PageRows
	if from, to, some := g.missing(first, last, near); some {
		return from, to
	}
	from, _ = g.base(first)
	to, _ = g.base(last)
	return from, min(to, from+near)
}
