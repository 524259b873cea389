package view

import (
	"image"
	"math"
	"time"
	"unicode/utf8"

	"golang.org/x/image/math/fixed"

	"linklog/capture"
)

// Sizes in Fyne's units.
const (
	headerHeight = 28
	margin       = 10 // left of the first column
	cellGap      = 10 // between columns
	barWidth     = 10
)

// paint is the raster's generator: w and h are pixels.
func (v *View) paint(w, h int) image.Image {
	v.paints++
	size := v.raster.Size()
	if w <= 0 || h <= 0 || size.Width <= 0 || size.Height <= 0 {
		return image.NewRGBA(image.Rect(0, 0, max(w, 1), max(h, 1)))
	}
	v.measure(w, h)
	d := drawing{View: v, pen: &v.pen, painter: &v.canvas, w: w, h: h, head: v.pen.px(headerHeight)}
	d.begin(w, h)
	d.now = time.Now().In(v.o.Location)
	d.cell.now, d.cell.dated = d.now, v.sort.Column != ""
	d.rowHeight = v.pen.px(v.o.RowHeight)
	d.hover = v.hovered()
	if d.rows(); d.cols.filled { // there is one column more
		v.arrange(size.Width)
		d.rows()
	}
	d.clip = d.img.Rect
	d.header()
	d.bar()
	d.pill()
	d.drawTip()
	if v.o.OnSight != nil && v.pos.src.Len() > 0 {
		v.o.OnSight(d.first, d.last)
	}
	return d.img
}

// measure finds scale and places for a size in pixels.
func (v *View) measure(w, h int) {
	size := v.raster.Size()
	scale := float64(w) / float64(size.Width)
	if size.Height > size.Width {
		scale = float64(h) / float64(size.Height)
	}
	// The size in pixels is rounded; scales have two digits at most.
	scale = math.Round(scale*100) / 100
	if v.pen.load(v, max(scale, 0.1)) {
		v.cols.widen(func(label string) float32 {
			return float32(float64(v.pen.faces[Sans].width([]byte(label)).Ceil()) / v.pen.scale)
		})
	}
	rowHeight := max(v.pen.px(v.o.RowHeight), 1)
	v.pos.row = float64(rowHeight) / v.pen.scale
	v.pos.height = float64(max(h-v.pen.px(headerHeight), 0)) / v.pen.scale
	v.arrange(size.Width)
}

// arrange places the columns in the width of the widget.
func (v *View) arrange(width float32) {
	v.cols.arrange(width - margin - barWidth/2)
	v.left = max(min(v.left, v.cols.width+margin-width), 0)
}

// drawing is one pass over the image.
type drawing struct {
	*View
	*pen
	*painter
	w, h      int
	head      int // height of the header
	rowHeight int
	hover     int // row under the pointer
	first     int // rows that were drawn
	last      int
	now       time.Time
}

// x is where a column's place is in the image.
func (d *drawing) x(units float32) int { return d.px(margin + units - d.left) }

func (d *drawing) rows() {
	d.fill(image.Rect(0, d.head, d.w, d.h), d.grounds[onRow])
	src := d.pos.src
	n := src.Len()
	if n == 0 {
		d.nothing()
		return
	}
	i, above := d.pos.first()
	y := d.head - int(math.Round(above*d.scale))
	if d.pos.follow && float64(n)*d.pos.row > d.pos.height {
		// The last row ends where the widget does.
		visible := (d.h - d.head + d.rowHeight - 1) / d.rowHeight
		i = max(n-visible, 0)
		y = d.h - (n-i)*d.rowHeight
	}
	before := int64(math.MinInt64) // the day of the row above
	ev := &d.ev
	if i > 0 && src.Event(i-1, ev) {
		before = day(ev.Time.In(d.o.Location))
	}
	area := image.Rect(0, d.head, d.w, d.h)
	d.first = i
	for ; i < n && y < d.h; i, y = i+1, y+d.rowHeight {
		d.last = i
		here := src.Event(i, ev)
		d.clip = area
		d.row(i, y, ev, here)
		if !here {
			continue
		}
		t := ev.Time.In(d.o.Location)
		today := day(t)
		if today != before && before != math.MinInt64 && d.sort.Column == "" {
			d.clip = area
			d.newDay(y, t)
		}
		before = today
	}
	d.clip = area
	if d.focused && d.Current() < 0 {
		d.frame(area, d.line(), d.palette.Accent)
	}
}

