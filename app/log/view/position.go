package view

// position is what part of the rows is shown. It is held by the id of the first
// row, so that nothing moves while rows are added at either end or dropped.
type position struct {
	src Source

	row    float64 // height of a row
	height float64 // of the rows' area

	follow bool
	oldest bool    // stays with the first row, while older ones come; not while following
	top    int64   // id of the first row that is seen; not used while following
	offset float64 // how much of it is above the edge
	seen   int64   // the id up to which rows were shown before following ended, and one more
}

// max is how far down one can scroll.
func (p *position) max() float64 { return max(float64(p.src.Len())*p.row-p.height, 0) }

// at is how far it is scrolled now.
func (p *position) at() float64 {
	if p.follow {
		return p.max()
	}
	if p.oldest {
		return 0
	}
	i := p.src.Find(p.top)
	offset := p.offset
	if i >= p.src.Len() || p.src.ID(i) != p.top {
		offset = 0 // the row is no more: the next one takes its place
	}
	return min(float64(i)*p.row+offset, p.max())
}

// first returns the first row that is seen and how much of it is above the edge.
func (p *position) first() (i int, above float64) {
	at := p.at()
	i = int(at / p.row)
	return i, at - float64(i)*p.row
}

// rowAt is the row at a height of the area; false if there is none.
func (p *position) rowAt(y float64) (int, bool) {
	if y < 0 || y >= p.height {
		return 0, false
	}
	i := int((p.at() + y) / p.row)
	return i, i < p.src.Len()
}

// scrollTo scrolls; at the end following begins, before it ends.
func (p *position) scrollTo(at float64) {
	end := p.max()
	p.oldest = false
	if at >= end {
		p.follow = true
		return
	}
	if p.follow {
		p.stop()
	}
	at = max(at, 0)
	i := int(at / p.row)
	p.top, p.offset = p.src.ID(i), at-float64(i)*p.row
	p.note()
}

// stop ends following; the rows stay where they are.
func (p *position) stop() {
	if !p.follow {
		return
	}
	i, above := p.first()
	n := p.src.Len()
	p.follow, p.offset = false, above
	p.top, p.seen = 0, 0
	if n > 0 {
		p.top, p.seen = p.src.ID(min(i, n-1)), p.src.ID(n-1)+1
	}
}

// leaveOldest ends staying with the first row; the rows stay where they are.
func (p *position) leaveOldest() {
	if p.oldest && p.src.Len() > 0 {
		p.oldest, p.top, p.offset = false, p.src.ID(0), 0
	}
}

// note remembers that the last row in sight was seen.
func (p *position) note() {
	if last := int((p.at() + p.height) / p.row); last > 0 && last <= p.src.Len() {
		p.seen = max(p.seen, p.src.ID(last-1)+1)
	}
}

// fresh is how many rows came since following ended and were not in sight.
func (p *position) fresh() int {
	if p.follow {
		return 0
	}
	return p.src.Len() - p.src.Find(p.seen)
}

// reveal scrolls as little as needed to have a row in sight.
func (p *position) reveal(i int) {
	y, at := float64(i)*p.row, p.at()
	switch {
	case y < at:
		p.scrollTo(y)
	case y+p.row > at+p.height:
		p.scrollTo(y + p.row - p.height)
	}
}

// page is how many rows are seen as a whole.
func (p *position) page() int { return max(int(p.height/p.row), 1) }
