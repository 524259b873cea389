package view

import (
	"image"

	"golang.org/x/image/math/fixed"
)

// Found is a text to be shown where it is found in the rows.
type Found struct {
	Text string // upper and lower case of ASCII are the same
	In   Holds
}

// maxFound bounds what is looked for in each piece of text.
const maxFound = 32

// SetFound shows other texts where they are found.
func (v *View) SetFound(list []Found) {
	v.found = v.found[:0]
	for _, f := range list[:min(len(list), maxFound)] {
		if f.Text != "" {
			text := []byte(f.Text)
			for i, c := range text {
				text[i] = lower(c)
			}
			v.found = append(v.found, found{text, f.In})
		}
	}
	v.redraw()
}

// found is a Found for comparing.
type found struct {
	text []byte
	in   Holds
}

// index is where it is in what is left of a piece, -1: it is not. A port is found as a whole: 22 is not in 2222.
func (f *found) index(in []byte, piece Holds) int {
	if !f.in.with(piece) || piece&Numbers != 0 && len(in) != len(f.text) {
		return -1
	}
	return index(in, f.text)
}

// index is where a text in small letters is in another, -1: it is not.
func index(in, text []byte) int {
	for i := 0; i+len(text) <= len(in); i++ {
		k := 0
		for k < len(text) && lower(in[i+k]) == text[k] {
			k++
		}
		if k == len(text) {
			return i
		}
	}
	return -1
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// has reports whether something is found in a piece.
func (v *View) has(text []byte, holds Holds) bool {
	for i := range v.found {
		if f := &v.found[i]; f.index(text, holds) >= 0 {
			return true
		}
	}
	return false
}

// mark draws what is behind what is found in a text that begins at x and is not drawn behind limit.
func (d *drawing) mark(x fixed.Int26_6, y int, text []byte, holds Holds, f *face, limit fixed.Int26_6) {
	for i := range d.found {
		want := &d.found[i]
		for from := 0; ; {
			at := want.index(text[from:], holds)
			if at < 0 {
				break
			}
			at += from
			from = at + len(want.text)
			left, right := x+f.width(text[:at]), x+f.width(text[:from])
			if left < limit {
				d.fill(image.Rect(left.Floor(), y+d.px(2), min(right, limit).Ceil(), y+d.rowHeight-d.px(2)), d.palette.Found)
			}
		}
	}
}
