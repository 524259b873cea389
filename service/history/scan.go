package history

import (
	"errors"
	"math"
	"math/bits"
	"slices"

	"linklog/service/sqlite"
)

// errNoColumn: a block is no longer there.
var errNoColumn = errors.New("no such block")

// scan looks for matches in one segment, block by block in the order of the
// query. visit gets every block that has some, with the slots that match; it runs
// with a reader and must be short. after, if not nil, runs after each visit
// without it.
func (s *search) scan(seg *segment, visit func(r *reader, b *block, m *bitmap) error, after func() error) error {
	var p *plan
	var ranges []window
	err := s.h.read(seg, func(r *reader) error {
		blocks, err := r.blocks()
		if err != nil {
			return err
		}
		ranges = windows(blocks, s.low, s.high)
		p, err = s.planOf(r)
		return err
	})
	if err == nil && p.impossible {
		s.h.mu.Lock()
		rows := seg.stats.rows
		s.h.mu.Unlock()
		s.passed(rows)
	}
	if err != nil || p.impossible {
		return err
	}
	if !s.q.OldestFirst {
		slices.Reverse(ranges)
	}
	var b block
	var m bitmap
	for _, w := range ranges {
		for w.low <= w.high {
			if err := s.ctx.Err(); err != nil {
				return err
			}
			found := false
			again := window{w.low, w.high, nil}
			b.rows = 0
			err := s.h.read(seg, func(r *reader) (err error) {
				if found, err = s.match(r, p, &w, &b, &m); err == nil && found {
					err = visit(r, &b, &m)
				}
				return err
			})
			if err == errNoColumn {
				// The block is gone, for rows were added: here are the rows themselves.
				w = again
				continue
			}
			if w.block != nil {
				s.passed(w.block.rows)
			} else {
				s.passed(int64(b.rows))
			}
			if err == nil && found && after != nil {
				err = after()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// passed tells that events were looked at, or need not be.
func (s *search) passed(rows int64) {
	if s.searched != nil {
		s.searched(rows)
	}
}

// match finds the matches in the first block of a window, or in the next piece of
// it where there is none, and takes that off the window. b is only good for the
// columns that s.column gives.
func (s *search) match(r *reader, p *plan, w *window, b *block, m *bitmap) (found bool, err error) {
	low, high := w.low, w.high
	if w.block != nil {
		w.low, w.high = 1, 0
		info := w.block
		if info.end < s.from || info.start > s.to {
			return false, nil
		}
		low, high = max(low, info.first), min(high, info.last)
		if low > high {
			return false, nil
		}
		for _, seen := range [...]struct {
			column field
			set    *bitset
		}{{fieldHosts, p.hosts}, {fieldPorts, p.ports}} {
			if seen.set == nil {
				continue
			}
			data, err := r.column(info.number, seen.column)
			if err != nil || data != nil && !anySeen(data, seen.set) {
				return false, err
			}
		}
		b.base, b.first, b.slots, b.rows = info.first, 0, int(info.last-info.first)+1, int(info.rows)
		b.start, b.end = info.start, info.end
		clear(b.loaded[:])
	} else {
		if low, high, err = s.piece(r, w); err != nil || low > high {
			return false, err
		}
		if err := r.load(b, low, high); err != nil {
			return false, err
		}
		if b.rows == 0 || b.end < s.from || b.start > s.to {
			return false, nil
		}
		for f := range b.loaded {
			b.loaded[f] = true
		}
	}
	m.setRange(max(int(low-b.base), b.first), min(int(high-b.base)+1, b.slots))
	if b.rows < b.slots-b.first {
		there, err := s.column(r, b, fieldPresent)
		if err != nil {
			return false, err
		}
		var present bitmap
		present.mark(there, &bitset{words: []uint64{1 << 1}})
		m.and(&present)
	}
	for i := range p.conditions {
		if m.empty() {
			return false, nil
		}
		if err := s.test(r, &p.conditions[i], b, m); err != nil {
			return false, err
		}
	}
	if s.q.Second != nil {
		if err := s.testSecond(r, b, m); err != nil || m.empty() {
			return false, err
		}
	}
	if b.start < s.from || b.end > s.to {
		if err := s.testTime(r, b, m); err != nil {
			return false, err
		}
	}
	return !m.empty(), nil
}

// piece takes the next range within one block off a window that has none; low is
// above high if nothing is left.
func (s *search) piece(r *reader, w *window) (low, high uint64, err error) {
	query := "SELECT max(seq) FROM log WHERE seq BETWEEN ? AND ?"
	if s.q.OldestFirst {
		query = "SELECT min(seq) FROM log WHERE seq BETWEEN ? AND ?"
	}
	seq := uint64(0)
	err = r.each(query, func(row sqlite.Row) error {
		seq = uint64(row.Int(0))
		return nil
	}, int64(w.low), int64(w.high))
	if err != nil || seq == 0 {
		w.low, w.high = 1, 0
		return 1, 0, err
	}
	low, high = max(w.low, seq&^blockMask), min(w.high, seq|blockMask)
	if s.q.OldestFirst {
		w.low = high + 1
	} else {
		w.high = low - 1
	}
	return low, high, nil
}

// column gives a column of a block, from slot 0.
func (s *search) column(r *reader, b *block, f field) ([]uint32, error) {
	if b.loaded[f] {
		return b.columns[f], nil
	}
	data, err := r.column(b.base>>blockBits, f)
	if err != nil {
		return nil, err
	}
	if data == nil {
		return nil, errNoColumn
	}
	if cap(b.columns[f]) < blockSize {
		b.columns[f] = make([]uint32, blockSize)
	}
	b.columns[f] = b.columns[f][:b.slots]
	if !decodeColumn(b.columns[f], data) {
		return nil, sqlite.Damaged(r.c.Path(), "column %d of block %d", f, b.base>>blockBits)
	}
	b.loaded[f] = true
	return b.columns[f], nil
}

// test drops the slots that a condition does not pass.
func (s *search) test(r *reader, c *planned, b *block, m *bitmap) error {
	var wanted, not bitmap
	for i := range c.looks {
		l := &c.looks[i]
		if l.amount {
			if err := c.testVolume(r, b, m, &wanted, &not); err != nil {
				return err
			}
			continue
		}
		if len(l.parted) > 0 {
			if err := s.testParted(r, l, b, m, &wanted, &not); err != nil {
				return err
			}
		}
		for _, side := range [...]struct {
			set *bitset
			to  *bitmap
		}{{&l.wanted, &wanted}, {&l.not, &not}} {
			if side.set.empty() {
				continue
			}
			column, err := s.column(r, b, l.column)
			if err != nil {
				return err
			}
			if l.classes == nil {
				side.to.mark(column, side.set)
				continue
			}
			var any bitmap
			any.mark(column, side.set)
			any.and(m)
			if err := s.testPorts(r, l, b, &any, side.set == &l.not); err != nil {
				return err
			}
			for w := range any {
				side.to[w] |= any[w]
			}
		}
	}
	if c.wants {
		m.and(&wanted)
	}
	m.without(&not)
	return nil
}

// testPorts drops the slots whose port is none for their kind and protocol.
func (s *search) testPorts(r *reader, l *look, b *block, m *bitmap, not bool) error {
	if m.empty() {
		return nil
	}
	shapes, err := s.column(r, b, fieldShape)
	if err != nil {
		return err
	}
	column := b.columns[l.column]
	for i, w := range m {
		for ; w != 0; w &= w - 1 {
			slot := i<<6 + bits.TrailingZeros64(w)
			id := int(shapes[slot])
			if id >= len(l.classes) || l.classes[id] == nil {
				m[i] &^= 1 << (slot & 63)
				continue
			}
			set := &l.classes[id].wanted
			if not {
				set = &l.classes[id].not
			}
			if !set.has(column[slot]) {
				m[i] &^= 1 << (slot & 63)
			}
		}
	}
	return nil
}

// testSecond drops the slots whose second is not wanted.
func (s *search) testSecond(r *reader, b *block, m *bitmap) error {
	seconds, err := s.column(r, b, fieldSecond)
	if err != nil {
		return err
	}
	from := floorSecond(b.start)
	var exact []uint64 // the slots whose second does not fit in the column
	for i, w := range m {
		for ; w != 0; w &= w - 1 {
			slot := i<<6 + bits.TrailingZeros64(w)
			if n := seconds[slot]; n == math.MaxUint32 {
				exact = append(exact, b.base+uint64(slot))
			} else if !s.q.Second(from + int64(n)) {
				m[i] &^= 1 << (slot & 63)
			}
		}
	}
	for _, seq := range exact {
		err := r.each("SELECT time FROM log WHERE seq = ?", func(row sqlite.Row) error {
			if !s.q.Second(floorSecond(row.Int(0))) {
				slot := seq - b.base
				m[slot>>6] &^= 1 << (slot & 63)
			}
			return nil
		}, int64(seq))
		if err != nil {
			return err
		}
	}
	return nil
}

// testTime drops the slots outside of the query's times, of a block that lies on
// the edge.
func (s *search) testTime(r *reader, b *block, m *bitmap) error {
	var in bitmap
	err := r.each("SELECT seq, time FROM log WHERE seq BETWEEN ? AND ?", func(row sqlite.Row) error {
		if t := row.Int(1); t >= s.from && t <= s.to {
			slot := uint64(row.Int(0)) - b.base
			in[slot>>6] |= 1 << (slot & 63)
		}
		return nil
	}, int64(b.base)+int64(b.first), int64(b.base)+int64(b.slots)-1)
	m.and(&in)
	return err
}