// row draws one row.
func (d *drawing) row(i, y int, ev *capture.Event, here bool) {
	id := d.pos.src.ID(i)
	g := onRow
	switch {
	case d.sel.has(id):
		g = onSelection
	case i == d.hover:
		g = onHover
	}
	box := image.Rect(0, y, d.w, y+d.rowHeight)
	if g != onRow {
		d.fill(box, d.grounds[g])
	}
	if d.focused && d.sel.any && d.sel.cursor == id {
		d.frame(box, d.line(), d.palette.Accent)
		d.fill(image.Rect(0, y, d.px(3), y+d.rowHeight), d.palette.Accent)
	}
	if !here {
		d.awaited(y)
		return
	}
	for i := range d.rules {
		if colour, known := d.palette.Mark(d.rules[i].Colour); known && d.rules[i].Match(ev) {
			d.fill(image.Rect(d.px(3), y+d.line(), d.px(7), y+d.rowHeight-d.line()), colour)
			break
		}
	}
	if d.o.Marked != nil && d.o.Marked(ev) {
		ink := d.mixes[ribbonInk][g]
		d.glyph(d.px(5)+d.ribbon.x, y+d.rowHeight/2+d.ribbon.y, d.ribbon, ink)
	}
	d.cell.group = d.group(i)
	columns := d.cols.columns
	messages := d.cols.messages()
	for k := range columns {
		c := &columns[k]
		if c.empty && c.In != nil && c.In(ev) {
			d.cols.fill(c.ID)
		}
		if !c.shown {
			continue
		}
		d.cell.reset()
		switch {
		case ev.Kind == capture.Traffic || !c.Attempts:
			c.Cell(&d.cell, ev)
			if whole, least := d.pieces(y, d.x(c.x), d.x(c.x+c.w-cellGap), g); c.note(d.units(whole), d.units(least)) {
				d.cols.filled = true
			}
		case k == messages:
			message(&d.cell, ev)
			d.pieces(y, d.x(c.x), d.x(d.until(k)), g)
		}
	}
}

// cellText is what a row has in a column, and what it says instead of an attempt.
func (v *View) cellText(i, k int) string {
	ev := &v.pen.ev
	if k < 0 || !v.pos.src.Event(i, ev) {
		return ""
	}
	v.pen.cell.reset()
	v.pen.cell.group = v.group(i)
	if c := &v.cols.columns[k]; ev.Kind == capture.Traffic || !c.Attempts {
		c.Cell(&v.pen.cell, ev)
	} else {
		message(&v.pen.cell, ev)
	}
	return v.pen.cell.String()
}

// awaited draws a row that is not here yet.
func (d *drawing) awaited(y int) {
	for _, c := range d.cols.columns {
		if !c.shown {
			continue
		}
		width := min(c.w-cellGap, 0.5*c.w)
		d.fill(image.Rect(d.x(c.x), y+d.rowHeight/2-d.line(), d.x(c.x+width), y+d.rowHeight/2+d.line()), d.palette.Line)
	}
}

// until is where the message that begins in column k ends: it has the columns of
// attempts behind it.
func (d *drawing) until(k int) float32 {
	columns := d.cols.columns
	end := columns[k].x + columns[k].w
	for _, c := range columns[k+1:] {
		if !c.shown {
			continue
		}
		if !c.Attempts {
			return end - cellGap
		}
		end = c.x + c.w
	}
	return max(end, float32(d.w)/float32(d.scale)-margin+d.left) - barWidth
}

// units is a width in pixels in Fyne's units.
func (d *drawing) units(w fixed.Int26_6) float32 { return float32(float64(w) / 64 / d.scale) }

// pieces draws the cell between two places, and returns what it would take, whole and without what may be
// left out.
func (d *drawing) pieces(y, from, to int, g ground) (whole, least fixed.Int26_6) {
	if to <= from || to <= 0 || from >= d.w {
		return 0, 0
	}
	d.clip = image.Rect(from, max(y, d.head), to, min(y+d.rowHeight, d.h)).Intersect(d.img.Rect)
	room := fixed.I(to - from)
	total, badges, optionals := fixed.Int26_6(0), fixed.Int26_6(0), fixed.Int26_6(0)
	for k := range d.cell.pieces {
		p := &d.cell.pieces[k]
		w := d.width(p)
		total += w
		switch p.kind {
		case badge:
			badges += w
		case optional:
			optionals += w
		}
	}
	whole, least = total, total-optionals
	skip := total > room
	x, end := fixed.I(from), fixed.I(to)
	for k := range d.cell.pieces {
		p := &d.cell.pieces[k]
		if p.kind == optional && skip {
			continue
		}
		m := d.mixes[p.ink][g]
		text := d.cell.text[p.from:p.to]
		x += fixed.Int26_6(float64(p.gap) * d.scale * 64)
		switch {
		case p.kind >= arrowOut:
			shape := d.shapes[p.kind-arrowOut]
			d.glyph(x.Round()+shape.x, y+(d.rowHeight+d.line())/2+shape.y, shape, m)
			x += shape.advance
		case p.kind == badge:
			x = d.badge(x, y, text, p, m)
			badges = 0
		default:
			f, limit := d.faces[p.font], end-badges
			text, left := d.inOrder(text, p.domain)
			loses := atEnd
			switch {
			case left:
				loses = atBegin
			case p.holds&Addresses != 0:
				loses = inMiddle
			}
			text = d.fit(text, p.font, limit-x, loses)
			if len(d.found) > 0 && d.has(text, p.holds) {
				d.mark(x, y, text, p.holds, f, limit)
				m = d.mixes[Plain][g]
			}
			x = d.text(x, d.baseline(y, d.rowHeight, Sans), text, f, m, limit)
		}
	}
	return whole, least
}

