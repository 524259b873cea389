package search

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
	"linklog/filter"
)

// List shows candidates in front of the page. It never has the keyboard.
type List struct {
	widget.BaseWidget
	choose     func(Candidate)
	candidates []Candidate
	selected   int // -1: none
	first      int // the one on top
	hover      int // the row under the pointer, -1: none
	hovered    bool

	edge   *canvas.Rectangle // behind the ground, and a little larger
	ground *canvas.Rectangle
	mark   *canvas.Rectangle // behind what is selected
	under  *canvas.Rectangle // behind what is under the pointer
	bar    *canvas.Rectangle // how far it is scrolled
	line   *canvas.Rectangle
	help   *canvas.Text
	rows   [shown]row
}

// row is a candidate on the screen.
type row struct{ text, hint *canvas.Text }

const (
	shown     = 8 // rows at once
	rowHeight = 26
	listPad   = 5
	listWidth = 480
	helpRoom  = 25
)

var (
	_ desktop.Hoverable = (*List)(nil)
	_ fyne.Tappable     = (*List)(nil)
	_ fyne.Scrollable   = (*List)(nil)
)

func newList(choose func(Candidate)) *List {
	l := &List{choose: choose, selected: -1, hover: -1}
	rect := func(radius float32) *canvas.Rectangle {
		r := canvas.NewRectangle(color.Transparent)
		r.CornerRadius = radius
		return r
	}
	l.edge, l.ground, l.mark, l.under, l.bar, l.line = rect(6), rect(5), rect(4), rect(4), rect(1.5), rect(0)
	l.help = newText(fyne.TextStyle{})
	l.help.TextSize--
	for i := range l.rows {
		l.rows[i] = row{newText(mono), newText(fyne.TextStyle{})}
	}
	l.Hidden = true
	l.ExtendBaseWidget(l)
	return l
}

// set takes other candidates, of which none is selected.
func (l *List) set(candidates []Candidate) {
	l.candidates, l.selected, l.first, l.hover = candidates, -1, 0, -1
}

// place shows the list below an object, as far as the window has room.
func (l *List) place(below fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(below)
	if c == nil {
		return
	}
	l.Show()
	at := driver.AbsolutePositionForObject(below)
	origin := driver.AbsolutePositionForObject(l).Subtract(l.Position())
	at.Y += below.Size().Height + 3
	room := c.Size().Width - 8
	width := min(listWidth, room)
	at.X = max(4, min(at.X, c.Size().Width-4-width))
	at.X, at.Y = float32(math.Round(float64(at.X))), float32(math.Round(float64(at.Y))) // a thin edge is to be sharp
	l.Move(at.Subtract(origin))
	l.Resize(fyne.NewSize(width, l.height()))
	l.Refresh()
}

func (l *List) height() float32 {
	return float32(min(len(l.candidates), shown))*rowHeight + 2*listPad + helpRoom
}

// chosen is the candidate that is selected.
func (l *List) chosen() (Candidate, bool) {
	if l.selected < 0 || l.selected >= len(l.candidates) {
		return Candidate{}, false
	}
	return l.candidates[l.selected], true
}

// move moves what is selected; above the first is nothing, and below the last.
func (l *List) move(by int) {
	n := len(l.candidates)
	l.selected = (l.selected+1+by+n+1)%(n+1) - 1
	if l.selected >= 0 {
		l.first = max(min(l.first, l.selected), l.selected-shown+1)
	} else {
		l.first = 0
	}
	l.Refresh()
}

// Scrolled implements fyne.Scrollable.
func (l *List) Scrolled(e *fyne.ScrollEvent) {
	by := 1
	if e.Scrolled.DY > 0 {
		by = -1
	}
	l.first = max(0, min(l.first+by, len(l.candidates)-shown))
	l.Refresh()
}

// at returns the candidate at a height, -1: none.
func (l *List) at(y float32) int {
	if y < listPad {
		return -1
	}
	if i := int((y - listPad) / rowHeight); i < min(shown, len(l.candidates)) {
		return l.first + i
	}
	return -1
}

// Tapped implements fyne.Tappable.
func (l *List) Tapped(e *fyne.PointEvent) {
	if i := l.at(e.Position.Y); i >= 0 {
		l.choose(l.candidates[i])
	}
}

// MouseIn implements desktop.Hoverable.
func (l *List) MouseIn(e *desktop.MouseEvent) {
	l.hovered = true
	l.MouseMoved(e)
}

// MouseMoved implements desktop.Hoverable.
func (l *List) MouseMoved(e *desktop.MouseEvent) { l.hoverRow(l.at(e.Position.Y)) }

