package listed

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"net/netip"
	"slices"
	"unsafe"

	"linklog/assets/ranges"
)

// Set is what is on one list. It does not change.
type Set struct {
	Entries int // addresses, networks and names that it understood
	Home    int // of these in home networks and others that nobody owns, which never match
	Wrong   int // lines that were not understood
	First   int // the first of these lines, from 1

	four four
	six  six
	names
}

// holds finds the smallest network of the list that an address is in; a is not one of IPv4 in
// the form of IPv6.
func (s *Set) holds(a netip.Addr) (network netip.Prefix, on bool) {
	var size uint8 // bits of the network, plus one
	switch {
	case a.Is4():
		b := a.As4()
		size = s.four.at(binary.BigEndian.Uint32(b[:]))
	case a.Is6():
		size = s.six.at(ranges.Halves(a))
	}
	if size == 0 {
		return network, false
	}
	network, err := a.Prefix(int(size) - 1)
	return network, err == nil
}

// four are networks of IPv4, as parts that the addresses are divided in: where each begins, and
// the size of its network plus one; 0: it is in none. A network is its size and any address in
// it, so that neighbours of one size are one part.
type four struct {
	parts []uint32 // each the lower bits of where it begins, and sizeBits of its size

	// Those that begin with the same upper bits are from index[i] to index[i+1].
	index []uint32
	lower uint8 // bits
}

const sizeBits = 6

func (f *four) at(x uint32) uint8 {
	if len(f.parts) == 0 {
		return 0
	}
	i := x >> f.lower
	from, to := f.index[i], f.index[i+1]
	if n := int(from) + upTo(f.parts[from:to], x<<sizeBits&(1<<(f.lower+sizeBits)-1)|(1<<sizeBits-1)); n > 0 {
		return uint8(f.parts[n-1] & (1<<sizeBits - 1))
	}
	return 0
}

// upTo counts the numbers up to x in a sorted list, without a branch that depends on them: the
// processor would guess every second one wrong.
func upTo(list []uint32, x uint32) int {
	from := 0
	for n := len(list); n > 0; {
		half := (n + 1) / 2
		_, less := bits.Sub32(x, list[from+half-1], 0)
		from += half & (int(less) - 1)
		n -= half
	}
	return from
}

// six are networks of IPv6, as four. They are searched in two steps: for the block by the
// upper half of an address, then in it.
type six struct {
	starts []upperLower
	sizes  []uint8
	blocks *ranges.Ranges // numbers of blocks, from 0, by the upper half of their first start
	first  []uint32       // start of each block, and where the last one ends
}

// blockStarts is how many a block has, at least.
const blockStarts = 16

// upperLower is an address of IPv6.
type upperLower struct{ upper, lower uint64 }

func (a upperLower) compare(b upperLower) int {
	if c := cmp.Compare(a.upper, b.upper); c != 0 {
		return c
	}
	return cmp.Compare(a.lower, b.lower)
}

func (s *six) at(upper, lower uint64) uint8 {
	if s.blocks == nil {
		return 0
	}
	block := s.blocks.Of(upper)
	from := int(s.first[block])
	for n := int(s.first[block+1]) - from; n > 0; {
		half := (n + 1) / 2
		p := &s.starts[from+half-1]
		// Without a branch that the processor would guess wrong every second time.
		_, less := bits.Sub64(lower, p.lower, 0)
		_, less = bits.Sub64(upper, p.upper, less)
		from += half & (int(less) - 1)
		n -= half
	}
	if from == 0 {
		return 0
	}
	return s.sizes[from-1]
}

// network is an entry of a list.
type network struct {
	start upperLower // of IPv4: in lower
	size  uint8
}

// parts divides addresses with so many bits by networks that may lie in each other, and calls
// f with each part.
func parts(list []network, width int, f func(start upperLower, size uint8)) {
	slices.SortFunc(list, func(a, b network) int {
		if c := a.start.compare(b.start); c != 0 {
			return c
		}
		return cmp.Compare(a.size, b.size)
	})
	last, any := uint8(0), false
	part := func(start upperLower, size uint8) {
		if !any && size == 0 || any && size == last {
			return
		}
		f(start, size)
		last, any = size, true
	}
	type open struct {
		size uint8
		end  upperLower // the first address behind it
		more bool       // there is one
	}
	var within []open // networks, each in the one before it
	// leave ends the networks that end up to an address.
	leave := func(at upperLower, all bool) {
		for len(within) > 0 {
			w := within[len(within)-1]
			if !all && (!w.more || w.end.compare(at) > 0) {
				return
			}
			within = within[:len(within)-1]
			if !w.more {
				continue
			}
			size := uint8(0)
			// Where two end together, the outer one says how it goes on.
			if n := len(within); n > 0 {
				outer := within[n-1]
				if outer.more && outer.end == w.end {
					continue
				}
				size = outer.size
			}
			if !all && w.end == at { // the next begins there
				continue
			}
			part(w.end, size)
		}
	}
	for i := range list {
		n := &list[i]
		leave(n.start, false)
		if k := len(within); k > 0 && within[k-1].size == n.size+1 && i > 0 && list[i-1].start == n.start {
			continue // it is there twice
		}
		part(n.start, n.size+1)
		end, more := behind(n.start, width-int(n.size), width)
		within = append(within, open{n.size + 1, end, more})
	}
	leave(upperLower{}, true)
}

