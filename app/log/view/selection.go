package view

import (
	"math"
	"slices"
)

// selection is which rows are selected, by id: ranges in order that do not
// overlap. Anchor is where a range with Shift begins, cursor where it ends and
// the keyboard goes on.
type selection struct {
	ranges         []idRange
	anchor, cursor int64
	any            bool // anchor and cursor mean something
}

type idRange struct{ from, to int64 } // both included

func (s *selection) has(id int64) bool {
	i, found := slices.BinarySearchFunc(s.ranges, id, func(r idRange, id int64) int {
		switch {
		case r.to < id:
			return -1
		case r.from > id:
			return 1
		}
		return 0
	})
	return found && i < len(s.ranges)
}

func (s *selection) clear() { *s = selection{ranges: s.ranges[:0]} }

// only selects one row.
func (s *selection) only(id int64) {
	s.ranges = append(s.ranges[:0], idRange{id, id})
	s.anchor, s.cursor, s.any = id, id, true
}

// extend selects from the anchor to a row and nothing else.
func (s *selection) extend(id int64) {
	if !s.any {
		s.only(id)
		return
	}
	s.ranges = append(s.ranges[:0], idRange{min(s.anchor, id), max(s.anchor, id)})
	s.cursor = id
}

// all selects a range, with the cursor where it was.
func (s *selection) all(from, to int64) {
	s.ranges = append(s.ranges[:0], idRange{from, to})
	if !s.any {
		s.anchor, s.cursor, s.any = to, to, true
	}
}

// toggle adds a row or takes it away.
func (s *selection) toggle(id int64) {
	s.anchor, s.cursor, s.any = id, id, true
	if !s.has(id) {
		s.ranges = append(s.ranges, idRange{id, id})
		slices.SortFunc(s.ranges, func(a, b idRange) int {
			if a.from < b.from {
				return -1
			}
			return 1
		})
		return
	}
	for i, r := range s.ranges {
		if id < r.from || id > r.to {
			continue
		}
		var parts []idRange
		if r.from < id {
			parts = append(parts, idRange{r.from, id - 1})
		}
		if id < r.to && id != math.MaxInt64 {
			parts = append(parts, idRange{id + 1, r.to})
		}
		s.ranges = slices.Replace(s.ranges, i, i+1, parts...)
		return
	}
}
