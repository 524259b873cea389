package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"

	"linklog/app/ui"
	"linklog/service/guide"
)

// checks is the list of what has arrived, which turns green by itself.
type checks struct {
	rows    []*row
	tested  *fyne.Container // what became of a test
	content fyne.CanvasObject
}

func newChecks(c *ui.Context, below ...fyne.CanvasObject) *checks {
	l := &checks{tested: container.NewVBox()}
	list := container.NewVBox(ui.NewHead(lang.L("Does it arrive?"), 14))
	for range other().Check(&guide.Facts{}) {
		r := newRow(c, 0) // the numbers are those of the steps beside the list
		l.rows = append(l.rows, r)
		list.Add(r.content)
	}
	list.Add(container.New(layout.NewCustomPaddedLayout(6, 0, 0, 0), container.NewVBox(append(below, l.tested)...)))
	l.content = ui.SidePanel(container.New(layout.NewCustomPaddedLayout(12, 12, 14, 14), list))
	return l
}

// other is the router of which nothing is known.
func other() *guide.Router {
	r, _ := guide.Find("other")
	return r
}

// show shows how things stand with a router, nil: one that is not known. Without facts nothing
// is known yet.
func (l *checks) show(r *guide.Router, f *guide.Facts) (grew bool) {
	if r == nil || r.Sends == guide.Nothing {
		r = other()
	}
	known := f != nil
	if !known {
		f = &guide.Facts{}
	}
	for i, x := range r.Check(f) {
		s := step{title: x.Title}
		if known {
			s.mark, s.text, s.why = markOf(x.State), x.Text, x.Why
		}
		grew = l.rows[i].show(s) || grew
	}
	return grew
}

func markOf(s guide.State) mark {
	switch s {
	case guide.Seen:
		return fine
	case guide.Missing:
		return wrong
	case guide.Never:
		return info
	}
	return todo
}

// beside puts two things side by side where there is room for both, and else one below the other.
func beside(left, right fyne.CanvasObject) *fyne.Container {
	return container.New(&besideLayout{}, left, right)
}

// besideLayout remembers its width: how high it is depends on it.
type besideLayout struct{ width float32 }

const (
	rightWidth  = 330
	besideWidth = 860 // from here on they are side by side
	besideGap   = 22
)

func (b *besideLayout) widths() (left, right float32) {
	if b.width < besideWidth {
		return b.width, b.width
	}
	return b.width - rightWidth - besideGap, rightWidth
}

func (b *besideLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	b.width = s.Width
	left, right := b.widths()
	o[0].Resize(fyne.NewSize(left, o[0].MinSize().Height))
	o[0].Move(fyne.NewPos(0, 0))
	at := fyne.NewPos(0, o[0].MinSize().Height+besideGap)
	if right < left {
		at = fyne.NewPos(left+besideGap, 0)
	}
	o[1].Resize(fyne.NewSize(right, o[1].MinSize().Height))
	o[1].Resize(fyne.NewSize(right, o[1].MinSize().Height)) // texts that wrap know their height only now
	o[1].Move(at)
}

func (b *besideLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	left, right := o[0].MinSize(), o[1].MinSize()
	if l, r := b.widths(); r < l {
		return fyne.NewSize(0, max(left.Height, right.Height))
	}
	return fyne.NewSize(max(left.Width, right.Width), left.Height+besideGap+right.Height)
}
