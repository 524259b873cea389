package origin

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unsafe"

	"linklog/assets/ranges"
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
	var temporary memory
	defer temporary.release()
	t, six, _, err := unpack(packed, &temporary)
	forget(packed)
	if err != nil {
		return &table{index: make([]uint32, 1<<16+1), owners: make([]owner, 1), six: ranges.New[value](nil, nil, nil)}
	}
	t.six = ranges.New(six.begins, six.values, t.room)
	return t
}

// sixes are networks of IPv6: the upper halves of their first addresses, and their values.
type sixes struct {
	begins []uint64
	values []value
}

var errForm = errors.New("not the data of package origin")

// Bounds of what is read, far above what there is.
const maxNetworks, maxOwners, maxNames = 8 << 20, ranges.MaxValue >> 8, 1 << 24

// unpack reads the data, but leaves t.six to be made of what it returns, which is in
// temporary memory.
func unpack(packed []byte, temporary *memory) (t *table, all sixes, date string, err error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, all, "", err
	}
	r := &reader{Reader: bufio.NewReaderSize(unzipped, 1<<16)}
	if r.line() != "LinkLog origin 1" {
		return nil, all, "", errForm
	}
	date = r.line()
	t = &table{}
	t.countries = r.text(&t.memory, 2*r.number(255))

	count := r.number(maxOwners)
	t.names = r.text(&t.memory, r.number(maxNames))
	lines := make([]value, 0, count)
	for from := 0; from < len(t.names); {
		n := strings.IndexByte(t.names[from:], '\n')
		if n < 0 || n > 255 {
			return nil, all, "", errForm
		}
		lines = append(lines, value(from<<8|n))
		from += n + 1
	}
	n := r.number(maxOwners) + 1
	t.owners = outside[owner](&t.memory, n)
	as := uint64(0)
	for i := 1; i < n; i++ {
		as += r.number64()
		t.owners[i].as = uint32(as)
	}
	planes(r, t.owners[1:], 0)
	for i := 1; i < n && r.err == nil; i++ {
		o := &t.owners[i]
		if int(o.name) >= len(lines) {
			return nil, all, "", errForm
		}
		o.name = lines[o.name]
	}

	n = r.number(maxNetworks)
	t.index, t.four = outside[uint32](&t.memory, 1<<16+1), outside[four](&t.memory, n)
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
	all = sixes{outside[uint64](temporary, n), outside[value](temporary, n)}
	first = 0
	for i := range n {
		delta := r.number64()
		if i > 0 && (delta == 0 || first+delta < first) {
			return nil, all, "", errForm
		}
		first += delta
		all.begins[i] = first
	}
	planes(r, all.values, 8)
	plane(r, all.values, 0)
	if _, err := r.ReadByte(); r.err == nil && err != io.EOF { // io.EOF: gzip found its checksum right
		return nil, all, "", errForm
	}
	known := func(v value) bool { return int(v>>8) < len(t.owners) && 2*int(v&0xff) <= len(t.countries) }
	for i := range t.four {
		if !known(t.four[i].val()) {
			return nil, all, "", errForm
		}
	}
	for _, v := range all.values {
		if !known(v) {
			return nil, all, "", errForm
		}
	}
	return t, all, date, r.err
}

// reader reads the parts of the data. After an error it reads nothing more.
type reader struct {
	*bufio.Reader
	err error
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

func (r *reader) text(m *memory, n int) string {
	b := outside[byte](m, n)
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
