package grid

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"linklog/app/ui/look"
)

// tip is the whole text of a cell that is cut, shown while the pointer rests on it.
type tip struct {
	row, column int
	text        string // "": nothing is shown
	x           float32
	timer       *time.Timer
}

// The looks of a tip, and how long the pointer has to rest.
const (
	tipAfter = 500 * time.Millisecond
	tipPad   = 7
	tipLines = 6
)

// pointAt notes on which cell the pointer is.
func (b *body[T]) pointAt(row int, x float32) {
	column := -1
	for k, p := range b.g.places {
		if p.shown && x >= margin+p.x && x < margin+p.x+p.w {
			column = k
		}
	}
	if row < 0 || column < 0 {
		row, column = -1, -1
	}
	if b.tip.row == row && b.tip.column == column {
		return
	}
	b.hideTip()
	b.tip.row, b.tip.column, b.tip.x = row, column, x
	if row < 0 || b.g.o.Do == nil {
		return
	}
	b.tip.timer = time.AfterFunc(tipAfter, func() {
		b.g.o.Do(func() {
			if b.tip.row == row && b.tip.column == column {
				b.showTip()
			}
		})
	})
}

// hideTip takes it away.
func (b *body[T]) hideTip() {
	if b.tip.timer != nil {
		b.tip.timer.Stop()
	}
	shown := b.tip.text != ""
	b.tip = tip{row: -1, column: -1}
	if shown {
		b.repaint()
	}
}

// showTip shows the text of the cell under the pointer, if it is cut.
func (b *body[T]) showTip() {
	k := b.tip.column
	if b.tip.row < 0 || b.tip.row >= len(b.g.rows) || k >= len(b.g.places) || !b.g.places[k].shown {
		return
	}
	b.cell.reset()
	b.g.o.Columns[k].Cell(&b.cell, &b.g.rows[b.tip.row])
	if b.tip.text = b.cell.cut(b.g.places[k].w - gap); b.tip.text != "" {
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
	if b.tip.text == "" || b.tip.row != b.hover {
		return nil
	}
	from, to := float32(0), b.Size().Height
	if s := b.g.scroll; s != nil {
		from, to = s.Offset.Y, s.Offset.Y+s.Size().Height
	}
	most := b.Size().Width - 2*margin - 2*tipPad
	var lines []string
	for rest := []rune(b.tip.text); len(rest) > 0 && len(lines) < tipLines; {
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
	at := fyne.NewPos(max(min(b.tip.x, b.Size().Width-margin-size.Width), 0), float32(b.tip.row+1)*h+2)
	if at.Y+size.Height > to {
		at.Y = max(float32(b.tip.row)*h-size.Height-2, from)
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
