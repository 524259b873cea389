package history

import (
	"encoding/binary"
	"math"
	"math/bits"

	"linklog/service/sqlite"
)

// A block repeats the rows of one range of Seq as columns of small numbers: a
// query reads the columns it asks about, 2 to 4 bytes a row each, and no row that
// does not match. That is an order of magnitude smaller and quicker to build than
// SQLite's indexes, works for any field and any combination of fields, and can be
// built while a segment is still being written.
const (
	blockBits = 14
	blockSize = 1 << blockBits // Seqs in a block; fewer rows if there are gaps
	blockMask = blockSize - 1
)

// field is a column of a block; the numbers are those in the file.
type field int

const (
	fieldShape field = iota
	fieldSrc         // ids of hosts, 0: none
	fieldDst
	fieldSport
	fieldDport
	fieldText    // ids of texts, 0: none
	fieldSecond  // of the time, from the block's first
	fieldPresent // 1 where there is a row; only if there are Seqs without
	fields

	// Not one number for each row, but the different ones of two columns,
	// ascending: a search for something rare passes over most blocks with them.
	fieldHosts = fields     // in fieldSrc and fieldDst
	fieldPorts = fields + 1 // in fieldSport and fieldDport
	stored     = fields + 2
)

// columnID is the key of a block's column in the table columns.
func columnID(block int64, f field) int64 { return block<<4 | int64(f) }

// block is one decoded block, or what will be one: the rows of a range of Seq.
type block struct {
	base       uint64 // Seq of slot 0
	slots      int    // last Seq - base + 1
	rows       int
	first      int // slot of the first row
	start, end int64
	columns    [fields][]uint32
	loaded     [fields]bool // whether the column is there, in a block that was stored
}

// reset makes b an empty block with room for every column.
func (b *block) reset(base uint64) {
	*b = block{base: base, columns: b.columns, start: math.MaxInt64, end: math.MinInt64}
	for f := range b.columns {
		if cap(b.columns[f]) < blockSize {
			b.columns[f] = make([]uint32, blockSize)
		}
		b.columns[f] = b.columns[f][:blockSize]
		clear(b.columns[f])
	}
}

// addRow takes a row of log: seq, time, shape, src, sport, dst, dport, text, in
// the order of Seq. Times are kept apart until the earliest is known.
func (b *block) addRow(row sqlite.Row, times []int64) {
	slot := int(uint64(row.Int(0)) - b.base)
	if b.rows == 0 {
		b.first = slot
	}
	b.rows++
	b.slots = slot + 1
	t := row.Int(1)
	b.start, b.end = min(b.start, t), max(b.end, t)
	times[slot] = t
	b.columns[fieldShape][slot] = uint32(row.Int(2))
	b.columns[fieldSrc][slot] = uint32(row.Int(3))
	b.columns[fieldSport][slot] = uint32(row.Int(4))
	b.columns[fieldDst][slot] = uint32(row.Int(5))
	b.columns[fieldDport][slot] = uint32(row.Int(6))
	b.columns[fieldText][slot] = uint32(row.Int(7))
	b.columns[fieldPresent][slot] = 1
}

// finish completes a block after the last row.
func (b *block) finish(times []int64) {
	from := floorSecond(b.start)
	for slot, there := range b.columns[fieldPresent][:b.slots] {
		if there != 0 {
			b.columns[fieldSecond][slot] = uint32(min(floorSecond(times[slot])-from, math.MaxUint32))
		}
	}
	for f := range b.columns {
		b.columns[f] = b.columns[f][:b.slots]
	}
}

// floorSecond is the second a time in ns lies in, also before 1970.
func floorSecond(ns int64) int64 {
	s := ns / 1e9
	if ns%1e9 < 0 {
		s--
	}
	return s
}

// seen gives the different numbers in two columns, ascending.
func (b *block) seen(one, other field) []uint32 {
	var set bitset
	for _, f := range [...]field{one, other} {
		for _, n := range b.columns[f][b.first:] {
			set.add(n)
		}
	}
	return set.list()
}

// A column is written as the smallest number in it and, for every slot from the
// first row on, the difference to it in as few bytes as the largest needs:
//
//	width (1 byte, 0 to 4), smallest (4 bytes), differences (width bytes each), little endian
const columnHead = 5

func encodeColumn(values []uint32) []byte {
	low, high := uint32(math.MaxUint32), uint32(0)
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	if len(values) == 0 {
		low = 0
	}
	width := 0
	if high > low {
		width = (bits.Len32(high-low) + 7) / 8
	}
	data := make([]byte, columnHead, columnHead+width*len(values))
	data[0] = byte(width)
	binary.LittleEndian.PutUint32(data[1:], low)
	for _, v := range values {
		v -= low
		for range width {
			data = append(data, byte(v))
			v >>= 8
		}
	}
	return data
}

