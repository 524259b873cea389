package log

import "linklog/capture"

// place is where someone reads, to come back to it when the history was searched anew: rows have
// other IDs then.
type place struct {
	row    capture.Event // at the top, or with the keyboard focus if that is in sight
	chosen bool          // it has the keyboard focus
	above  int           // rows in sight above it
}

// keepPlace remembers where someone reads, if that is not in memory.
func (p *Page) keepPlace() {
	if p.place != nil || p.sorted != nil {
		return // it is not found yet
	}
	top, stands := p.view.Top()
	if !stands || p.baseOf(top) >= p.memory.shown.before() {
		return
	}
	var at place
	if current := p.view.Current(); current >= top && current < top+p.view.PageRows() {
		at.above, at.chosen = current-top, true
	}
	ev, here := p.event(top + at.above)
	if here {
		at.row = ev
		p.place = &at
	}
}

// backToPlace shows again what was read, as soon as it is found, unless someone has moved on.
func (p *Page) backToPlace() {
	at := p.place
	if at == nil || p.sorted != nil {
		return
	}
	before := p.history.past
	i, known, exact := before.At(at.row.Time)
	if !known {
		return
	}
	current := -1
	row, here := before.Row(&at.row)
	if here {
		i = row
		if at.chosen {
			if p.groups != nil {
				p.groups.reveal(row)
			}
			current = p.rowOf(row)
		}
	}
	if exact && (here || len(p.history.pages) == 0) { // else it may be on the page beside, of the same second
		p.place = nil
	}
	p.placing = true
	p.view.Restore(p.rowOf(i)-at.above, current)
	p.placing = false
}

// moved forgets the place of who has moved on.
func (p *Page) moved() {
	if !p.placing {
		p.place = nil
	}
}

// reading is the row where one reads: that with the keyboard focus, else the last in sight; -1: there is
// none.
func (p *Page) reading() (row int, focused bool) {
	if row = p.view.Current(); row >= 0 {
		return row, true
	}
	top, _ := p.view.Top()
	return min(top+p.view.PageRows(), p.source().Len()) - 1, false
}
