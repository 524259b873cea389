package ranges

import (
	"math/bits"
	"unsafe"
)

// New makes ranges that begin at these numbers, each greater than the one before, with
// these values. room gives so many bytes of memory that is zero, for good; nil: Go does.
func New[V ~uint32](starts []uint64, values []V, room func(bytes int) []byte) *Ranges {
	if room == nil {
		room = func(n int) []byte { return bytes(make([]word, n/size[word]()+1)) }
	}
	var count builder[V]
	count.all(starts, values)
	all := room(count.words*size[word]() + count.starts*size[start]() + count.nodes*size[node]())
	b := builder[V]{made: new(Ranges)}
	b.made.words, all = take[word](all, count.words) // what has to be aligned most comes first
	b.made.starts, all = take[start](all, count.starts)
	b.made.nodes, _ = take[node](all, count.nodes)
	b.all(starts, values)
	return b.made
}

func size[T any]() int { return int(unsafe.Sizeof(*new(T))) }

func bytes(words []word) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*size[word]())
}

// take cuts off room for so many, of a type without pointers.
func take[T any](from []byte, n int) (list []T, rest []byte) {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(from))), n), from[n*size[T]():]
}

// builder fills ranges. Without any it only counts what they need.
type builder[V ~uint32] struct {
	made                 *Ranges
	words, starts, nodes int
}

func (b *builder[V]) all(starts []uint64, values []V) {
	width := uint(min(max(1, bits.Len(uint(len(starts)))), widest))
	b.nodes = 1 << width
	if b.made != nil {
		b.made.width = uint8(width)
	}
	last := V(0)
	for part := range uint64(1) << width {
		n := begun(starts, 0, width, part)
		b.node(int(part), b.part(part<<(64-width), width, last, starts[:n], values[:n]))
		if n > 0 {
			last = values[n-1]
		}
		starts, values = starts[n:], values[n:]
	}
	for range few { // behind the last list
		b.start(^uint64(0), last)
	}
}

// part makes the node of a part: of all numbers with the same used bits as its first.
// before is the value of the range before those that begin in it.
func (b *builder[V]) part(first uint64, used uint, before V, starts []uint64, values []V) node {
	n := len(starts)
	within := n > 0 && starts[0] != first // a range goes on in it
	switch {
	case n == 0:
		return node(before)
	case n == 1 && !within:
		return node(values[0])
	case n < few || n == few && !within:
		at := b.starts
		if within {
			b.start(first, before)
		}
		for i, x := range starts {
			b.start(x, values[i])
		}
		return node(listed<<valueBits | at)
	}

	width := widthFor(starts, used)
	at, count, next := b.words, max(1, 1<<width/64), b.nodes
	b.words += count
	each := func(f func(part uint64, n int)) {
		if within && begun(starts, used, width, 0) == 0 {
			f(0, 0)
		}
		for rest := starts; len(rest) > 0; {
			part := rest[0] << used >> (64 - width)
			n := begun(rest, used, width, part)
			f(part, n)
			rest = rest[n:]
		}
	}
	each(func(uint64, int) { b.nodes++ })
	each(func(part uint64, n int) {
		if b.made != nil {
			b.made.words[at+int(part>>6)].begun |= 1 << (part & 63)
		}
		b.node(next, b.part(first|part<<(64-used-width), used+width, before, starts[:n], values[:n]))
		next++
		if n > 0 {
			before = values[n-1]
		}
		starts, values = starts[n:], values[n:]
	})
	if b.made != nil {
		// next is behind the nodes of all.
		for i := at + count - 1; i >= at; i-- {
			w := &b.made.words[i]
			next -= bits.OnesCount64(w.begun)
			w.before = uint32(next - 1)
		}
	}
	return node(width<<valueBits | uint(at))
}

// begun counts the first ranges that begin in a part.
func begun(starts []uint64, used, width uint, part uint64) int {
	for i, x := range starts {
		if x<<used>>(64-width) != part {
			return i
		}
	}
	return len(starts)
}

// widthFor says how many bits divide a part: such that no more words are needed
// than ranges begin in it, or fewer if no range begins behind those bits.
func widthFor(starts []uint64, used uint) uint {
	widest := uint(min(bits.Len(uint(len(starts)))+5, widest))
	width := uint(1)
	for _, x := range starts {
		if width = max(width, 64-uint(bits.TrailingZeros64(x<<used))); width >= widest {
			return widest
		}
	}
	return width
}

func (b *builder[V]) node(i int, n node) {
	if b.made != nil {
		b.made.nodes[i] = n
	}
}

func (b *builder[V]) start(x uint64, value V) {
	if b.made != nil {
		b.made.starts[b.starts] = start{uint32(x), uint32(x >> 32), uint32(value)}
	}
	b.starts++
}
