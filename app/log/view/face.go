package view

import (
	"image"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Glyphs are kept at four positions within a pixel, so that letters keep the
// distances that the font's designer gave them.
const (
	steps    = 4
	stepMask = 64/steps - 1
)

// maxGlyphs bounds the glyphs beyond ASCII of one face: names from the network may
// have any.
const maxGlyphs = 2048

// glyph is the shape of a character: how much of each pixel it covers.
type glyph struct {
	cover   []uint8
	w, h    int
	x, y    int // of the upper left pixel, from the pen
	advance fixed.Int26_6
}

// face is a font at a size in pixels, with the fonts to ask for what it has not.
type face struct {
	fonts []font.Face
	// last draws what none of the fonts has.
	last func(r rune, pixels float64) *glyph

	pixels float64
	ascii  [utf8.RuneSelf][steps]*glyph
	others map[rune]*[steps]*glyph
}

// newFace makes a face; fonts that cannot be read are passed over.
func newFace(fonts []*opentype.Font, pixels float64, last func(rune, float64) *glyph) *face {
	f := &face{last: last, pixels: pixels, others: make(map[rune]*[steps]*glyph)}
	for _, o := range fonts {
		if face, err := opentype.NewFace(o, &opentype.FaceOptions{Size: pixels, DPI: 72}); err == nil {
			f.fonts = append(f.fonts, has{face, o})
		}
	}
	return f
}

// has is a face that gives no box for a character that the font has not.
type has struct {
	font.Face
	font *opentype.Font
}

func (h has) Glyph(dot fixed.Point26_6, r rune) (dr image.Rectangle, mask image.Image, at image.Point, advance fixed.Int26_6, ok bool) {
	if i, err := h.font.GlyphIndex(nil, r); err != nil || i == 0 {
		return dr, nil, at, 0, false
	}
	return h.Face.Glyph(dot, r)
}

// glyph returns the glyph for a pen at x, in 64ths of a pixel.
func (f *face) glyph(r rune, x fixed.Int26_6) *glyph {
	step := int(x&63) / (stepMask + 1)
	if r >= 0 && r < utf8.RuneSelf {
		g := f.ascii[r][step]
		if g == nil {
			g = f.make(r, step)
			f.ascii[r][step] = g
		}
		return g
	}
	all := f.others[r]
	if all == nil {
		if len(f.others) >= maxGlyphs {
			clear(f.others)
		}
		all = new([steps]*glyph)
		f.others[r] = all
	}
	if all[step] == nil {
		all[step] = f.make(r, step)
	}
	return all[step]
}

func (f *face) make(r rune, step int) *glyph {
	if unicode.Is(unicode.Variation_Selector, r) { // says how the character before looks, as in ❤️, and is none itself
		return &glyph{}
	}
	dot := fixed.Point26_6{X: fixed.Int26_6(step * (stepMask + 1))}
	for _, one := range f.fonts {
		dr, mask, at, advance, ok := one.Glyph(dot, r)
		if !ok {
			continue
		}
		g := &glyph{w: dr.Dx(), h: dr.Dy(), x: dr.Min.X, y: dr.Min.Y, advance: advance}
		g.cover = make([]uint8, g.w*g.h)
		if alpha, ok := mask.(*image.Alpha); ok {
			for y := range g.h {
				from := alpha.PixOffset(at.X, at.Y+y)
				copy(g.cover[y*g.w:(y+1)*g.w], alpha.Pix[from:])
			}
		}
		return g
	}
	if f.last != nil {
		if g := f.last(r, f.pixels); g != nil {
			return g
		}
	}
	return f.box()
}

// box stands for a character that no font can draw.
func (f *face) box() *glyph {
	h := max(int(f.pixels*0.7), 3)
	w := max(int(f.pixels*0.45), 3)
	g := &glyph{w: w, h: h, x: 1, y: -h, advance: fixed.I(w + 2), cover: make([]uint8, w*h)}
	for y := range h {
		for x := range w {
			if x == 0 || y == 0 || x == w-1 || y == h-1 {
				g.cover[y*w+x] = 0xa0
			}
		}
	}
	return g
}

// advance is how far a character moves the pen.
func (f *face) advance(r rune) fixed.Int26_6 { return f.glyph(r, 0).advance }

// width is how far a text moves the pen.
func (f *face) width(s []byte) (w fixed.Int26_6) {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			w += f.advance(rune(s[i]))
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		w += f.advance(r)
		i += n
	}
	return w
}
