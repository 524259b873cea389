package reports

import (
	"math"
	"sort"
	"time"

	"linklog/service/api"
)

// bar is what happened in a piece of time.
type bar struct {
	from, to time.Time
	counts
}

// counts are numbers of attempts.
type counts struct {
	in, out               uint64
	inBlocked, outBlocked uint64 // of these
	allowed               uint64 // of both
}

func (c *counts) total() uint64 { return c.in + c.out }

func (c *counts) blocked() uint64 { return c.inBlocked + c.outBlocked }

// bars puts counts by time and direction into bars from one time to another.
func bars(groups []api.Group, from, to time.Time, s step) []bar {
	var list []bar
	for t := s.start(from); t.Before(to) && len(list) < 4*maxBars; {
		next := s.next(t)
		list = append(list, bar{from: t, to: next})
		t = next
	}
	for _, g := range groups {
		at := g.Time
		if at.Before(from) {
			at = from // a bucket that began before what was asked for
		}
		i := sort.Search(len(list), func(i int) bool { return list[i].to.After(at) })
		if i == len(list) || g.Count < 0 {
			continue
		}
		b := &list[i]
		switch g.Direction {
		case "in":
			b.in += uint64(g.Count)
			b.inBlocked += uint64(g.Blocked)
		case "out":
			b.out += uint64(g.Count)
			b.outBlocked += uint64(g.Blocked)
		default:
			continue
		}
		b.allowed += uint64(g.Allowed)
	}
	return list
}

// sums adds bars up.
func sums(list []bar) (all counts) {
	for i := range list {
		c := &list[i].counts
		all.in += c.in
		all.out += c.out
		all.inBlocked += c.inBlocked
		all.outBlocked += c.outBlocked
		all.allowed += c.allowed
	}
	return all
}

// ticks are the values to be marked on an axis up to a highest value: round ones,
// three to five, the last at least the highest.
func ticks(highest uint64) []uint64 {
	if highest == 0 {
		return []uint64{0, 1}
	}
	size := math.Pow(10, math.Floor(math.Log10(float64(highest)/4)))
	step := uint64(1)
	for _, f := range []float64{1, 2, 5, 10} {
		step = max(uint64(f*size), 1)
		if float64(highest)/float64(step) <= 4 {
			break
		}
	}
	var list []uint64
	for v := uint64(0); ; v += step {
		list = append(list, v)
		if v >= highest {
			return list
		}
	}
}
