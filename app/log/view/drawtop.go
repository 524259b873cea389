package view

import (
	"image"
	"time"

	"golang.org/x/image/math/fixed"
)

// sortArrow is the room beside the name of the column that is sorted by.
const sortArrow = 12

// header draws the names of the columns.
func (d *drawing) header() {
	d.fill(image.Rect(0, 0, d.w, d.head), d.grounds[onHeader])
	line := d.line()
	d.fill(image.Rect(0, d.head-line, d.w, d.head), d.palette.Line)
	baseline := d.baseline(0, d.head-line, Sans)
	for k := range d.cols.columns {
		c := &d.cols.columns[k]
		if !c.shown {
			continue
		}
		from, to := d.x(c.x), d.x(c.x+c.w-cellGap/2)
		d.clip = image.Rect(from, 0, to, d.head-line).Intersect(d.img.Rect)
		m := d.mixes[header][onHeader]
		if d.mouse.moving == k+1 || d.sort.Column == c.ID {
			m = d.mixes[Plain][onHeader]
		}
		d.cell.reset()
		d.cell.Text(Sans, header, c.Label)
		label := to
		if d.sort.Column == c.ID {
			label -= d.px(sortArrow)
		}
		x := d.short(fixed.I(from), baseline, d.cell.text, Sans, m, fixed.I(label))
		if c.ID == d.sort.Column {
			kind := arrowUp
			if d.sort.Down {
				kind = arrowDown
			}
			shape := d.shapes[kind-arrowOut]
			d.glyph(x.Round()+d.px(4)+shape.x, d.head/2+shape.y, shape, d.mixes[ribbonInk][onHeader])
		} else if c.ID == "time" && d.sort.Column == "" {
			d.dateOfTop(x+fixed.I(d.px(6)), baseline, fixed.I(to))
		}
		d.clip = d.img.Rect
		// Borders are seen while the pointer is on the header.
		if d.mouse.header {
			ink, width := d.palette.Line, line
			if d.mouse.column == k {
				ink, width = d.palette.Accent, 2*line
			}
			at := d.x(c.x+c.w) - d.px(cellGap/2)
			d.fill(image.Rect(at, d.px(6), at+width, d.head-d.px(6)), ink)
		}
	}
	if d.mouse.moving > 0 {
		x := d.cols.width
		if to := d.mouse.target; to < len(d.cols.columns) {
			x = d.cols.columns[to].x
		}
		at := d.x(x) - d.px(cellGap/2)
		d.fill(image.Rect(at-line, 0, at+line, d.head), d.palette.Accent)
	}
}

// dateOfTop returns the day of the first row in sight if that is not today.
func (d *drawing) dateOfTop(x fixed.Int26_6, baseline int, limit fixed.Int26_6) {
	i, _ := d.pos.first()
	if i >= d.pos.src.Len() || !d.pos.src.Event(i, &d.ev) {
		return
	}
	t := d.ev.Time.In(d.o.Location)
	if day(t) == day(d.now) || t.After(d.now.Add(24*time.Hour)) {
		return
	}
	d.cell.reset()
	d.cell.text = d.words.date(d.cell.text, t, t)
	if x+d.faces[small].width(d.cell.text) <= limit {
		d.text(x, baseline, d.cell.text, d.faces[small], d.mixes[Plain][onHeader], limit)
	}
}

// thumb is where the scroll bar's handle is, in pixels; false if all rows are in
// sight.
func (v *View) thumb() (track, handle image.Rectangle, ok bool) {
	p := &v.pen
	w, h := v.canvas.img.Rect.Dx(), v.canvas.img.Rect.Dy()
	top := p.px(headerHeight)
	track = image.Rect(w-p.px(barWidth), top, w, h)
	total := float64(v.pos.src.Len()) * v.pos.row
	if total <= v.pos.height || track.Dy() <= 0 {
		return track, handle, false
	}
	length := max(int(float64(track.Dy())*v.pos.height/total), p.px(28))
	length = min(length, track.Dy())
	y := top + int(float64(track.Dy()-length)*v.pos.at()/v.pos.max())
	return track, image.Rect(track.Min.X, y, w, y+length), true
}

// bar draws the scroll bar.
func (d *drawing) bar() {
	_, handle, ok := d.thumb()
	if !ok {
		return
	}
	cover := 0.28
	inset := d.px(3)
	if d.mouse.bar || d.mouse.drag == dragBar {
		cover, inset = 0.5, d.px(1)
	}
	handle.Min.X += inset
	handle.Max.X -= d.px(1)
	handle.Min.Y += d.px(1)
	handle.Max.Y -= d.px(1)
	d.round(handle, float64(handle.Dx())/2, 0, cover, d.palette.Text)
}

// pillBox is where the pill is, in pixels; empty if there is none.
func (v *View) pillBox() image.Rectangle {
	n := v.pos.fresh()
	if v.pos.follow || v.pos.max() == 0 || v.sort.Column != "" {
		return image.Rectangle{}
	}
	if v.pillFor != n || v.pillText == nil {
		v.pillFor = n
		v.pillText = append(v.pillText[:0], "↓"...)
		if n > 0 {
			v.pillText = append(v.pillText[:0], newRows(n)...)
		}
	}
	p := &v.pen
	w, h := v.canvas.img.Rect.Dx(), v.canvas.img.Rect.Dy()
	width := p.faces[Bold].width(v.pillText).Ceil() + 2*p.px(13)
	height := p.px(25)
	right, bottom := w-p.px(26), h-p.px(18)
	return image.Rect(right-width, bottom-height, right, bottom)
}

// pill draws how many rows are new.
func (d *drawing) pill() {
	box := d.pillBox()
	if box.Empty() || box.Min.Y < d.head {
		return
	}
	d.clip = d.img.Rect
	shadow := box.Inset(-d.px(2)).Add(image.Pt(0, d.px(1)))
	d.round(shadow, float64(shadow.Dy())/2, 0, 0.10, d.palette.Text)
	d.round(box, float64(box.Dy())/2, 0, 1, d.palette.Accent)
	m := d.mixes[onPill][onAccent]
	d.text(fixed.I(box.Min.X+d.px(13)), d.baseline(box.Min.Y, box.Dy(), Bold), d.pillText, d.faces[Bold], m, fixed.I(d.w))
}
