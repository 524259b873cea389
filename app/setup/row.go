package setup

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
)

// row shows a step: a badge, title and text, more below them, and a button or two.
type row struct {
	context *ui.Context
	content *fyne.Container
	badge   *badge
	title   *widget.Label
	text    *widget.Label
	more    *fyne.Container // below the text
	command string
	shown   fyne.CanvasObject // the command
	right   *fyne.Container
}

func newRow(c *ui.Context, number int) *row {
	r := &row{context: c, badge: newBadge(number), title: widget.NewLabel(""), text: ui.NewMuted(""), more: container.NewVBox(), right: container.NewHBox()}
	r.title.TextStyle.Bold = true
	r.text.Hide() // until there is some
	r.title.Wrapping = fyne.TextWrapWord
	middle := container.NewVBox(ui.Close(r.title, r.text), r.more)
	r.more.Hide()
	r.content = container.NewVBox(
		container.New(layout.NewCustomPaddedLayout(4, 4, 0, 0), container.NewBorder(nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 0, 8), top(8, r.badge)), top(7, r.right), middle)),
		ui.Line(),
	)
	return r
}

// top keeps a small thing at the top, below some space.
func top(space float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVBox(container.New(layout.NewCustomPaddedLayout(space, 0, 0, 0), o))
}

// show brings the row up to date; what is as before is not drawn again. It reports
// whether there is something new in it.
func (r *row) show(s step) (grew bool) {
	r.badge.set(s.mark)
	if title := ui.Say(s.title); title != r.title.Text {
		r.title.SetText(title)
	}
	text := ui.Say(s.text)
	if why := ui.Say(s.why); why != "" {
		text += "\n" + why
	}
	if text != r.text.Text {
		r.text.SetText(text)
		ui.SetVisible(r.text, text != "")
		r.content.Refresh()
	}
	if s.command != r.command {
		r.command = s.command
		r.more.Remove(r.shown)
		r.shown = nil
		if s.command != "" {
			r.shown = ui.Command(r.context, s.command)
			r.more.Add(r.shown)
		}
		r.fold()
		grew = true
	}
	return grew
}

// add puts something below the text; drop takes it away.
func (r *row) add(o fyne.CanvasObject) {
	r.more.Add(o)
	r.fold()
}

func (r *row) drop(o fyne.CanvasObject) {
	r.more.Remove(o)
	r.fold()
}

func (r *row) fold() {
	ui.SetVisible(r.more, len(r.more.Objects) > 0)
	r.content.Refresh()
}

const badgeSize = 26

// badge is the number of a step, if it has one, or how it stands.
type badge struct {
	widget.BaseWidget
	number int
	mark   mark
	circle *canvas.Circle
	text   *canvas.Text
	check  *canvas.Image
}

func newBadge(number int) *badge {
	b := &badge{number: number, circle: canvas.NewCircle(nil), text: canvas.NewText("", nil), check: canvas.NewImageFromResource(nil)}
	b.text.TextStyle.Bold, b.text.Alignment = true, fyne.TextAlignCenter
	b.check.FillMode = canvas.ImageFillContain
	b.ExtendBaseWidget(b)
	return b
}

func (b *badge) set(m mark) {
	if b.mark != m {
		b.mark = m
		b.Refresh()
	}
}

func (b *badge) paint() {
	p := look.Current()
	b.circle.FillColor, b.text.Color, b.text.Text = p.Selection, p.Text, ""
	if b.number > 0 {
		b.text.Text = strconv.Itoa(b.number)
	}
	b.text.TextSize = look.TextSize
	b.check.Hide()
	switch b.mark {
	case fine:
		b.circle.FillColor, b.text.Text = p.Fine, ""
		b.check.Resource = theme.NewColoredResource(theme.ConfirmIcon(), theme.ColorNameForegroundOnSuccess)
		b.check.Show()
	case info:
		b.text.Text = "i"
	case doubt:
		b.circle.FillColor, b.text.Color, b.text.Text = p.Inbound, p.OnAccent, "!"
	case wrong:
		b.circle.FillColor, b.text.Color, b.text.Text = p.Bad, p.OnAccent, "×"
	}
}

func (b *badge) Refresh() {
	b.paint()
	b.BaseWidget.Refresh()
	for _, o := range []fyne.CanvasObject{b.circle, b.text, b.check} {
		o.Refresh()
	}
}

func (b *badge) CreateRenderer() fyne.WidgetRenderer {
	b.paint()
	return &badgeRenderer{b}
}

type badgeRenderer struct{ b *badge }

func (r *badgeRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(badgeSize) }

func (r *badgeRenderer) Layout(s fyne.Size) {
	r.b.circle.Resize(fyne.NewSquareSize(badgeSize))
	text := r.b.text.MinSize()
	r.b.text.Resize(fyne.NewSize(badgeSize, text.Height))
	r.b.text.Move(fyne.NewPos(0, (badgeSize-text.Height)/2))
	r.b.check.Resize(fyne.NewSquareSize(16))
	r.b.check.Move(fyne.NewSquareOffsetPos((badgeSize - 16) / 2))
}

func (r *badgeRenderer) Refresh() { r.Layout(r.b.Size()) }

func (r *badgeRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.b.circle, r.b.text, r.b.check}
}

func (r *badgeRenderer) Destroy() {}
