package view

import (
	"cmp"
	"image"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"golang.org/x/image/math/fixed"

	"linklog/assets/origin"
	"linklog/capture"
)

// cellAt is a cell under the pointer: a row by its ID, and a column; none: there is none.
type cellAt struct {
	row    int64
	column int
	some   bool
}

// pointAt notes on which cell the pointer is.
func (v *View) pointAt(at fyne.Position) {
	on := cellAt{}
	if i := v.hovered(); i >= 0 {
		if k := v.columnAt(at.X); k >= 0 {
			on = cellAt{v.pos.src.ID(i), k, true}
		}
	}
	if v.tip.PointAt(on, at.X, v.o.Do, v.showTip) {
		v.redraw()
	}
}

// hideTip takes it away.
func (v *View) hideTip() {
	if v.tip.Hide() {
		v.redraw()
	}
}

// showTip shows the text of the cell under the pointer, if it is cut, and who a host belongs
// to, if that is known.
func (v *View) showTip() {
	i := v.hovered()
	if i < 0 || v.pos.src.ID(i) != v.tip.On.row || !v.drawn() {
		return // rows moved on beneath it
	}
	k := v.tip.On.column
	v.tip.Text = v.cutText(i, k)
	if owner := v.ownerIn(i, k); owner != "" {
		v.tip.Text = cmp.Or(v.tip.Text, v.cellText(i, k)) + " · " + owner
	}
	if v.tip.Text != "" {
		v.redraw()
	}
}

// ownerIn says who the host in a cell belongs to; "": that is not known, or there is none.
func (v *View) ownerIn(i, k int) string {
	if k >= len(v.cols.columns) || v.cols.columns[k].End == nil {
		return ""
	}
	if ev := &v.pen.ev; v.pos.src.Event(i, ev) && ev.Kind == capture.Traffic {
		return origin.Of(v.cols.columns[k].End(ev).Addr).String()
	}
	return ""
}

// cutText is the text of a cell that there is not room for; "": there is.
func (v *View) cutText(i, k int) string {
	if k >= len(v.cols.columns) {
		return ""
	}
	c := &v.cols.columns[k]
	from, to := c.x, c.x+c.w-cellGap
	d := drawing{View: v, pen: &v.pen, painter: &v.canvas, w: v.canvas.img.Rect.Dx()}
	text := v.cellText(i, k)
	if m := v.cols.messages(); m >= 0 && c.Attempts && v.pen.ev.Kind != capture.Traffic {
		from, to = v.cols.columns[m].x, d.until(m)
	}
	if v.canSee(d.cellWidth(), from, to) {
		return ""
	}
	return text
}

// canSee reports whether there is room for a width between two places.
func (v *View) canSee(width fixed.Int26_6, from, to float32) bool {
	return width <= fixed.I(v.pen.px(margin+to-v.left)-v.pen.px(margin+from-v.left))
}

// The looks of a tip.
const (
	tipPad   = 7
	tipWidth = 460
	tipLines = 12
)

// drawTip draws it below its row, or above where there is no room.
func (d *drawing) drawTip() {
	if d.tip.Text == "" || d.hover < 0 || d.pos.src.ID(d.hover) != d.tip.On.row {
		return
	}
	f, pad := d.faces[Sans], d.px(tipPad)
	most := min(d.px(tipWidth), d.w-2*d.px(margin)) - 2*pad
	lines := wrapped([]byte(d.tip.Text), f, fixed.I(max(most, 1)))
	width := fixed.Int26_6(0)
	for _, line := range lines {
		width = max(width, f.width(line))
	}
	high := d.px(18)
	size := image.Pt(width.Ceil()+2*pad, len(lines)*high+pad)
	first, over := d.pos.first()
	y := d.head + (d.hover-first)*d.rowHeight - int(over*d.scale)
	at := image.Pt(min(d.px(d.tip.X), d.w-d.px(margin)-size.X), y+d.rowHeight+d.px(2))
	if at.Y+size.Y > d.h {
		at.Y = y - size.Y - d.px(2)
	}
	at.X, at.Y = max(at.X, 0), max(at.Y, d.head)
	box := image.Rectangle{at, at.Add(size)}
	d.clip = d.img.Rect
	d.round(box, 4*d.scale, 0, 1, d.grounds[onTip])
	d.round(box, 4*d.scale, max(d.scale, 1), 1, d.palette.Edge)
	for k, line := range lines {
		ordered, _ := d.inOrder(line, false)
		d.text(fixed.I(at.X+pad), d.baseline(at.Y+pad/2+k*high, high, Sans), ordered, f, d.mixes[Plain][onTip], fixed.I(d.w))
	}
}

// wrapped cuts a text into lines, between words where it can; what is behind the last of them is left out.
func wrapped(text []byte, f *face, room fixed.Int26_6) (lines [][]byte) {
	for len(text) > 0 && len(lines) < tipLines {
		end, space, width := 0, -1, fixed.Int26_6(0)
		for end < len(text) {
			r, n := utf8.DecodeRune(text[end:])
			if width += f.advance(r); width > room && end > 0 {
				break
			}
			if r == ' ' {
				space = end
			}
			end += n
		}
		if end < len(text) && space > 0 {
			end = space
		}
		lines = append(lines, text[:end])
		for text = text[end:]; len(text) > 0 && text[0] == ' '; {
			text = text[1:]
		}
	}
	return lines
}
