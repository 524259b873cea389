package view

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
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
	ribbonInk
	inks = int(ribbonInk) + 1
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
	group  Group // what the row stands for
	dated  bool  // times have their day
	now    time.Time
	of     Holds // the end that it is about
}

type piece struct {
	from, to int
	font     Font
	ink      Ink
	kind     pieceKind
	holds    Holds
	domain   bool // a name in DNS, whose end says more than its beginning
	gap      int8 // before it, in pixels at scale 1
}

// Holds says what a piece of text is, or several of them.
type Holds uint8

// What a piece may be.
const (
	Words Holds = 1 << iota // names, and what messages say
	Addresses
	Numbers // of ports

	OfSource // and of which end; neither: of none, or whichever
	OfDestination
)

const ofEnds = OfSource | OfDestination

// with reports whether what is looked for in some pieces may be in such a piece.
func (h Holds) with(piece Holds) bool {
	return h&piece&^ofEnds != 0 && (h&ofEnds == 0 || piece&ofEnds == 0 || h&piece&ofEnds != 0)
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
	arrowDown
	arrowUp
	shapes = int(arrowUp-arrowOut) + 1
)

func (c *Cell) reset() { c.text, c.pieces, c.of = c.text[:0], c.pieces[:0], 0 }

// String is all of its text.
func (c *Cell) String() string {
	var b []byte
	for _, p := range c.pieces {
		if text := c.text[p.from:p.to]; p.kind != badge && len(text) > 0 {
			if len(b) > 0 {
				b = append(b, ' ')
			}
			b = append(b, text...)
		}
	}
	return string(b)
}

// Empty reports whether nothing was added yet.
func (c *Cell) Empty() bool { return len(c.pieces) == 0 }

func (c *Cell) add(from int, font Font, ink Ink, kind pieceKind, holds Holds) {
	if from == len(c.text) && kind < arrowOut {
		return
	}
	gap := int8(8)
	if len(c.pieces) == 0 {
		gap = 0
	}
	c.pieces = append(c.pieces, piece{from: from, to: len(c.text), font: font, ink: ink, kind: kind, holds: holds | c.of, gap: gap})
}

// Text adds a text.
func (c *Cell) Text(font Font, ink Ink, s string) {
	from := len(c.text)
	c.text = append(c.text, s...)
	c.add(from, font, ink, usual, Words)
}

// label adds a text that is ours.
func (c *Cell) label(font Font, ink Ink, s string) {
	from := len(c.text)
	c.text = append(c.text, s...)
	c.add(from, font, ink, usual, 0)
}

// Name adds the name of a host or device.
func (c *Cell) Name(ink Ink, name string) {
	c.Text(Sans, ink, name)
	if strings.IndexByte(name, '.') > 0 && strings.IndexByte(name, ' ') < 0 {
		c.pieces[len(c.pieces)-1].domain = true
	}
}

// Append adds what f appends to a buffer, so that it need not make a string.
func (c *Cell) Append(font Font, ink Ink, f func([]byte) []byte) {
	from := len(c.text)
	c.text = f(c.text)
	c.add(from, font, ink, usual, Words)
}

// Number adds a number that counts something.
func (c *Cell) Number(font Font, ink Ink, n uint64) {
	from := len(c.text)
	c.text = strconv.AppendUint(c.text, n, 10)
	c.add(from, font, ink, usual, 0)
}

// Addr adds an address. Behind something else it is left out if there is not room
// for it: half an address says nothing.
func (c *Cell) Addr(ink Ink, a netip.Addr) {
	if !a.IsValid() {
		return
	}
	from := len(c.text)
	c.text = a.AppendTo(c.text)
	c.add(from, Mono, ink, c.behind(), Addresses)
}

// Port adds the number of a port, which is left out as an address is.
func (c *Cell) Port(ink Ink, port uint16) {
	from := len(c.text)
	c.text = strconv.AppendUint(c.text, uint64(port), 10)
	c.add(from, Mono, ink, c.behind(), Numbers)
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
	c.add(from, small, ink, badge, 0)
}

func (c *Cell) shape(kind pieceKind, ink Ink) {
	c.add(len(c.text), Sans, ink, kind, 0)
}
