package rows

// Dropped is events of a View that the Store drops: which ones they were, for who can
// get them elsewhere. It does not change.
type Dropped struct {
	base  int64 // the position of row 0
	every int
	marks marks
	ends  []uint64
}

// Dropped is what View shows of the positions from one up to that of the first event that
// stays, as OnDrop tells it. Call it there, after Update.
func (v *View) Dropped(from, kept int64, every int) *Dropped {
	d := &Dropped{base: (kept - 1) >> chunkBits << chunkBits, every: every}
	if len(v.list) == 0 || v.first >= kept || from >= kept {
		return d
	}
	d.marks = *v.list[0]
	d.marks.clear(int(max(from-d.base, 0)))
	for i := range d.Len() {
		if (i+1)%every == 0 || i+1 == d.Len() {
			d.ends = append(d.ends, v.store.Seq(d.ID(i)))
		}
	}
	return d
}

// Len is the number of events.
func (d *Dropped) Len() int { return d.marks.count }

// ID is the position that an event had; i is 0 to Len-1.
func (d *Dropped) ID(i int) int64 { return d.base + int64(d.marks.at(i)) }

// Find is the index of the first event whose position was id or higher; Len if there is none.
func (d *Dropped) Find(id int64) int {
	switch {
	case id <= d.base:
		return 0
	case id >= d.base+chunkSize:
		return d.marks.count
	}
	return d.marks.find(int(id - d.base))
}

// End is the Seq of the last event of a page, of which each has as many as Dropped was told, from the
// first on.
func (d *Dropped) End(page int) uint64 { return d.ends[page] }
