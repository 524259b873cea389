package ranges

import (
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// Every number has the value that a look at all ranges finds.
func TestOf(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		var starts []uint64
		for range random.IntN(1 << (round % 12)) {
			x := random.Uint64() << random.IntN(64) >> random.IntN(64)
			for range random.IntN(6) + 1 { // many close together, as in networks that are divided
				x += 1 << random.IntN(64) & -uint64(random.IntN(2))
				starts = append(starts, x)
			}
		}
		slices.Sort(starts)
		starts = slices.Compact(starts)
		values := make([]uint32, len(starts))
		for i := range values {
			values[i] = random.Uint32N(MaxValue + 1)
		}
		r := New(starts, values, nil)
		check := func(x uint64) {
			want := uint32(0)
			if i := sort.Search(len(starts), func(i int) bool { return starts[i] > x }); i > 0 {
				want = values[i-1]
			}
			if got := r.Of(x); got != want {
				t.Fatalf("%d ranges: %x has %x, want %x; they begin at %x", len(starts), x, got, want, starts[:min(len(starts), 20)])
			}
		}
		for _, x := range starts {
			for _, x := range []uint64{x - 1, x, x + 1, x ^ 1<<random.IntN(64)} {
				check(x)
			}
		}
		for range 200 {
			check(random.Uint64() >> random.IntN(64))
		}
		check(0)
		check(^uint64(0))
	}
}
