package chart

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
)

// OverTime is a widget that draws bars over time, what came in at the bottom and what went out on top of
// it, each hollow as far as the router blocked it. A tap on a bar opens it, dragging selects a range. With
// the keyboard arrows move, Shift selects, Enter opens.
type OverTime struct {
	widget.BaseWidget
	bars []Bar
	step Step

	pick           Picker
	focused, shift bool
	pressed        float32 // where the pointer went down
	dragged        bool
	objects        []fyne.CanvasObject

	onOpen   func(b Bar)
	onChoose func(from, to time.Time)
	onLook   func(b *Bar) // what is looked at; nil: nothing
}

// NewOverTime returns one without bars. What is opened, or selected, or looked at (nil: nothing) is told on Fyne's thread.
func NewOverTime(onOpen func(Bar), onChoose func(from, to time.Time), onLook func(*Bar)) *OverTime {
	c := &OverTime{onOpen: onOpen, onChoose: onChoose, onLook: onLook}
	c.ExtendBaseWidget(c)
	return c
}

// Set shows other bars.
func (c *OverTime) Set(list []Bar, s Step) {
	c.bars, c.step = list, s
	c.Refresh()
	c.tell()
}

// Sizes in Fyne's units.
const (
	axisLeft   = 52 // room for the numbers
	axisBottom = 20 // and for the times
	chartTop   = 6
	chartRight = 14
)

// draw makes the objects for a size.
func (c *OverTime) draw(size fyne.Size) {
	c.objects = c.objects[:0]
	p := look.Current()
	width, height := size.Width-axisLeft-chartRight, size.Height-axisBottom-chartTop
	if width < 20 || height < 20 {
		return
	}
	highest := uint64(0)
	for i := range c.bars {
		highest = max(highest, c.bars[i].Total())
	}
	marks := Ticks(highest)
	scale := float32(marks[len(marks)-1])
	y := func(v uint64) float32 { return chartTop + height - float32(v)/scale*height }
	for _, v := range marks {
		if v > 0 {
			c.rect(axisLeft, y(v), width, 1, p.Line)
		}
		t := c.label(Short(v, len(c.bars) > 0 && c.bars[0].Bytes), p.Muted)
		t.Move(fyne.NewPos(axisLeft-8-t.MinSize().Width, y(v)-t.MinSize().Height/2))
	}
	w := width / float32(max(len(c.bars), 1))
	space := min(max(w*0.2, 1), 6)
	looked := c.pick.Looked(c.bars, c.focused)
	from, to, selecting := c.selecting()
	for i := range c.bars {
		b := &c.bars[i]
		x := axisLeft + float32(i)*w
		if selecting && !b.From.Before(from) && !b.To.After(to) {
			c.rect(x, chartTop, w, height, p.Selection)
		} else if i == looked {
			c.rect(x, chartTop, w, height, p.Line)
		}
		if i == looked && c.focused && !c.pick.Hovers() {
			r := c.rect(x, chartTop, w, height, color.NRGBA{})
			r.StrokeColor, r.StrokeWidth = p.Accent, 1
		}
		c.stack(x+space/2, w-space, y, b, i == looked)
	}
	c.rect(axisLeft, y(0), width, 1, p.Muted)
	c.times(w, chartTop+height+3)
	if c.focused && looked < 0 {
		r := c.rect(1, 0, size.Width-2, size.Height, color.NRGBA{})
		r.StrokeColor, r.StrokeWidth, r.CornerRadius = p.Accent, 1, 4
	}
}

// stack draws one bar, from the bottom up; y is where a number is.
func (c *OverTime) stack(x, w float32, y func(uint64) float32, b *Bar, looked bool) {
	p := look.Current()
	out := p.Accent
	if looked {
		out = p.Text
	}
	up, bottom := uint64(0), y(0)
	for _, part := range []struct {
		count  uint64
		fill   color.NRGBA
		hollow bool
	}{{b.In - b.InBlocked, p.Inbound, false}, {b.InBlocked, p.Inbound, true}, {b.Out - b.OutBlocked, out, false}, {b.OutBlocked, out, true}} {
		if part.count == 0 {
			continue
		}
		up += part.count
		top := min(y(up), bottom-1.5) // what is there can be seen
		r := c.rect(x, top, w, bottom-top, part.fill)
		if part.hollow {
			r.FillColor, r.StrokeColor, r.StrokeWidth = color.Transparent, part.fill, 1
		}
		bottom = top
	}
}

// times writes below the bars where they are, as often as there is room.
func (c *OverTime) times(w, y float32) {
	p, now := look.Current(), time.Now()
	free := float32(0)
	for i := range c.bars {
		text, good := c.step.Label(c.bars, i, now)
		if !good {
			continue
		}
		size := fyne.MeasureText(text, 11, fyne.TextStyle{})
		x := axisLeft + float32(i)*w
		if c.step.OfDays() {
			x += (w - size.Width) / 2 // it is the whole bar's
		}
		x = max(x, 4)
		if x < free || x+size.Width > c.Size().Width {
			continue
		}
		t := c.label(text, p.Muted)
		t.Move(fyne.NewPos(x, y))
		free = x + size.Width + 14
	}
}

func (c *OverTime) rect(x, y, w, h float32, fill color.Color) *canvas.Rectangle {
	r := canvas.NewRectangle(fill)
	r.Move(fyne.NewPos(x, y))
	r.Resize(fyne.NewSize(max(w, 1), h))
	c.objects = append(c.objects, r)
	return r
}

func (c *OverTime) label(s string, ink color.Color) *canvas.Text {
	t := canvas.NewText(s, ink)
	t.TextSize = 11
	t.Resize(t.MinSize())
	c.objects = append(c.objects, t)
	return t
}

// selecting is the range that is being selected.
func (c *OverTime) selecting() (from, to time.Time, ok bool) {
	if !c.dragged && !c.shift {
		return from, to, false
	}
	return c.pick.Selecting(c.bars)
}

// tell says what is looked at.
func (c *OverTime) tell() {
	if from, to, ok := c.selecting(); ok {
		c.onLook(Between(c.bars, from, to))
		return
	}
	if i := c.pick.Looked(c.bars, c.focused); i >= 0 {
		c.onLook(&c.bars[i])
		return
	}
	c.onLook(nil)
}

func (c *OverTime) CreateRenderer() fyne.WidgetRenderer { return &chartRenderer{c} }

type chartRenderer struct{ c *OverTime }

func (r *chartRenderer) Destroy()                     {}
func (r *chartRenderer) MinSize() fyne.Size           { return fyne.NewSize(300, 190) }
func (r *chartRenderer) Layout(s fyne.Size)           { r.c.draw(s) }
func (r *chartRenderer) Objects() []fyne.CanvasObject { return r.c.objects }
func (r *chartRenderer) Refresh() {
	r.c.draw(r.c.Size())
	canvas.Refresh(r.c)
}
