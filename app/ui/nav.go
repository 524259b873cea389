package ui

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
)

// NavItem is one line of the list of pages: a label, chosen or not, with a number
// of what is new there.
type NavItem struct {
	widget.BaseWidget
	label    string
	chosen   bool
	hovered  bool
	focused  bool
	badge    int
	onTapped func()
	onMenu   func(at fyne.Position) // nil: no menu

	back, ring, pill *canvas.Rectangle
	text, number     *canvas.Text
}

// NewNavItem returns a NavItem; onMenu may be nil.
func NewNavItem(label string, onTapped func(), onMenu func(at fyne.Position)) *NavItem {
	n := &NavItem{
		label: label, onTapped: onTapped, onMenu: onMenu, back: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil), pill: canvas.NewRectangle(nil),
		text: canvas.NewText(label, nil), number: canvas.NewText("", nil),
	}
	n.back.CornerRadius, n.ring.CornerRadius, n.pill.CornerRadius = 6, 6, 8
	n.number.TextSize, n.number.TextStyle.Bold = 11, true
	n.text.TextSize = look.TextSize
	n.ExtendBaseWidget(n)
	n.paint()
	return n
}

// SetChosen says whether it is the page that is shown.
func (n *NavItem) SetChosen(chosen bool) {
	if n.chosen != chosen {
		n.chosen = chosen
		n.Refresh()
	}
}

// Chosen reports whether it is.
func (n *NavItem) Chosen() bool { return n.chosen }

// SetBadge shows a number of new things; 0: none.
func (n *NavItem) SetBadge(count int) {
	if n.badge != count {
		n.badge = count
		n.Refresh()
	}
}

func (n *NavItem) paint() {
	p := look.Current()
	n.back.FillColor = color.Transparent
	switch {
	case n.chosen:
		n.back.FillColor = p.Selection
	case n.hovered:
		n.back.FillColor = p.Hover
	}
	n.ring.FillColor, n.ring.StrokeColor, n.ring.StrokeWidth = color.Transparent, color.Transparent, 0
	if n.focused {
		n.ring.StrokeColor, n.ring.StrokeWidth = p.Accent, 1.5
	}
	n.text.Color, n.text.TextStyle.Bold = p.Text, n.chosen
	n.number.Text, n.number.Color, n.pill.FillColor = "", p.OnAccent, color.Transparent
	if n.badge > 0 {
		n.number.Text, n.pill.FillColor = strconv.Itoa(n.badge), p.NewHost
		if n.badge > 999 {
			n.number.Text = "999+"
		}
	}
}

// Refresh implements fyne.CanvasObject.
func (n *NavItem) Refresh() {
	n.paint()
	n.BaseWidget.Refresh()
}

// Tapped implements fyne.Tappable.
func (n *NavItem) Tapped(*fyne.PointEvent) { n.onTapped() }

// TappedSecondary implements fyne.SecondaryTappable.
func (n *NavItem) TappedSecondary(e *fyne.PointEvent) {
	if n.onMenu != nil {
		n.onMenu(e.AbsolutePosition)
	}
}

// MouseIn implements desktop.Hoverable.
func (n *NavItem) MouseIn(*desktop.MouseEvent) { n.hovered = true; n.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (n *NavItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (n *NavItem) MouseOut() { n.hovered = false; n.Refresh() }

// Cursor implements desktop.Cursorable.
func (n *NavItem) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (n *NavItem) FocusGained() {
	n.focused = true
	n.Refresh()
	Reveal(n)
}

// FocusLost implements fyne.Focusable.
func (n *NavItem) FocusLost() { n.focused = false; n.Refresh() }

// TypedRune implements fyne.Focusable.
func (n *NavItem) TypedRune(r rune) {
	if r == ' ' {
		n.onTapped()
	}
}

// TypedKey implements fyne.Focusable.
func (n *NavItem) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		n.onTapped()
	case "Menu":
		n.TappedSecondary(&fyne.PointEvent{AbsolutePosition: fyne.CurrentApp().Driver().AbsolutePositionForObject(n).Add(fyne.NewPos(20, 20))})
	default:
		PassKey(n, e)
	}
}

// CreateRenderer implements fyne.Widget.
func (n *NavItem) CreateRenderer() fyne.WidgetRenderer { return &navRenderer{n} }

type navRenderer struct{ n *NavItem }

const navHeight = 32

func (r *navRenderer) MinSize() fyne.Size { return fyne.NewSize(120, navHeight) }

func (r *navRenderer) Layout(s fyne.Size) {
	r.n.back.Resize(s)
	r.n.ring.Resize(s)
	number := r.n.number.MinSize()
	width := max(20, number.Width+12)
	room := s.Width - 20
	if r.n.badge > 0 {
		room -= width + 4
	}
	r.n.text.Text = Fit(r.n.label, room, r.n.text.TextSize, r.n.text.TextStyle)
	text := r.n.text.MinSize()
	r.n.text.Resize(fyne.NewSize(room, text.Height))
	r.n.text.Move(fyne.NewPos(10, (s.Height-text.Height)/2))
	r.n.pill.Resize(fyne.NewSize(width, 16))
	r.n.pill.Move(fyne.NewPos(s.Width-width-10, (s.Height-16)/2))
	r.n.number.Resize(number)
	r.n.number.Move(fyne.NewPos(s.Width-width-10+(width-number.Width)/2, (s.Height-number.Height)/2))
}

func (r *navRenderer) Refresh() {
	r.Layout(r.n.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *navRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.n.back, r.n.text, r.n.pill, r.n.number, r.n.ring}
}

func (r *navRenderer) Destroy() {}