// MouseOut implements desktop.Hoverable.
func (l *List) MouseOut() {
	l.hovered = false
	l.hoverRow(-1)
}

func (l *List) hoverRow(i int) {
	if i >= 0 {
		i -= l.first
	}
	if l.hover != i {
		l.hover = i
		l.Refresh()
	}
}

// Hide implements fyne.CanvasObject. The pointer's place no longer counts.
func (l *List) Hide() {
	l.hovered = false
	l.BaseWidget.Hide()
}

// CreateRenderer implements fyne.Widget.
func (l *List) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{l.edge, l.ground, l.under, l.mark, l.bar, l.line, l.help}
	for _, r := range l.rows {
		objects = append(objects, r.text, r.hint)
	}
	return &listRenderer{l, objects}
}

type listRenderer struct {
	l       *List
	objects []fyne.CanvasObject
}

func (r *listRenderer) Destroy()                     {}
func (r *listRenderer) MinSize() fyne.Size           { return fyne.NewSize(100, r.l.height()) }
func (r *listRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *listRenderer) Refresh() {
	r.Layout(r.l.Size())
	canvas.Refresh(r.l)
}

// Layout writes the rows and puts all in its place.
func (r *listRenderer) Layout(s fyne.Size) {
	l, p := r.l, look.Current()
	l.edge.FillColor, l.ground.FillColor = p.Faint, p.Raised
	l.edge.Resize(s)
	l.ground.Move(fyne.NewPos(1, 1))
	l.ground.Resize(s.SubtractWidthHeight(2, 2))
	n := min(shown, len(l.candidates))
	width := s.Width - 2*listPad
	if len(l.candidates) > n {
		width -= 8
	}
	rowAt := func(o *canvas.Rectangle, i int) {
		o.Hidden = i < 0 || i >= n
		o.Move(fyne.NewPos(listPad, listPad+float32(i)*rowHeight))
		o.Resize(fyne.NewSize(width, rowHeight))
	}
	l.mark.FillColor, l.under.FillColor = p.Selection, p.Hover
	rowAt(l.mark, l.selected-l.first)
	l.mark.Hidden = l.mark.Hidden || l.selected < 0
	rowAt(l.under, l.hover)
	hints := hintColumn(l.candidates, width)
	for i := range l.rows {
		text, hint := l.rows[i].text, l.rows[i].hint
		text.Hidden, hint.Hidden = i >= n, i >= n
		if i >= n {
			continue
		}
		c := l.candidates[min(l.first+i, len(l.candidates)-1)]
		meaning := c.Hint
		if text.Color = p.Text; c.Key || meaning != "" && c.Hint == LabelOf(c.Field) {
			text.Color, meaning = p.Accent, lang.L(meaning)
		}
		if hint.Color = p.Muted; l.first+i == l.selected {
			hint.Color = p.SelectedMuted
		}
		text.Text = fit(c.Text, hints-12, mono)
		hint.Text = fit(meaning, width-hints-10, fyne.TextStyle{})
		y := listPad + float32(i)*rowHeight + (rowHeight-lineHeight())/2
		text.Move(fyne.NewPos(listPad+9, y))
		hint.Move(fyne.NewPos(listPad+hints, y+1)) // on the line of the other face
	}
	l.bar.Hidden = len(l.candidates) <= n
	if !l.bar.Hidden {
		all := float32(n) * rowHeight
		l.bar.FillColor = p.Faint
		l.bar.Move(fyne.NewPos(s.Width-listPad-4, listPad+all*float32(l.first)/float32(len(l.candidates))))
		l.bar.Resize(fyne.NewSize(3, all*float32(n)/float32(len(l.candidates))))
	}
	foot := s.Height - helpRoom
	l.line.FillColor = p.Line
	l.line.Move(fyne.NewPos(2, foot))
	l.line.Resize(fyne.NewSize(s.Width-4, 1))
	l.help.Color = p.Muted
	l.help.Text = fit(lang.L("↑ ↓ choose   Tab completes   Esc closes"), width-9, fyne.TextStyle{})
	l.help.Move(fyne.NewPos(listPad+9, foot+(helpRoom-l.help.MinSize().Height)/2))
}

// hintColumn is where hints begin: behind the widest text, but not too far.
func hintColumn(candidates []Candidate, width float32) float32 {
	x := float32(70)
	for _, c := range candidates {
		x = max(x, min(widthOf(c.Text, mono)+28, width*0.6))
		if c.Hint == "" && len(candidates) == 1 {
			x = width
		}
	}
	return x
}

// LabelOf is what a field is called, in English.
func LabelOf(name string) string {
	for _, f := range filter.Fields() {
		if f.Name == name {
			return f.Label
		}
	}
	return ""
}
