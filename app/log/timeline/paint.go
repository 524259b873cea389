package timeline

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"time"

	"linklog/app/ui/look"
)

// shown is what is drawn of a piece beside its bars.
type shown struct {
	looked   int  // the bar that is looked at; -1: none
	focused  bool // with the keyboard
	from, to time.Time
	chosen   bool // from and to are a range that is chosen, or being chosen
}

// picture draws into an image. What it draws is as large as the image; what went out
// stands above the axis, what came in below it, as in Reports, and what the router blocked is hollow.
type picture struct {
	img   *image.RGBA
	scale float32 // pixels in one of Fyne's units
	pal   *look.Palette
}

// fill fills a part of the image.
func (d *picture) fill(x0, y0, x1, y1 int, c color.NRGBA) {
	draw.Draw(d.img, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
}

// px is a length in pixels, at least one.
func (d *picture) px(units float32) int { return max(int(math.Round(float64(units*d.scale))), 1) }

// draw draws all.
func (d *picture) draw(p *piece, s shown) {
	size := d.img.Rect.Size()
	d.fill(0, 0, size.X, size.Y, d.pal.Background)
	x := func(t time.Time) int { return int(math.Round(min(max(p.x(t), 0), 1) * float64(size.X))) }
	line := d.px(1)
	from, to := x(s.from), x(s.to)
	if s.chosen {
		d.fill(from, 0, to, size.Y, d.pal.Selection)
	}
	d.days(p, x, line)
	in, out := p.highest()
	axis, unit := d.axis(out, in)
	for i := range p.bars {
		b := &p.bars[i]
		left, right := x(b.From), x(b.To)
		if right <= left || !b.From.Before(p.to) || !b.To.After(p.from) {
			continue
		}
		if i == s.looked {
			d.fill(left, 0, right, size.Y, d.pal.Line)
		}
		if right-left > 3*line {
			right -= line // a gap, so that bars can be told apart
		}
		d.stack(left, right, axis, -1, unit, b.Out, b.OutBlocked, d.pal.Accent)
		d.stack(left, right, axis+line, 1, unit, b.In, b.InBlocked, d.pal.Inbound)
		if i == s.looked && s.focused {
			d.frame(left, 0, right, size.Y, line, d.pal.Accent)
		}
	}
	d.fill(0, axis, size.X, axis+line, d.pal.Muted)
	if s.chosen {
		d.fill(max(from-line, 0), 0, from+line, size.Y, d.pal.Accent)
		d.fill(to-line, 0, min(to+line, size.X), size.Y, d.pal.Accent)
	}
	if s.focused && s.looked < 0 {
		d.frame(0, 0, size.X, size.Y, line, d.pal.Accent)
	}
}

// axis is where the axis is, and how many pixels an attempt is high: the same on both sides.
func (d *picture) axis(above, below uint64) (y int, unit float64) {
	height := d.img.Rect.Dy()
	y = int(math.Round(float64(height-1) * float64(axisPart(above, below))))
	unit = math.Inf(1)
	if above > 0 {
		unit = float64(y) / float64(above)
	}
	if below > 0 {
		unit = min(unit, float64(height-y-1)/float64(below))
	}
	return y, unit
}

// axisPart is how far down the axis is: each side has room for its highest bar, and both some.
func axisPart(above, below uint64) float32 {
	if above+below == 0 {
		return 0.5
	}
	return float32(min(max(float64(above)/(float64(above)+float64(below)), 0.15), 0.85))
}

// stack draws what is on one side of the axis: first what was not blocked.
func (d *picture) stack(left, right, at, way int, unit float64, all, blocked uint64, c color.NRGBA) {
	if all == 0 {
		return
	}
	least := d.px(2)
	open, top := 0, max(int(math.Round(float64(all)*unit)), least)
	if all > blocked {
		open = top - int(math.Round(float64(blocked)/float64(all)*float64(top)))
		open = min(max(open, 1), top)
	}
	if blocked > 0 {
		open = min(open, top-least/2) // both can be seen
	}
	y0, y1, mid := at, at+way*top, at+way*open
	d.fill(left, min(y0, y1), right, max(y0, y1), c)
	if inside := d.px(1); blocked > 0 && right-left > 2*inside {
		hollow := image.Rect(left+inside, min(mid, y1-way*inside), right-inside, max(mid, y1-way*inside))
		draw.Draw(d.img, hollow, image.NewUniform(d.pal.Background), image.Point{}, draw.Src)
	}
}

// days draws where days begin, if bars are shorter.
func (d *picture) days(p *piece, x func(time.Time) int, line int) {
	if p.step.OfDays() || p.to.Sub(p.from) > 45*24*time.Hour {
		return
	}
	for i := range p.bars {
		at := p.bars[i].From
		if i > 0 && at.Day() != p.bars[i-1].From.Day() && at.After(p.from) && at.Before(p.to) {
			d.fill(x(at), 0, x(at)+line, d.img.Rect.Dy(), d.pal.Line)
		}
	}
}

func (d *picture) frame(x0, y0, x1, y1, line int, c color.NRGBA) {
	d.fill(x0, y0, x1, y0+line, c)
	d.fill(x0, y1-line, x1, y1, c)
	d.fill(x0, y0, x0+line, y1, c)
	d.fill(x1-line, y0, x1, y1, c)
}
