package oldlogs

import (
	"bufio"
	"encoding/binary"
	"io"
	"math/bits"

	"linklog/capture/router"
	"linklog/phrase"
)

// The blocks of a pcapng file that matter here (draft-ietf-opsawg-pcapng).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockOld       = 2 // Packet Block, obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

const (
	maxInterfaces = 4096
	maxOptions    = 64 << 10 // bytes of an interface's options that are looked at
)

// pcapngFile reads the form of Wireshark: blocks with their length at both ends.
type pcapngFile struct {
	in         *bufio.Reader
	order      binary.ByteOrder
	interfaces []captureInterface // of this section
	buffer     []byte
	options    []byte
}

type captureInterface struct {
	link   uint32
	ticks  uint64 // in a second
	offset int64  // seconds to add
}

func newPcapNG(in *bufio.Reader) *pcapngFile {
	return &pcapngFile{in: in, order: binary.LittleEndian}
}

func (f *pcapngFile) read(p *packet) error {
	var head [8]byte
	switch n, err := io.ReadFull(f.in, head[:]); {
	case err == io.ErrUnexpectedEOF && n > 0:
		return &damaged{phrase.Say("the file breaks off")}
	case err != nil:
		return err
	}
	kind := f.order.Uint32(head[:])
	if kind == blockSection { // reads the same in both orders, and says which holds
		if err := f.section(); err != nil {
			return err
		}
	}
	length := f.order.Uint32(head[4:])
	if length < 12 || length%4 != 0 {
		return &damaged{phrase.Say("a block of {{.Count}} bytes", "Count", length)}
	}
	b := block{f: f, left: int64(length) - 12, length: length}
	if kind == blockSection {
		b.left -= 4 // the byte order, read above
		if b.left < 12 {
			return &damaged{phrase.Say("a section's header of {{.Count}} bytes", "Count", length)}
		}
	}
	err := f.content(&b, kind, p)
	if _, broken := err.(*damaged); broken {
		return err
	}
	if end := b.end(); end != nil {
		return end
	}
	return err
}

// section begins a section: its byte order, and interfaces of its own.
func (f *pcapngFile) section() error {
	var magic [4]byte
	if _, err := io.ReadFull(f.in, magic[:]); err != nil {
		return cutOff(err)
	}
	switch binary.LittleEndian.Uint32(magic[:]) {
	case 0x1a2b3c4d:
		f.order = binary.LittleEndian
	case 0x4d3c2b1a:
		f.order = binary.BigEndian
	default:
		return &damaged{phrase.Say("a section without a byte order")}
	}
	f.interfaces = f.interfaces[:0]
	return nil
}

// content reads what matters of a block.
func (f *pcapngFile) content(b *block, kind uint32, p *packet) error {
	switch kind {
	case blockInterface:
		return f.addInterface(b)
	case blockEnhanced, blockOld:
		return f.packet(b, kind, p)
	case blockSimple:
		return router.Malformed(phrase.Say("a packet without a time"))
	}
	return errNoPacket
}

func (f *pcapngFile) addInterface(b *block) error {
	var head [8]byte
	if err := b.read(head[:]); err != nil {
		return err
	}
	if len(f.interfaces) == maxInterfaces {
		return &damaged{phrase.Say("more than {{.Count}} interfaces", "Count", maxInterfaces)}
	}
	i := captureInterface{link: uint32(f.order.Uint16(head[:])), ticks: 1e6}
	var err error
	if f.options, err = readBytes(f.in, f.options, int(min(b.left, maxOptions))); err != nil {
		return err
	}
	b.left -= int64(len(f.options))
	f.readOptions(&i, f.options)
	f.interfaces = append(f.interfaces, i)
	return errNoPacket
}

