package filter

import "slices"

// span is a run of values, both ends included.
type span[T any] struct{ first, last T }

// mergeSpans sorts spans and makes one of those that overlap, so that a search
// can halve them.
func mergeSpans[T any](spans []span[T], compare func(a, b T) int) []span[T] {
	slices.SortFunc(spans, func(a, b span[T]) int { return compare(a.first, b.first) })
	merged := spans[:0]
	for _, s := range spans {
		if n := len(merged); n > 0 && compare(s.first, merged[n-1].last) <= 0 {
			if compare(s.last, merged[n-1].last) > 0 {
				merged[n-1].last = s.last
			}
			continue
		}
		merged = append(merged, s)
	}
	return slices.Clip(merged)
}