// width is what a piece takes, with the gap before it.
func (d *drawing) width(p *piece) fixed.Int26_6 {
	w := fixed.Int26_6(float64(p.gap) * d.scale * 64)
	switch {
	case p.kind >= arrowOut:
		return w + d.shapes[p.kind-arrowOut].advance
	case p.kind == badge:
		w += fixed.Int26_6(2 * badgePad * d.scale * 64)
	}
	return w + d.faces[p.font].width(d.cell.text[p.from:p.to])
}

// side is the part that a text which is too long loses.
type side uint8

const (
	atEnd side = iota
	atBegin
	inMiddle
)

// fit shortens a text to a width, with … in the place of what it loses. What it returns is valid until it
// is called again.
func (d *drawing) fit(text []byte, font Font, room fixed.Int26_6, loses side) []byte {
	f := d.faces[font]
	if f.width(text) <= room {
		return text
	}
	room -= d.ellipsis[font]
	to, from := 0, len(text) // what stays is in front of one and behind the other
	for last := loses != atEnd; to < from; last = loses == atBegin || loses == inMiddle && !last {
		r, n := utf8.DecodeRune(text[to:from])
		if last {
			r, n = utf8.DecodeLastRune(text[to:from])
		}
		if room -= f.advance(r); room < 0 {
			break
		}
		if last {
			from -= n
		} else {
			to += n
		}
	}
	if loses == atEnd {
		from = len(text)
	}
	d.fitted = append(append(append(d.fitted[:0], text[:to]...), ellipsis...), text[from:]...)
	return d.fitted
}

// short draws a text, with … at its end if it is too long.
func (d *drawing) short(x fixed.Int26_6, baseline int, text []byte, f Font, m *mix, limit fixed.Int26_6) fixed.Int26_6 {
	return d.text(x, baseline, d.fit(text, f, limit-x, atEnd), d.faces[f], m, limit)
}

var ellipsis = []byte("…")

const badgePad = 5

func (d *drawing) badge(x fixed.Int26_6, y int, text []byte, p *piece, m *mix) fixed.Int26_6 {
	w := d.faces[p.font].width(text)
	left, pad := x.Round(), d.px(badgePad)
	height := d.px(14)
	top := y + (d.rowHeight-height)/2
	box := image.Rect(left, top, left+w.Ceil()+2*pad, top+height)
	ink := d.palette.NewHost
	if m.ground == pixelOf(d.grounds[onSelection]) {
		ink = d.palette.SelectedNewHost
	}
	d.round(box, 3*d.scale, max(d.scale, 1), 1, ink)
	d.text(fixed.I(left+pad), d.baseline(top, height, p.font), text, d.faces[p.font], m, fixed.I(d.w))
	return fixed.I(box.Max.X)
}

// newDay draws the border between two days.
func (d *drawing) newDay(y int, t time.Time) {
	d.fill(image.Rect(0, y, d.w, y+d.line()), d.palette.Muted)
	var buf [40]byte
	text := d.words.date(buf[:0], t, d.now)
	f := d.faces[small]
	w := f.width(text).Ceil()
	height, pad := d.px(15), d.px(6)
	right := d.w - d.px(barWidth+8)
	box := image.Rect(right-w-2*pad, y-height/2, right, y-height/2+height)
	if box.Min.Y < d.head {
		box = box.Add(image.Pt(0, d.head-box.Min.Y))
	}
	d.round(box, float64(height)/2, 0, 1, d.grounds[onRow])
	d.round(box, float64(height)/2, max(d.scale, 1), 1, d.palette.Muted)
	d.text(fixed.I(box.Min.X+pad), d.baseline(box.Min.Y, height, small), text, f, d.mixes[Muted][onRow], fixed.I(d.w))
}

// day numbers days.
func day(t time.Time) int64 {
	return int64(t.Year())*400 + int64(t.YearDay())
}

// nothing says that there are no rows.
func (d *drawing) nothing() {
	text := []byte(d.o.Empty)
	w := d.faces[Sans].width(text)
	x := max((fixed.I(d.w)-w)/2, fixed.I(d.px(margin)))
	y := d.head + (d.h-d.head)*2/5
	d.short(x, y, text, Sans, d.mixes[Muted][onRow], fixed.I(d.w-d.px(margin)))
	if d.focused {
		d.frame(image.Rect(0, d.head, d.w, d.h), d.line(), d.palette.Accent)
	}
}
