// Package ranges says in which of very many ranges a number lies: an address in the
// networks of the internet, or in those of a list.
package ranges

import "math/bits"

// Ranges are next to each other: each ends where the next one begins. Each has a value.
// They do not change.
//
// The first bits of a number say which part of all numbers it is in. A part in which many
// ranges begin is divided by further bits, until few begin in each. In what a processor
// asks memory for at once there are then bits for 64 parts; only of those in which a range
// begins there is more.
type Ranges struct {
	width  uint8 // bits that tell which of the nodes at the front a number belongs to
	nodes  []node
	words  []word
	starts []start
}

// MaxValue is the largest value.
const MaxValue = 1<<valueBits - 1

// node is a part. Its upper bits say what the lower ones are: 0: the value of the one range
// that all of it is in; up to widest: the first of its words, so many bits divide it;
// more: the first of the ranges that begin in it.
type node uint32

const (
	valueBits = 27
	widest    = 16
	listed    = widest + 1
)

// few is how many ranges begin in a part that is not divided, at most. As many are looked at
// always: the processor would often guess their number wrong. A power of two.
const few = 4

// word has a bit for each of 64 parts in which a range begins, and the last node before theirs.
type word struct {
	begun  uint64
	before uint32
}

// start is where a range begins, in halves that need no room between this and the next.
type start struct {
	lower, upper uint32
	value        uint32
}

func (s *start) number() uint64 { return uint64(s.upper)<<32 | uint64(s.lower) }

// Of is the value of the range that a number is in; 0 before the first.
func (r *Ranges) Of(x uint64) uint32 {
	used := uint(r.width)
	n := r.nodes[x>>(-used&63)]
	for {
		width, at := uint(n>>valueBits), uint32(n&MaxValue)
		switch width {
		case 0:
			return at
		case listed:
			return upTo((*[few]start)(r.starts[at:]), x)
		}
		part := x << (used & 63) >> (-width & 63)
		used += width
		w := &r.words[at+uint32(part>>6)]
		upToPart := w.begun << (^part & 63)
		n = r.nodes[w.before+uint32(bits.OnesCount64(upToPart))]
		// All of a part in which none begins is where the end of the part before it is.
		_, none := bits.Sub64(upToPart, 1<<63, 0)
		x |= -none >> (used & 63)
	}
}

// upTo is the value of the last range that begins up to x. Those behind the part begin behind
// x. It has no branch that depends on them.
func upTo(list *[few]start, x uint64) uint32 {
	from := 0
	for half := few / 2; half > 0; half /= 2 {
		_, less := bits.Sub64(x, list[(from+half)&(few-1)].number(), 0)
		from += half & (int(less) - 1)
	}
	return list[from&(few-1)].value
}
