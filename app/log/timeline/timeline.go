// Package timeline is the time line above the log: how many attempts there were over time of
// what is searched for, in and out, and the range of time that is chosen. A part of
// it is selected by dragging or by Shift and the arrow keys; the wheel zooms.
package timeline

import (
	"image"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/chart"
	"linklog/app/ui/look"
)

// Options are the callbacks of a time line, which run on Fyne's thread, and its place.
type Options struct {
	// OnRange is called when the user chose a range of time; both zero: none any more.
	OnRange func(since, until time.Time)

	// OnGoTo is called when the user wants to write a date.
	OnGoTo func()

	// Location is where days begin and end; nil: the local one.
	Location *time.Location
}

// Line is the widget. It belongs to Fyne's thread.
type Line struct {
	widget.BaseWidget
	c      *ui.Context
	o      Options
	piece  piece
	pick   chart.Picker
	counts counting

	focused, shift, dragged bool
	overGoTo                bool    // the pointer is over the text for OnGoTo
	pressed                 float32 // where the pointer went down
	failed                  string  // why there are no bars; "": they come

	raster  *canvas.Raster
	img     *image.RGBA
	paints  int
	objects []fyne.CanvasObject
	link    fyne.Position // where the text for OnGoTo begins
	pace    pace
}

// New returns a Line that asks for nothing until it is active.
func New(c *ui.Context, o Options) *Line {
	if o.Location == nil {
		o.Location = time.Local
	}
	l := &Line{c: c, o: o}
	l.raster = canvas.NewRaster(l.paint)
	l.raster.ScaleMode = canvas.ImageScalePixels
	l.ExtendBaseWidget(l)
	return l
}

func (l *Line) now() time.Time { return time.Now().In(l.o.Location) }

// Sizes in Fyne's units.
const (
	Height    = 62 // of all
	left      = 40 // room for what stands beside the axis
	right     = 12
	top       = 4
	bottom    = 17 // room for the times
	barWidth  = 7
	labelSize = 11
)

// plot is where the bars are.
func (l *Line) plot() (at fyne.Position, size fyne.Size) {
	s := l.Size()
	return fyne.NewPos(left, top), fyne.NewSize(max(s.Width-left-right, 0), max(s.Height-top-bottom, 0))
}

// moment is the time at a place.
func (l *Line) moment(x float32) time.Time {
	_, size := l.plot()
	return l.piece.at(float64(min(max(x-left, 0), size.Width) / max(size.Width, 1)))
}

// barAt is the bar at a place, the nearest in sight.
func (l *Line) barAt(x float32) int {
	t := l.moment(x)
	if !t.Before(l.piece.to) {
		t = l.piece.to.Add(-1)
	}
	return chart.At(l.piece.bars, t)
}

// within is barAt, but -1 beside the bars.
func (l *Line) within(p fyne.Position) int {
	at, size := l.plot()
	if p.X < at.X || p.X >= at.X+size.Width || p.Y > at.Y+size.Height+2 {
		return -1
	}
	return l.barAt(p.X)
}

