package grid

import "fyne.io/fyne/v2"

// Column is one column of a table of T.
type Column[T any] struct {
	// ID names it for sorting; it does not change with the language.
	ID string

	// Label is its name on the screen.
	Label string

	// Width is what it has unless there is more or less room, MinWidth the least, both
	// in Fyne's units; MinWidth 0: Width.
	Width, MinWidth float32

	// Flex is its part of the room that is left or missing; 0: none.
	Flex float32

	// Align is where its label and its cells stand.
	Align fyne.TextAlign

	// Spare means that it is left out where there is not room for all, those with the
	// highest first; 0: never.
	Spare int

	// Has reports whether a row has something in it. The column is left out unless one
	// does; nil: it is not.
	Has func(row *T) bool

	// Cell writes what a row has in it.
	Cell func(c *Cell, row *T)

	// Compare orders rows by it. A column without one can be sorted by if Sorts is
	// set: then the rows come in order from Options.OnSort's receiver.
	Compare func(a, b *T) int
	Sorts   bool

	// Down means that the first click sorts from high to low.
	Down bool
}

func (c *Column[T]) sorts() bool { return c.Sorts || c.Compare != nil }

// place is where a column stands.
type place struct {
	shown bool
	x, w  float32
}

// arrange finds the places of columns in a width, and the width they take: that, or
// more if they cannot be that narrow. Those of empty have nothing to show.
func arrange[T any](columns []Column[T], empty []bool, width float32) ([]place, float32) {
	places := make([]place, len(columns))
	for i := range places {
		places[i].shown = !empty[i]
	}
	for {
		used, least := float32(0), float32(0)
		spare := -1
		for i := range columns {
			if !places[i].shown {
				continue
			}
			c := &columns[i]
			used += c.Width
			least += c.least()
			if c.Spare > 0 && (spare < 0 || c.Spare > columns[spare].Spare) {
				spare = i
			}
		}
		if least > width && spare >= 0 {
			places[spare].shown = false
			continue
		}
		return places, share(columns, places, width-used)
	}
}

// share gives out the room that is left, or takes what is missing.
func share[T any](columns []Column[T], places []place, left float32) (total float32) {
	fixed := make([]bool, len(columns)) // at its least
	for i := range columns {
		places[i].w = columns[i].Width
	}
	for left != 0 {
		flex := float32(0)
		for i := range columns {
			if places[i].shown && !fixed[i] {
				flex += columns[i].Flex
			}
		}
		if flex == 0 {
			break
		}
		rest := float32(0)
		for i := range columns {
			c := &columns[i]
			if !places[i].shown || fixed[i] || c.Flex == 0 {
				continue
			}
			w := places[i].w + left*c.Flex/flex
			if w <= c.least() {
				rest += w - c.least()
				w, fixed[i] = c.least(), true
			}
			places[i].w = w
		}
		left = rest
	}
	for i := range places {
		if places[i].shown {
			places[i].x = total
			total += places[i].w
		}
	}
	return total
}

func (c *Column[T]) least() float32 {
	if c.MinWidth > 0 && c.Flex > 0 {
		return c.MinWidth
	}
	return c.Width
}
