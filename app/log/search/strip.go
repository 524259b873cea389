package search

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
)

// Strip shows what was understood of a search text: its terms beside each other, each
// in colours and with a cross that takes it away, and in a line below what is wrong.
// It has no height if there is neither.
type Strip struct {
	widget.BaseWidget

	// OnHeight is called when a different text needs a different height; nil: not called.
	OnHeight func()

	remove, goTo func(Term)
	query        Query
	chips        []chip
	more         *canvas.Text // how many have no room
	wrong        *canvas.Text
	hover        int // the chip under the pointer, -1: none
	cross        bool
}

const (
	chipHeight  = 22
	chipPad     = 8
	chipCross   = 20 // the width of the place of the cross
	chipGap     = 6
	chipRows    = 3 // at most
	maxChip     = 380
	maxChips    = 100
	stripPad    = 6
	stripSide   = 10
	wrongHeight = 22
)

var (
	_ desktop.Hoverable  = (*Strip)(nil)
	_ desktop.Cursorable = (*Strip)(nil)
	_ fyne.Tappable      = (*Strip)(nil)
)

func newStrip(remove, goTo func(Term)) *Strip {
	s := &Strip{remove: remove, goTo: goTo, hover: -1, more: newText(mono), wrong: newText(fyne.TextStyle{})}
	s.query.Wrong = -1
	s.ExtendBaseWidget(s)
	return s
}

// show shows another query.
func (s *Strip) show(q Query) {
	before := s.HeightFor(s.Size().Width)
	s.query, s.hover = q, -1
	s.Refresh()
	if s.OnHeight != nil && s.HeightFor(s.Size().Width) != before {
		s.OnHeight()
	}
}

// HeightFor is the height that it needs in a width.
func (s *Strip) HeightFor(width float32) float32 {
	if len(s.query.Terms) == 0 && s.query.Err == nil {
		return 0
	}
	_, height, _ := s.arrange(width)
	return height
}

// place is where a chip goes, and how much of its text fits.
type place struct {
	at    fyne.Position
	width float32
}

// arrange finds the places of the chips in a width: those that have one, the height of
// all, and where the number of the others goes.
func (s *Strip) arrange(width float32) (places []place, height float32, rest fyne.Position) {
	width = max(width-2*stripSide, 80)
	const moreRoom = 44
	x, row := float32(0), 0
	for i := range s.query.Terms {
		if i == maxChips {
			break
		}
		w := min(s.chipWidth(i), width, maxChip)
		room := width
		if row == chipRows-1 && i < len(s.query.Terms)-1 {
			room -= moreRoom // for the number of those behind it
			w = min(w, room)
		}
		if x > 0 && x+w > room {
			if row == chipRows-1 {
				break
			}
			x, row = 0, row+1
			if row == chipRows-1 && i < len(s.query.Terms)-1 {
				w = min(w, width-moreRoom)
			}
		}
		places = append(places, place{fyne.NewPos(stripSide+x, stripPad+float32(row)*(chipHeight+chipGap)), w})
		x += w + chipGap
	}
	height = stripPad
	if len(places) > 0 {
		height += float32(row+1)*(chipHeight+chipGap) - chipGap + stripPad
	}
	rest = fyne.NewPos(stripSide+x+2, stripPad+float32(row)*(chipHeight+chipGap))
	if s.query.Err != nil {
		height += wrongHeight
	}
	return places, height, rest
}

// chipWidth is the width of a term if all of it is shown.
func (s *Strip) chipWidth(i int) float32 {
	w := float32(chipPad + chipCross)
	for _, p := range s.query.Terms[i].Parts {
		if w += widthOf(clip(s.shown(s.query.Terms[i], p)), mono); w > maxChip {
			return maxChip
		}
	}
	return w
}

// clip bounds what is measured.
func clip(s string) string { return s[:min(len(s), maxShown)] }

// chipAt finds the chip at a position, and whether it is its cross.
func (s *Strip) chipAt(p fyne.Position) (i int, cross bool) {
	for i, c := range s.chips {
		if x, y := p.X-c.at.X, p.Y-c.at.Y; x >= 0 && x < c.width && y >= 0 && y < chipHeight {
			return i, x >= c.width-chipCross
		}
	}
	return -1, false
}

// Tapped implements fyne.Tappable: the cross takes a term away, the term itself puts the cursor there.
func (s *Strip) Tapped(e *fyne.PointEvent) {
	switch i, cross := s.chipAt(e.Position); {
	case i < 0:
	case cross:
		s.remove(s.query.Terms[i])
	default:
		s.goTo(s.query.Terms[i])
	}
}

// MouseIn implements desktop.Hoverable.
func (s *Strip) MouseIn(e *desktop.MouseEvent) { s.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (s *Strip) MouseMoved(e *desktop.MouseEvent) { s.setHover(s.chipAt(e.Position)) }

// MouseOut implements desktop.Hoverable.
func (s *Strip) MouseOut() { s.setHover(-1, false) }

func (s *Strip) setHover(i int, cross bool) {
	if s.hover != i || s.cross != cross {
		s.hover, s.cross = i, cross
		s.Refresh()
	}
}

// Cursor implements desktop.Cursorable.
func (s *Strip) Cursor() desktop.Cursor {
	switch {
	case s.hover < 0:
		return desktop.DefaultCursor
	case s.cross:
		return desktop.PointerCursor
	}
	return desktop.TextCursor
}

// CreateRenderer implements fyne.Widget.
func (s *Strip) CreateRenderer() fyne.WidgetRenderer {
	r := &stripRenderer{s: s}
	r.Layout(s.Size())
	return r
}

type stripRenderer struct {
	s       *Strip
	objects []fyne.CanvasObject
}

func (r *stripRenderer) Destroy()                     {}
func (r *stripRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *stripRenderer) MinSize() fyne.Size {
	return fyne.NewSize(100, r.s.HeightFor(r.s.Size().Width))
}

func (r *stripRenderer) Refresh() {
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}

// Layout makes the chips again: they are few.
func (r *stripRenderer) Layout(size fyne.Size) {
	s, p := r.s, look.Current()
	r.objects, s.chips = nil, nil
	if len(s.query.Terms) == 0 && s.query.Err == nil {
		return
	}
	places, height, rest := s.arrange(size.Width)
	for i, at := range places {
		c := s.newChip(i, at, p)
		s.chips = append(s.chips, c)
		r.objects = append(r.objects, c.ground)
		for _, t := range c.parts {
			r.objects = append(r.objects, t)
		}
		r.objects = append(r.objects, c.under, c.cross)
	}
	if n := len(s.query.Terms) - len(places); n > 0 {
		s.more.Text, s.more.Color = "+"+strconv.Itoa(n), p.Muted
		s.more.Move(rest.AddXY(0, (chipHeight-lineHeight())/2))
		r.objects = append(r.objects, s.more)
	}
	if s.query.Err != nil {
		s.wrong.Text, s.wrong.Color = fit(ui.Say(s.query.Err.Phrase()), size.Width-2*stripSide, fyne.TextStyle{}), p.Bad
		s.wrong.Move(fyne.NewPos(stripSide+2, height-wrongHeight-1))
		r.objects = append(r.objects, s.wrong)
	}
}
