package view

import (
	"net/netip"
	"strconv"
)

// Ink says what colour a piece of text has.
type Ink uint8

// The inks.
const (
	Plain   Ink = iota
	Muted       // the second thing to read
	Inbound     // attempts from outside, and what is missing
	NewHost

	header // the names of columns
	onPill
	inks = int(onPill) + 1
)

// Font says which of the theme's fonts a piece of text has.
type Font uint8

// The fonts.
const (
	Sans Font = iota
	Bold
	Mono
	small // Bold, for badges

	fonts = int(small) + 1
)

// Cell is what a column shows of an event: pieces of text from left to right. It
// is used again for the next event, so that drawing allocates nothing.
type Cell struct {
	text   []byte
	pieces []piece
	words  *words
}

type piece struct {
	from, to int
	font     Font
	ink      Ink
	kind     pieceKind
	gap      int8 // before it, in pixels at scale 1
}

type pieceKind uint8

const (
	usual    pieceKind = iota
	optional           // left out if there is not room for all of it
	badge              // in a frame

	arrowOut // from here on shapes
	arrowIn
	check
	stop
	shapes = int(stop-arrowOut) + 1
)

func (c *Cell) reset() { c.text, c.pieces = c.text[:0], c.pieces[:0] }

// Empty reports whether nothing was added yet.
func (c *Cell) Empty() bool { return len(c.pieces) == 0 }

func (c *Cell) add(from int, font Font, ink Ink, kind pieceKind) {
	if from == len(c.text) && kind < arrowOut {
		return
	}
	gap := int8(8)
	if len(c.pieces) == 0 {
		gap = 0
	}
	c.pieces = append(c.pieces, piece{from, len(c.text), font, ink, kind, gap})
}

// Text adds a text.
func (c *Cell) Text(font Font, ink Ink, s string) {
	from := len(c.text)
	c.text = append(c.text, s...)
	c.add(from, font, ink, usual)
}

// Append adds what f appends to a buffer, so that it need not make a string.
func (c *Cell) Append(font Font, ink Ink, f func([]byte) []byte) {
	from := len(c.text)
	c.text = f(c.text)
	c.add(from, font, ink, usual)
}

// Number adds a number.
func (c *Cell) Number(font Font, ink Ink, n uint64) {
	from := len(c.text)
	c.text = strconv.AppendUint(c.text, n, 10)
	c.add(from, font, ink, usual)
}

// Addr adds an address. Behind something else it is left out if there is not room
// for it: half an address says nothing.
func (c *Cell) Addr(ink Ink, a netip.Addr) {
	if !a.IsValid() {
		return
	}
	from := len(c.text)
	c.text = a.AppendTo(c.text)
	c.add(from, Mono, ink, c.behind())
}

// Port adds the number of a port, which is left out as an address is.
func (c *Cell) Port(ink Ink, port uint16) {
	from := len(c.text)
	c.text = strconv.AppendUint(c.text, uint64(port), 10)
	c.add(from, Mono, ink, c.behind())
}

// behind is the kind of what may be left out behind something else.
func (c *Cell) behind() pieceKind {
	if len(c.pieces) == 0 {
		return usual
	}
	return optional
}

// Badge adds a word in a frame.
func (c *Cell) Badge(ink Ink, s string) {
	from := len(c.text)
	c.text = append(c.text, s...)
	c.add(from, small, ink, badge)
}

func (c *Cell) shape(kind pieceKind, ink Ink) {
	c.add(len(c.text), Sans, ink, kind)
}
