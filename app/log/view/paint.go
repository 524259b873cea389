package view

import (
	"encoding/binary"
	"image"
	"image/color"
	"math"
	"unicode/utf8"

	"golang.org/x/image/math/fixed"
)

// pixel is a colour as it is in memory of an image.RGBA.
type pixel uint32

func pixelOf(c color.NRGBA) pixel {
	return pixel(c.R) | pixel(c.G)<<8 | pixel(c.B)<<16 | 0xff<<24
}

// blend puts a on top of p, as much as cover of 255 says.
func (p pixel) blend(a pixel, cover uint32) pixel {
	var out pixel
	for shift := 0; shift < 24; shift += 8 {
		x, y := uint32(p>>shift)&0xff, uint32(a>>shift)&0xff
		out |= pixel((x*(255-cover)+y*cover+127)/255) << shift
	}
	return out | 0xff<<24
}

// mix is a text colour on a ground, blended beforehand for each degree of cover.
type mix struct {
	ground, ink pixel
	by          [256]pixel
}

func newMix(ink, ground color.NRGBA) *mix {
	m := &mix{ground: pixelOf(ground), ink: pixelOf(ink)}
	for cover := range m.by {
		m.by[cover] = m.ground.blend(m.ink, uint32(cover))
	}
	return m
}

// painter draws into an image, within a clip.
type painter struct {
	img  *image.RGBA
	clip image.Rectangle
}

// begin makes the image ready for a size; it is the same one as long as it fits.
func (p *painter) begin(w, h int) {
	if p.img == nil || p.img.Rect.Dx() != w || p.img.Rect.Dy() != h {
		p.img = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	p.clip = p.img.Rect
}

func (p *painter) get(at int) pixel { return pixel(binary.LittleEndian.Uint32(p.img.Pix[at:])) }

func (p *painter) put(at int, c pixel) { binary.LittleEndian.PutUint32(p.img.Pix[at:], uint32(c)) }

// fill fills a rectangle.
func (p *painter) fill(r image.Rectangle, c color.NRGBA) {
	r = r.Intersect(p.clip)
	if r.Empty() {
		return
	}
	first := p.img.Pix[p.img.PixOffset(r.Min.X, r.Min.Y):][:r.Dx()*4]
	binary.LittleEndian.PutUint32(first, uint32(pixelOf(c)))
	for n := 4; n < len(first); n *= 2 {
		copy(first[n:], first[:n])
	}
	for y := r.Min.Y + 1; y < r.Max.Y; y++ {
		copy(p.img.Pix[p.img.PixOffset(r.Min.X, y):], first)
	}
}

// frame draws the border of a rectangle, inside of it.
func (p *painter) frame(r image.Rectangle, width int, c color.NRGBA) {
	p.fill(image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+width), c)
	p.fill(image.Rect(r.Min.X, r.Max.Y-width, r.Max.X, r.Max.Y), c)
	p.fill(image.Rect(r.Min.X, r.Min.Y+width, r.Min.X+width, r.Max.Y-width), c)
	p.fill(image.Rect(r.Max.X-width, r.Min.Y+width, r.Max.X, r.Max.Y-width), c)
}

// round draws a rectangle with round corners: filled, or its border only if line
// is above 0. cover is how opaque it is, up to 1.
func (p *painter) round(r image.Rectangle, radius, line, cover float64, c color.NRGBA) {
	ink := pixelOf(c)
	in := r.Intersect(p.clip)
	cx, cy := float64(r.Min.X+r.Max.X)/2, float64(r.Min.Y+r.Max.Y)/2
	hw, hh := float64(r.Dx())/2, float64(r.Dy())/2
	radius = min(radius, hw, hh)
	for y := in.Min.Y; y < in.Max.Y; y++ {
		dy := math.Abs(float64(y)+0.5-cy) - hh + radius
		at := p.img.PixOffset(in.Min.X, y)
		for x := in.Min.X; x < in.Max.X; x++ {
			dx := math.Abs(float64(x)+0.5-cx) - hw + radius
			// The distance from the border, negative inside.
			d := math.Sqrt(sq(max(dx, 0))+sq(max(dy, 0))) + min(max(dx, dy), 0) - radius
			a := min(max(0.5-d, 0), 1)
			if line > 0 {
				a = min(a, min(max(d+line+0.5, 0), 1))
			}
			if a > 0 {
				p.put(at, p.get(at).blend(ink, uint32(a*cover*255)))
			}
			at += 4
		}
	}
}

func sq(x float64) float64 { return x * x }