// behind is the address behind a network with so many bits for hosts.
func behind(start upperLower, host, width int) (end upperLower, more bool) {
	var carry uint64
	if host < 64 {
		end.lower, carry = bits.Add64(start.lower, 1<<host, 0)
		end.upper, carry = bits.Add64(start.upper, 0, carry)
	} else {
		end.lower = start.lower
		end.upper, carry = bits.Add64(start.upper, 1<<(host-64), 0)
	}
	return end, carry == 0 && (width == 128 || end.lower>>width == 0)
}

func newFour(list []network) (f four) {
	var starts []uint32
	var sizes []uint8
	parts(list, 32, func(start upperLower, size uint8) {
		starts, sizes = append(starts, uint32(start.lower)), append(sizes, size)
	})
	n := len(starts)
	if n == 0 {
		return f
	}
	indexed := max(bits.Len(uint(n))-3, sizeBits) // bits, for eight parts or so; the others have to have room beside the size
	f.lower = uint8(32 - indexed)
	f.index, f.parts = make([]uint32, 1<<indexed+1), make([]uint32, n)
	at := 0
	for i := range f.index {
		for at < n && uint64(starts[at]) < uint64(i)<<f.lower {
			f.parts[at] = starts[at]<<sizeBits&(1<<(f.lower+sizeBits)-1) | uint32(sizes[at])
			at++
		}
		f.index[i] = uint32(at)
	}
	return f
}

func newSix(list []network) (s six) {
	parts(list, 128, func(start upperLower, size uint8) {
		s.starts, s.sizes = append(s.starts, start), append(s.sizes, size)
	})
	if len(s.starts) == 0 {
		return s
	}
	s.starts, s.sizes = slices.Clone(s.starts), slices.Clone(s.sizes)
	var uppers []uint64
	var blocks []uint32
	for i, start := range s.starts {
		if n := len(s.first); n > 0 && (i-int(s.first[n-1]) < blockStarts || s.starts[i-1].upper == start.upper) {
			continue
		}
		uppers, blocks = append(uppers, start.upper), append(blocks, uint32(len(blocks)))
		s.first = append(s.first, uint32(i))
	}
	s.first = append(s.first, uint32(len(s.starts)))
	s.blocks = ranges.New(uppers, blocks, nil)
	return s
}

// names are domains, as their hashes: 8 bytes each instead of about 60. With 500,000 of them, one
// of 10^13 other names is taken for one; nobody can choose it, as the seed is random.
type names struct {
	hashes []uint64 // by their lowest bits, or behind that; 0: nothing
	few    []uint64 // bits, 64 for eight hashes, by their highest bits: with most names it is enough to look here
	n      int
	seed   maphash.Seed
}

// maxDomain is the length of a name, in bytes (RFC 1035).
const maxDomain = 253

// calls finds the domain of the list that a name is, or is in.
func (s *names) calls(name string) (domain string, on bool) {
	if s.n == 0 || len(name) == 0 || len(name) > maxDomain+1 {
		return "", false
	}
	if name[len(name)-1] == '.' {
		name = name[:len(name)-1]
	}
	var room [maxDomain + 1]byte
	small := name // most are: to copy them takes longer than to find them
	labels := 1
	for i := len(name) - 1; i >= 0; i-- {
		switch c := small[i]; {
		case c == '.':
			if labels > 1 && s.has(small[i+1:]) { // there is no top-level domain among them
				domain, on = name[i+1:], true
			}
			labels++
		case 'A' <= c && c <= 'Z':
			lower(room[:copy(room[:], name)])
			small = unsafe.String(&room[0], len(name)) // which nobody changes any more
		}
	}
	if s.has(small) {
		return name, true
	}
	return domain, on
}

// has reports whether a name in small letters is on the list.
func (s *names) has(name string) bool {
	h := max(maphash.String(s.seed, name), 1)
	if i, marks := s.marks(h); s.few[i]&marks != marks {
		return false
	}
	_, there := s.place(h)
	return there
}

// marks are the three bits of a hash in few, all in one number there. Of other names one in a
// hundred has them all set; with one bit it would be one in sixteen.
func (s *names) marks(h uint64) (at, marks uint64) {
	return h >> bits.LeadingZeros64(uint64(len(s.few)-1)), 1<<(h>>22&63) | 1<<(h>>28&63) | 1<<(h>>34&63)
}

func lower(text []byte) {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] = c + 'a' - 'A'
		}
	}
}

// place finds where a hash is, or would be.
func (s *names) place(h uint64) (at uint64, there bool) {
	mask := uint64(len(s.hashes) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch s.hashes[i] {
		case h:
			return i, true
		case 0:
			return i, false
		}
	}
}

// add adds a name in small letters.
func (s *names) add(name []byte) {
	if s.n == 0 {
		s.seed = maphash.MakeSeed()
		s.room(64)
	}
	if 2*(s.n+1) > len(s.hashes) {
		old := s.hashes
		s.room(2 * len(old))
		for _, h := range old {
			if h != 0 {
				s.put(h)
			}
		}
	}
	if s.put(max(maphash.Bytes(s.seed, name), 1)) {
		s.n++
	}
}

func (s *names) room(n int) { s.hashes, s.few = make([]uint64, n), make([]uint64, n/8) }

func (s *names) put(h uint64) (fresh bool) {
	at, there := s.place(h)
	s.hashes[at] = h
	i, marks := s.marks(h)
	s.few[i] |= marks
	return !there
}
