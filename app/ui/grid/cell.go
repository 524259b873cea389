package grid

// Ink says what colour a piece of text has.
type Ink uint8

// The inks.
const (
	Plain   Ink = iota
	Muted       // the second thing to read
	Accent      // what can be done
	Share       // of bars: Accent, but quieter
	Inbound     // attempts from outside, warnings
	NewHost
	Bad
	inks = int(Bad) + 1
)

// Face says which of the theme's fonts a piece of text has.
type Face uint8

// The faces.
const (
	Sans Face = iota
	Bold
	Mono
	small // Bold, for badges
	faces = int(small) + 1
)

// Cell is what a column shows of a row: pieces from left to right. It is used again
// for the next cell.
type Cell struct {
	pieces []piece
}

type piece struct {
	text     string
	face     Face
	ink      Ink
	kind     pieceKind
	fraction float32 // of a bar
}

type pieceKind uint8

const (
	usual pieceKind = iota
	optional
	badge
	bar
)

func (c *Cell) reset() { c.pieces = c.pieces[:0] }

func (c *Cell) add(p piece) {
	if p.text != "" || p.kind == bar {
		c.pieces = append(c.pieces, p)
	}
}

// Text adds a text.
func (c *Cell) Text(face Face, ink Ink, s string) { c.add(piece{text: s, face: face, ink: ink}) }

// Second adds a text that is left out if there is not room for all of it.
func (c *Cell) Second(face Face, ink Ink, s string) {
	c.add(piece{text: s, face: face, ink: ink, kind: optional})
}

// Badge adds a word in a frame. What stands before it is shortened to make room.
func (c *Cell) Badge(ink Ink, s string) { c.add(piece{text: s, face: small, ink: ink, kind: badge}) }

// Bar adds a bar that takes a fraction, 0 to 1, of what room is left.
func (c *Cell) Bar(ink Ink, fraction float32) {
	c.add(piece{ink: ink, kind: bar, fraction: min(max(fraction, 0), 1)})
}