// newShape is what is inside, in units around its middle, no wider or higher than size.
func newShape(scale, size float64, inside func(x, y float64) bool) *glyph {
	r := int(size*scale/2) + 1
	g := &glyph{w: 2 * r, h: 2 * r, x: -r, y: -r, cover: make([]uint8, 4*r*r)}
	const n = 8 // samples each way within a pixel
	for i := range g.cover {
		hits := 0
		for s := range n * n {
			x := float64(i%g.w-r) + (float64(s%n)+0.5)/n
			y := float64(i/g.w-r) + (float64(s/n)+0.5)/n
			if inside(x/scale, y/scale) {
				hits++
			}
		}
		g.cover[i] = uint8(hits * 255 / (n * n))
	}
	return g
}

// newShapes makes the shapes of cells: arrows out and in, a check mark, a stop sign. Each
// stands right of the pen.
func newShapes(scale float64) (all [shapes]*glyph) {
	const w, h = 5.6, 3.5 // of an arrow: from the base at -w/2 to the tip at w/2
	arrow := func(x, y float64) bool { return math.Abs(x) <= w/2 && math.Abs(y) <= h*(w/2-x)/w }
	const line, radius = 0.75, 4.5 // half of what a sign is drawn with
	for k, s := range [shapes]struct {
		size, middle, advance float64
		inside                func(x, y float64) bool
	}{
		0:                    {7, 3, 2, arrow}, // arrowOut
		arrowIn - arrowOut:   {7, 3, 2, func(x, y float64) bool { return arrow(-x, y) }},
		arrowDown - arrowOut: {7, 3, 2, func(x, y float64) bool { return arrow(y, x) }},
		arrowUp - arrowOut:   {7, 3, 2, func(x, y float64) bool { return arrow(-y, x) }},
		check - arrowOut: {10, 5, 6, func(x, y float64) bool {
			return near(x, y, -4, 0.2, -1.3, 3, line) || near(x, y, -1.3, 3, 4, -3.2, line)
		}},
		stop - arrowOut: {12, 5, 6, func(x, y float64) bool {
			return math.Abs(math.Hypot(x, y)-radius+line) <= line || near(x, y, -2.8, 2.8, 2.8, -2.8, line)
		}},
	} {
		g := newShape(scale, s.size, s.inside)
		g.x += int(math.Round(s.middle * scale))
		g.advance = fixed.Int26_6(s.advance * scale * 64)
		all[k] = g
	}
	return all
}

// newRibbon makes the shape of a mark: a ribbon with a notch at its end.
func newRibbon(scale float64) *glyph {
	return newShape(scale, 12, func(x, y float64) bool { return math.Abs(x) <= 3 && y >= -5 && y <= 2.5+math.Abs(x) })
}

// near reports whether a place is within a distance of the line between two others.
func near(x, y, x1, y1, x2, y2, distance float64) bool {
	dx, dy := x2-x1, y2-y1
	along := min(max(((x-x1)*dx+(y-y1)*dy)/(dx*dx+dy*dy), 0), 1)
	return math.Hypot(x-x1-along*dx, y-y1-along*dy) <= distance
}

// text draws a text with the pen at x, in 64ths of a pixel, and gives the pen
// behind it. It stops before a character that would end behind limit.
func (p *painter) text(x fixed.Int26_6, baseline int, s []byte, f *face, m *mix, limit fixed.Int26_6) fixed.Int26_6 {
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(s[i:])
		}
		g := f.glyph(r, x)
		if x+g.advance > limit {
			break
		}
		p.glyph(x.Floor()+g.x, baseline+g.y, g, m)
		x += g.advance
		i += n
	}
	return x
}

// glyph draws a glyph whose upper left pixel is at (x, y).
func (p *painter) glyph(x, y int, g *glyph, m *mix) {
	in := image.Rect(x, y, x+g.w, y+g.h).Intersect(p.clip)
	for row := in.Min.Y; row < in.Max.Y; row++ {
		cover := g.cover[(row-y)*g.w+in.Min.X-x:][:in.Dx()]
		to := p.img.Pix[p.img.PixOffset(in.Min.X, row):][:4*len(cover)]
		for i, c := range cover {
			if c == 0 {
				continue
			}
			at := to[4*i : 4*i+4 : 4*i+4]
			if old := pixel(binary.LittleEndian.Uint32(at)); old == m.ground {
				binary.LittleEndian.PutUint32(at, uint32(m.by[c]))
			} else {
				binary.LittleEndian.PutUint32(at, uint32(old.blend(m.ink, uint32(c))))
			}
		}
	}
}
