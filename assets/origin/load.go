package origin

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"strings"
	"unsafe"
)

// packed is the data, compressed: a line that says what it is and one with its date; the
// countries; the names of owners, a line each; the owners, by their numbers, with the name
// of each; the networks of IPv4 and those of IPv6. Package gen writes it.
//
//go:embed origin.gz
var packed []byte

// load reads the data built in. It is our own, made and tested here: what cannot be read
// is not expected, and then nothing is known.
func load() *table {
	t, _, err := unpack(packed)
	forget(packed)
	if err != nil {
		t = &table{index: make([]uint32, 1<<16+1), six: make([]six, few)}
		t.divide(&memory{})
	}
	return t
}

var errForm = errors.New("not the data of package origin")

// Bounds of what is read, far above what there is.
const maxNetworks, maxOwners, maxNames = 8 << 20, 1 << 20, 1 << 24

func unpack(packed []byte) (t *table, date string, err error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, "", err
	}
	r := &reader{Reader: bufio.NewReaderSize(unzipped, 1<<16)}
	if r.line() != "LinkLog origin 1" {
		return nil, "", errForm
	}
	date = r.line()
	t = &table{}
	codes := r.text(2 * r.number(255))
	t.countries = append(t.countries, "")
	for ; codes != ""; codes = codes[2:] {
		t.countries = append(t.countries, codes[:2])
	}

	count := r.number(maxOwners)
	t.names = r.text(r.number(maxNames))
	lines := make([]value, 0, count)
	for from := 0; from < len(t.names); {
		n := strings.IndexByte(t.names[from:], '\n')
		if n < 0 || n > 255 {
			return nil, "", errForm
		}
		lines = append(lines, value(from<<8|n))
		from += n + 1
	}
	n := r.number(maxOwners) + 1
	t.owners = outside[owner](&r.memory, n)
	as := uint64(0)
	for i := 1; i < n; i++ {
		as += r.number64()
		t.owners[i].as = uint32(as)
	}
	planes(r, t.owners[1:], 0)
	for i := 1; i < n && r.err == nil; i++ {
		o := &t.owners[i]
		if int(o.name) >= len(lines) {
			return nil, "", errForm
		}
		o.name = lines[o.name]
	}

	n = r.number(maxNetworks)
	t.index, t.four = outside[uint32](&r.memory, 1<<16+1), outside[four](&r.memory, n)
	first, upper := uint64(0), 0
	for i := range n {
		first += r.number64()
		for ; upper <= int(first>>16) && upper < 1<<16; upper++ {
			t.index[upper] = uint32(i)
		}
		t.four[i].low = uint16(first)
	}
	for ; upper < len(t.index); upper++ {
		t.index[upper] = uint32(n)
	}
	planes(r, t.four, 8)
	plane(r, t.four, 0)

	n = r.number(maxNetworks)
	t.six = outside[six](&r.memory, n+few)
	for i := range few {
		t.six[n+i].first = [2]uint32{^uint32(0), ^uint32(0)}
	}
	first = 0
	for i := range n {
		first += r.number64()
		t.six[i].first = [2]uint32{uint32(first >> 32), uint32(first)}
	}
	t.divide(&r.memory)
	planes(r, t.six[:n], 8)
	plane(r, t.six[:n], 0)
	if _, err := r.ReadByte(); r.err == nil && err != io.EOF { // io.EOF: gzip found its checksum right
		return nil, "", errForm
	}
	known := func(v value) bool { return int(v>>8) < len(t.owners) && int(v&0xff) < len(t.countries) }
	for i := range t.four {
		if !known(t.four[i].val()) {
			return nil, "", errForm
		}
	}
	for i := range t.six {
		if !known(t.six[i].value) {
			return nil, "", errForm
		}
	}
	return t, date, r.err
}

// divide makes the parts of IPv6. Where networks are dense it divides further, so that in
// the end few are left to be searched.
func (t *table) divide(m *memory) {
	var d divider
	n := len(t.six) - few
	d.divide(t.six, part{}, 0, n) // only counts
	d.parts, d.next = outside[part](m, d.next+1), 0
	d.parts[0] = d.divide(t.six, part{}, 0, n)
	t.parts = d.parts
}

// divider puts parts into a list. Without one it only counts them.
type divider struct {
	parts []part
	next  int // free place, but one
}

// divide completes the part with these networks.
func (d *divider) divide(list []six, p part, from, to int) part {
	const widest = 16
	if to-from <= few || p.used == 64 {
		p.at = uint32(from)
		return p
	}
	p.width = min(uint8(bits.Len(uint(to-from))-3), widest, 64-p.used)
	p.at = uint32(d.next + 1)
	d.next += 1 << p.width
	for sub := range uint64(1) << p.width {
		first := from
		for from < to && list[from].high()<<p.used>>(64-p.width) == sub {
			from++
		}
		in := d.divide(list, part{used: p.used + p.width}, first, from)
		if d.parts != nil {
			d.parts[p.at+uint32(sub)] = in
		}
	}
	return p
}

// reader reads the parts of the data. After an error it reads nothing more.
type reader struct {
	*bufio.Reader
	memory memory // for what is read
	err    error
}

func (r *reader) line() string {
	s, err := r.ReadString('\n')
	r.fail(err)
	return strings.TrimSuffix(s, "\n")
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) number64() uint64 {
	if r.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(r)
	r.fail(err)
	return n
}

// number reads one that counts something.
func (r *reader) number(limit uint64) int {
	n := r.number64()
	if n > limit {
		r.fail(errForm)
		return 0
	}
	return int(n)
}

func (r *reader) text(n int) string {
	b := outside[byte](&r.memory, n)
	if r.err == nil {
		_, err := io.ReadFull(r, b)
		r.fail(err)
	}
	return unsafe.String(unsafe.SliceData(b), n) // nobody writes to it any more
}

// adding is what has a value, made of bytes that are added to it one by one.
type adding[T any] interface {
	*T
	add(value)
}

// planes reads three bytes of each value, from a bit on.
func planes[T any, P adding[T]](r *reader, list []T, shift uint) {
	for p := range uint(3) {
		plane[T, P](r, list, shift+8*p)
	}
}

// plane reads a byte of each value.
func plane[T any, P adding[T]](r *reader, list []T, shift uint) {
	for len(list) > 0 && r.err == nil {
		b, err := r.Peek(min(len(list), r.Size()))
		r.fail(err)
		for i, c := range b {
			P(&list[i]).add(value(c) << shift)
		}
		_, err = r.Discard(len(b))
		r.fail(err)
		list = list[len(b):]
	}
}