// paint draws the bars, in pixels.
func (l *Line) paint(w, h int) image.Image {
	if l.img == nil || l.img.Rect.Dx() != w || l.img.Rect.Dy() != h {
		l.img = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	scale := float32(1)
	if _, size := l.plot(); size.Width > 0 {
		scale = float32(w) / size.Width
	}
	l.paints++
	d := picture{img: l.img, scale: scale, pal: look.Current()}
	s := shown{looked: l.pick.Looked(l.piece.bars, l.focused), focused: l.focused && !l.pick.Hovers()}
	s.from, s.to, s.chosen = l.selection()
	d.draw(&l.piece, s)
	return l.img
}

// selecting is the range that is being chosen.
func (l *Line) selecting() (from, to time.Time, ok bool) {
	if !l.dragged && !l.shift {
		return from, to, false
	}
	return l.pick.Selecting(l.piece.bars)
}

// selection is the range that is being chosen, or is.
func (l *Line) selection() (from, to time.Time, ok bool) {
	if from, to, ok = l.selecting(); ok {
		return from, to, true
	}
	p := &l.piece
	from, to = p.since, p.until
	if from.IsZero() && to.IsZero() {
		return from, to, false
	}
	if from.IsZero() {
		from = p.oldest
	}
	if to.IsZero() {
		to = p.newest
	}
	return from, to, true
}

// reading is what is said of what is looked at.
func (l *Line) reading() string {
	now := l.now()
	if from, to, ok := l.selecting(); ok {
		return chart.Reading(chart.Between(l.piece.bars, from, to), l.piece.step, now)
	}
	if i := l.pick.Looked(l.piece.bars, l.focused); i >= 0 {
		return chart.Reading(&l.piece.bars[i], l.piece.step, now)
	}
	switch {
	case l.failed != "":
		return l.failed
	case len(l.piece.bars) == 0 && l.counts.asking():
		return lang.L("Counting…")
	case l.focused:
		return lang.L("Arrow keys: move · Shift: select · + −: zoom · Esc: clear")
	}
	return ""
}

// redraw shows what changed.
func (l *Line) redraw() {
	l.pace.draws()
	l.raster.Refresh()
	l.Refresh()
}

// redrawSoon is redraw for what came: not too often.
func (l *Line) redrawSoon() {
	if l.pace.due(func() {
		l.c.Do(func() {
			if l.counts.active {
				l.redraw()
			}
		})
	}) {
		l.redraw()
	}
}

// texts makes what stands around the bars.
func (l *Line) texts() {
	p := look.Current()
	at, size := l.plot()
	l.objects = append(l.objects[:0], l.raster)
	l.raster.Move(at)
	l.raster.Resize(size)
	in, out := l.piece.highest()
	axis := at.Y + size.Height*axisPart(out, in)
	below := l.beside(lang.L("out"), max(axis-lineHeight(), 0))
	l.beside(lang.L("in"), max(axis, below))
	y := at.Y + size.Height + 1
	end := at.X + size.Width
	if l.o.OnGoTo != nil {
		t := l.text(lang.L("Go to date…"), p.Accent)
		end -= t.MinSize().Width
		l.link = fyne.NewPos(end, y)
		t.Move(l.link)
		end -= 16
	}
	if all := chart.Sum(l.piece.bars); all.Blocked() > 0 {
		t := l.text(lang.L("hollow: blocked"), p.Muted)
		end -= t.MinSize().Width
		t.Move(fyne.NewPos(end, y))
		end -= 16
	}
	l.times(y, end)
	l.say(at, size)
}

// beside writes which side of the axis is which; it returns where the text ends.
func (l *Line) beside(text string, y float32) (below float32) {
	t := l.text(text, look.Current().Muted)
	t.Move(fyne.NewPos(left-6-t.MinSize().Width, y))
	return y + t.MinSize().Height
}

func lineHeight() float32 { return fyne.MeasureText("in", labelSize, fyne.TextStyle{}).Height }

// times writes below the bars where they are, as often as there is room.
func (l *Line) times(y, end float32) {
	at, size := l.plot()
	free, now := float32(4), l.now()
	days := l.piece.to.Sub(l.piece.from) > 4*24*time.Hour // then hours in between only confuse
	for i := range l.piece.bars {
		b := &l.piece.bars[i]
		text, good := l.piece.step.Label(l.piece.bars, i, now)
		if days && i > 0 && b.From.Day() == l.piece.bars[i-1].From.Day() {
			continue
		}
		if !good || b.From.Before(l.piece.from) || !b.From.Before(l.piece.to) {
			continue
		}
		x := at.X + float32(l.piece.x(b.From))*size.Width
		width := fyne.MeasureText(text, labelSize, fyne.TextStyle{}).Width
		if x < free || x+width > end {
			continue
		}
		t := l.text(text, look.Current().Muted)
		t.Move(fyne.NewPos(x, y))
		free = x + width + 14
	}
}

// say writes what is looked at, on the side where it is not.
func (l *Line) say(at fyne.Position, size fyne.Size) {
	text := l.reading()
	if text == "" {
		return
	}
	p := look.Current()
	box := canvas.NewRectangle(p.Raised)
	box.StrokeColor, box.StrokeWidth, box.CornerRadius = p.Line, 1, 4
	l.objects = append(l.objects, box)
	t := l.text(text, p.Text)
	m := t.MinSize()
	x := at.X + 4
	if i := l.pick.Looked(l.piece.bars, l.focused); i >= 0 && l.piece.x(l.piece.bars[i].From) < 0.5 {
		x = max(at.X+size.Width-m.Width-20, x)
	}
	box.Move(fyne.NewPos(x, at.Y))
	box.Resize(fyne.NewSize(m.Width+12, m.Height+2))
	t.Move(fyne.NewPos(x+6, at.Y+1))
}

func (l *Line) text(s string, ink color.Color) *canvas.Text {
	t := canvas.NewText(s, ink)
	t.TextSize = labelSize
	t.Resize(t.MinSize())
	l.objects = append(l.objects, t)
	return t
}

// Resize implements fyne.CanvasObject.
func (l *Line) Resize(s fyne.Size) {
	if s == l.Size() {
		return
	}
	l.BaseWidget.Resize(s)
	_, size := l.plot()
	l.piece.room = int(size.Width / barWidth)
	l.moved()
}

// MinSize implements fyne.CanvasObject.
func (l *Line) MinSize() fyne.Size { return fyne.NewSize(200, Height) }

// CreateRenderer implements fyne.Widget.
func (l *Line) CreateRenderer() fyne.WidgetRenderer { return &renderer{l} }

type renderer struct{ l *Line }

func (r *renderer) Destroy()                     {}
func (r *renderer) MinSize() fyne.Size           { return r.l.MinSize() }
func (r *renderer) Layout(fyne.Size)             { r.l.texts() }
func (r *renderer) Objects() []fyne.CanvasObject { return r.l.objects }
func (r *renderer) Refresh() {
	r.l.texts()
	canvas.Refresh(r.l)
}
