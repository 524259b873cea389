package grid

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"linklog/app/ui/look"
)

// cellAt is a cell under the pointer; the zero value: there is none.
type cellAt struct {
	row, column int
	some        bool
}

// The looks of a tip, which is the whole text of a cell that is cut.
const (
	tipPad   = 7
	tipLines = 6
)

// pointAt notes on which cell the pointer is.
func (b *body[T]) pointAt(row int, x float32) {
	on := cellAt{}
	for k, p := range b.g.places {
		if row >= 0 && p.shown && x >= margin+p.x && x < margin+p.x+p.w {
			on = cellAt{row, k, true}
		}
	}
	if b.tip.PointAt(on, x, b.g.o.Do, b.showTip) {
		b.repaint()
	}
}

// hideTip takes it away.
func (b *body[T]) hideTip() {
	if b.tip.Hide() {
		b.repaint()
	}
}

// showTip shows the text of the cell under the pointer, if it is cut.
func (b *body[T]) showTip() {
	row, k := b.tip.On.row, b.tip.On.column
	if !b.tip.On.some || row >= len(b.g.rows) || k >= len(b.g.places) || !b.g.places[k].shown {
		return
	}
	b.cell.reset()
	b.g.o.Columns[k].Cell(&b.cell, &b.g.rows[row])
	if b.tip.Text = b.cell.cut(b.g.places[k].w - gap); b.tip.Text != "" {
		b.repaint()
	}
}

// cut is all of a cell's text, if there is not room for it in a width; "": there is.
func (c *Cell) cut(width float32) string {
	var parts []string
	total := float32(0)
	for i := range c.pieces {
		p := &c.pieces[i]
		switch p.kind {
		case bar:
			continue
		case badge:
			total += p.face.measure(p.text).Width + 2*badgePad
		default:
			total += p.face.measure(p.text).Width
			parts = append(parts, p.text)
		}
		if i > 0 {
			total += between
		}
	}
	if total <= width {
		return ""
	}
	return strings.Join(parts, " ")
}

// objects are those of the tip, below its row, or above where there is no room.
func (b *body[T]) tipObjects() (list []fyne.CanvasObject) {
	if b.tip.Text == "" || b.tip.On.row != b.hover {
		return nil
	}
	from, to := float32(0), b.Size().Height
	if s := b.g.scroll; s != nil {
		from, to = s.Offset.Y, s.Offset.Y+s.Size().Height
	}
	most := b.Size().Width - 2*margin - 2*tipPad
	var lines []string
	for rest := []rune(b.tip.Text); len(rest) > 0 && len(lines) < tipLines; {
		n := len(rest)
		for n > 1 && Sans.measure(string(rest[:n])).Width > most {
			n = n * 3 / 4
		}
		lines = append(lines, string(rest[:n]))
		rest = rest[n:]
	}
	line, width := Sans.measure("0").Height, float32(0)
	for _, text := range lines {
		width = max(width, Sans.measure(text).Width)
	}
	p, h := look.Current(), b.g.rowHeight()
	size := fyne.NewSize(width+2*tipPad, float32(len(lines))*line+tipPad)
	at := fyne.NewPos(max(min(b.tip.X, b.Size().Width-margin-size.Width), 0), float32(b.tip.On.row+1)*h+2)
	if at.Y+size.Height > to {
		at.Y = max(float32(b.tip.On.row)*h-size.Height-2, from)
	}
	r := canvas.NewRectangle(p.Raised)
	r.StrokeColor, r.StrokeWidth, r.CornerRadius = p.Edge, 1, 4
	r.Move(at)
	r.Resize(size)
	list = append(list, r)
	for i, text := range lines {
		t := canvas.NewText(text, p.Text)
		t.TextSize = fonts[Sans].size
		t.Move(at.AddXY(tipPad, tipPad/2+float32(i)*line))
		t.Resize(t.MinSize())
		list = append(list, t)
	}
	return list
}
