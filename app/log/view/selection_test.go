package view

import (
	"testing"

	"pgregory.net/rapid"
)

// The ranges say the same as a plain set of rows.
func TestSelectionIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s selection
		set := map[int64]bool{}
		anchor := int64(-1)
		span := func(a, b int64) {
			clear(set)
			for id := min(a, b); id <= max(a, b); id++ {
				set[id] = true
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			id := rapid.Int64Range(0, 30).Draw(t, "id")
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0:
				s.only(id)
				span(id, id)
				anchor = id
			case 1:
				s.extend(id)
				if anchor < 0 {
					anchor = id
				}
				span(anchor, id)
			case 2:
				s.all(0, id)
				span(0, id)
				if anchor < 0 {
					anchor = id
				}
			default:
				s.toggle(id)
				if set[id] = !set[id]; !set[id] {
					delete(set, id)
				}
				anchor = id
			}
			n := int64(0)
			for i, r := range s.ranges {
				if r.from > r.to || i > 0 && r.from <= s.ranges[i-1].to {
					t.Fatalf("ranges %v", s.ranges)
				}
				n += r.to - r.from + 1
			}
			if n != int64(len(set)) {
				t.Fatalf("%d rows in %v, want %d", n, s.ranges, len(set))
			}
			for id := range int64(32) {
				if s.has(id) != set[id] {
					t.Fatalf("has(%d) = %v in %v", id, s.has(id), s.ranges)
				}
			}
		}
	})
}