// readOptions reads the options that say how times are meant.
func (f *pcapngFile) readOptions(i *captureInterface, b []byte) {
	const (
		resolution = 9
		offset     = 14
	)
	for len(b) >= 4 {
		code, n := f.order.Uint16(b), int(f.order.Uint16(b[2:]))
		if b = b[4:]; code == 0 || n > len(b) {
			return
		}
		switch {
		case code == resolution && n == 1:
			i.ticks = ticks(b[0])
		case code == offset && n == 8:
			i.offset = int64(f.order.Uint64(b))
		}
		b = b[min((n+3)&^3, len(b)):]
	}
}

// ticks gives the units of time in a second: a negative power of ten or, with the
// highest bit, of two; 0 for one that fits into no clock.
func ticks(resolution byte) uint64 {
	n := resolution & 0x7f
	switch {
	case resolution&0x80 != 0 && n < 64:
		return 1 << n
	case resolution&0x80 == 0 && n < 20:
		t := uint64(1)
		for range n {
			t *= 10
		}
		return t
	}
	return 0
}

// packet reads an Enhanced Packet Block, or the older one, which is nearly the
// same.
func (f *pcapngFile) packet(b *block, kind uint32, p *packet) error {
	var head [20]byte
	if err := b.read(head[:]); err != nil {
		return err
	}
	number := f.order.Uint32(head[:])
	if kind == blockOld {
		number = uint32(f.order.Uint16(head[:]))
	}
	recorded := f.order.Uint32(head[12:])
	if recorded > maxPacket || int64(recorded) > b.left {
		return router.Malformed(phrase.Say("a packet of {{.Count}} bytes in a block of {{.Of}}", "Count", recorded, "Of", b.length))
	}
	var err error
	if f.buffer, err = readBytes(f.in, f.buffer, int(recorded)); err != nil {
		return err
	}
	b.left -= int64(recorded)
	if int64(number) >= int64(len(f.interfaces)) {
		return router.Malformed(phrase.Say("a packet of an interface that was not described"))
	}
	from := &f.interfaces[number]
	p.data, p.link = f.buffer, from.link
	if from.ticks == 0 {
		return router.Malformed(phrase.Say("a time that cannot be"))
	}
	time := uint64(f.order.Uint32(head[4:]))<<32 | uint64(f.order.Uint32(head[8:]))
	p.seconds = int64(time / from.ticks)
	const second = 1e9
	high, low := bits.Mul64(time%from.ticks, second)
	nanoseconds, _ := bits.Div64(high, low, from.ticks) // high < ticks: the rest is below one second
	p.nanoseconds = int64(nanoseconds)
	const far = 1 << 40 // seconds; keeps the sum from overflowing
	if p.seconds < 0 || p.seconds > far || from.offset < -far || from.offset > far {
		return router.Malformed(phrase.Say("a time that cannot be"))
	}
	p.seconds += from.offset
	return nil
}

// block is what is left of the block that is read.
type block struct {
	f      *pcapngFile
	left   int64 // bytes before the length at its end
	length uint32
}

func (b *block) read(to []byte) error {
	if int64(len(to)) > b.left {
		return router.Malformed(phrase.Say("a block of only {{.Count}} bytes", "Count", b.length))
	}
	b.left -= int64(len(to))
	_, err := io.ReadFull(b.f.in, to)
	return cutOff(err)
}

// end skips what is left, without keeping it, and reads the length at the end,
// which must be the one at the beginning.
func (b *block) end() error {
	for b.left > 0 {
		n, err := b.f.in.Discard(int(min(b.left, 1<<30)))
		b.left -= int64(n)
		if err != nil {
			return cutOff(err)
		}
	}
	var tail [4]byte
	if _, err := io.ReadFull(b.f.in, tail[:]); err != nil {
		return cutOff(err)
	}
	if again := b.f.order.Uint32(tail[:]); again != b.length {
		return &damaged{phrase.Say("a block of {{.Count}} bytes that ends as one of {{.Of}}", "Count", b.length, "Of", again)}
	}
	return nil
}