// decodeColumn fills values, whose length is that of the column; false if data is
// none of that length.
func decodeColumn(values []uint32, data []byte) bool {
	if len(data) < columnHead {
		return false
	}
	width, low := int(data[0]), binary.LittleEndian.Uint32(data[1:])
	data = data[columnHead:]
	if len(data) != width*len(values) {
		return false
	}
	switch width {
	case 0:
		for i := range values {
			values[i] = low
		}
	case 1:
		for i := range values {
			values[i] = low + uint32(data[i])
		}
	case 2:
		for i := range values {
			values[i] = low + uint32(binary.LittleEndian.Uint16(data[2*i:]))
		}
	case 3:
		for i := range values {
			d := data[3*i : 3*i+3 : 3*i+3]
			values[i] = low + (uint32(d[0]) | uint32(d[1])<<8 | uint32(d[2])<<16)
		}
	case 4:
		for i := range values {
			values[i] = low + binary.LittleEndian.Uint32(data[4*i:])
		}
	default:
		return false
	}
	return true
}

// Ascending numbers are written as differences, as varints.
func encodeSeen(numbers []uint32) []byte {
	data := make([]byte, 0, len(numbers)+len(numbers)/4)
	last := uint32(0)
	for _, n := range numbers {
		data = binary.AppendUvarint(data, uint64(n-last))
		last = n
	}
	return data
}

// anySeen reports whether one of the numbers in data is in the set. Data that is no
// such list says yes: the block is then searched.
func anySeen(data []byte, set *bitset) bool {
	id := uint32(0)
	for i := 0; i < len(data); {
		d := uint64(data[i])
		n := 1
		if d >= 0x80 {
			if d, n = binary.Uvarint(data[i:]); n <= 0 {
				return true
			}
		}
		i += n
		id += uint32(d)
		if set.has(id) {
			return true
		}
	}
	return false
}

// bitset is a set of small numbers: ids of a dictionary, ports.
type bitset struct{ words []uint64 }

func (s *bitset) add(id uint32) {
	w := int(id >> 6)
	for w >= len(s.words) {
		s.words = append(s.words, make([]uint64, w+1-len(s.words))...)
	}
	s.words[w] |= 1 << (id & 63)
}

func (s *bitset) has(id uint32) bool {
	w := int(id >> 6)
	return w < len(s.words) && s.words[w]>>(id&63)&1 != 0
}

func (s *bitset) union(t *bitset) {
	if len(t.words) > len(s.words) {
		s.words = append(s.words, make([]uint64, len(t.words)-len(s.words))...)
	}
	for i, w := range t.words {
		s.words[i] |= w
	}
}

func (s *bitset) empty() bool { return count(s.words) == 0 }

func (s *bitset) count() int { return count(s.words) }

func (s *bitset) list() []uint32 { return list[uint32](s.words) }

// count and list are of the bits that are set.
func count(words []uint64) (n int) {
	for _, w := range words {
		n += bits.OnesCount64(w)
	}
	return n
}

func list[T uint32 | int](words []uint64) (all []T) {
	for i, w := range words {
		for ; w != 0; w &= w - 1 {
			all = append(all, T(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return all
}

// bitmap says which slots of a block match.
type bitmap [blockSize / 64]uint64

func (m *bitmap) count() int { return count(m[:]) }

// setRange makes the bitmap that of the slots from up to and without to.
func (m *bitmap) setRange(from, to int) {
	clear(m[:])
	for slot := from; slot < to; {
		if slot&63 == 0 && slot+64 <= to {
			m[slot>>6] = math.MaxUint64
			slot += 64
		} else {
			m[slot>>6] |= 1 << (slot & 63)
			slot++
		}
	}
}

// and keeps the slots that are in both.
func (m *bitmap) and(n *bitmap) {
	for i := range m {
		m[i] &= n[i]
	}
}

// without drops the slots of n.
func (m *bitmap) without(n *bitmap) {
	for i := range m {
		m[i] &^= n[i]
	}
}

func (m *bitmap) empty() bool { return *m == bitmap{} }

// list gives the slots, ascending.
func (m *bitmap) list() []int { return list[int](m[:]) }

// mark adds the slots of a column whose number is in the set.
func (m *bitmap) mark(column []uint32, set *bitset) {
	words := set.words
	for i, id := range column {
		if w := int(id >> 6); w < len(words) {
			m[i>>6&(len(m)-1)] |= words[w] >> (id & 63) & 1 << (i & 63)
		}
	}
}
