// Package ui is what the pages of the app share: what they may use of the rest, and
// the few pieces that look the same on all of them.
package ui

import (
	"context"
	"net/netip"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/system/prefs"
	"linklog/format/services"
	"linklog/service/client"
)

// Context is what a page may use of the app. Its functions are called on Fyne's
// thread, but for Background, which may be called from anywhere.
type Context struct {
	Client   *client.Client // of the service, or of the engine in this process
	Services *services.Table
	Window   fyne.Window
	Prefs    *prefs.Prefs

	// Do runs a function on Fyne's thread, from any goroutine.
	Do func(func())

	// ShowLog opens the log with a search text; "": as it is.
	ShowLog func(filter string)

	// Search is the search text on top, as far as it is right; a page that obeys it has a method
	// Searched, which is called when it changed. SetSearch changes it, on the page that is open.
	Search    func() string
	SetSearch func(text string)

	// ShowHost opens the page of hosts with one of them selected, by its ref.
	ShowHost func(ref string)

	// OpenHost and OpenDevice open the page of one of them, by its ref.
	OpenHost, OpenDevice func(ref string)

	// Forget asks whether what is stored about the attempts that a filter lets through is to be
	// removed; name is whom they are about.
	Forget func(name, filter string)

	// Background runs work that may take long, one goroutine each, and then done on
	// Fyne's thread with its error. The context ends with the app.
	Background func(work func(ctx context.Context) error, done func(err error))

	// OpenURL opens a page of the web in the browser. It may take seconds to find that there is none.
	OpenURL func(url string) error

	// Tell shows a message for a few seconds, Fail an error until it is dismissed.
	Tell func(message string)
	Fail func(doing string, err error)
}

// While is Background for work that ends with a context, too.
func (c *Context) While(ctx context.Context, work func(ctx context.Context) error, done func(err error)) {
	c.Background(func(app context.Context) error {
		both, end := context.WithCancel(app)
		defer end()
		defer context.AfterFunc(ctx, end)()
		return work(both)
	}, done)
}

// Page is what the shell shows beside the list of pages.
type Page interface {
	// Content is made once.
	Content() fyne.CanvasObject

	// Show is called when the page becomes visible (again), Hide when it goes: also
	// with the window. A page that is hidden costs nothing.
	Show()
	Hide()
}

// Whois asks a public register who an address belongs to, in the browser.
func (c *Context) Whois(a netip.Addr) {
	c.Background(func(context.Context) error {
		return c.OpenURL("https://www.whois.com/whois/" + a.WithZone("").String())
	}, func(err error) {
		if err != nil {
			c.Fail(lang.L("Open the browser"), err)
		}
	})
}

// SetText changes the text of a label, if it is another.
func SetText(l *widget.Label, text string) {
	if l.Text != text {
		l.SetText(text)
	}
}

// SetEnabled enables or disables what a user may use or not.
func SetEnabled(on bool, widgets ...fyne.Disableable) {
	for _, w := range widgets {
		if on {
			w.Enable()
		} else {
			w.Disable()
		}
	}
}

// Heading is the title of a page with a line below it, which may be "".
func Heading(title, below string) *fyne.Container {
	box := container.NewVBox(NewHead(title, 18))
	if below != "" {
		box.Add(container.New(layout.NewCustomPaddedLayout(0, 0, -theme.InnerPadding(), 0), NewMuted(below)))
	}
	return container.New(layout.NewCustomPaddedLayout(16, 8, 22, 22), box)
}

// Title is the title of a page of lists with a line below it that says how much there is.
func Title(title string, below *widget.Label) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(0), NewHead(title, 18),
		container.New(layout.NewCustomPaddedLayout(0, 0, -theme.InnerPadding(), 0), below))
}

// NewBelow returns that line.
func NewBelow() *widget.Label {
	l := NewMuted(" ")
	l.Wrapping, l.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
	return l
}

// BelowTitle puts a label on such a page where title and line begin.
func BelowTitle(l *widget.Label) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(0, 0, 22-theme.InnerPadding(), 12), l)
}

// NewWrong is a text that says what is wrong; it is not there while nothing is.
func NewWrong() *widget.Label {
	l := widget.NewLabel("")
	l.Importance, l.Wrapping = widget.DangerImportance, fyne.TextWrapWord
	l.Hide()
	return l
}

// SetWrong says in a NewWrong what is wrong, "": nothing, and makes room for it in
// what it is in.
func SetWrong(l *widget.Label, text string, within fyne.CanvasObject) {
	SetText(l, text)
	if visible := text != ""; visible != l.Visible() {
		SetVisible(l, visible)
		within.Refresh()
	}
}

// NewMuted is a text that is the second thing to read; it wraps.
func NewMuted(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Importance, l.Wrapping = widget.LowImportance, fyne.TextWrapWord
	return l
}

// Themed is a text of its own size that follows the theme's colours.
type Themed struct {
	widget.BaseWidget
	whole string
	cuts  bool // to the width there is
	text  *canvas.Text
	color fyne.ThemeColorName
}

// NewThemed returns a Themed; the colour's name is Fyne's.
func NewThemed(s string, size float32, style fyne.TextStyle, color fyne.ThemeColorName) *Themed {
	t := &Themed{whole: s, text: canvas.NewText(s, nil), color: color}
	t.text.TextSize, t.text.TextStyle = size, style
	t.ExtendBaseWidget(t)
	return t
}

// NewHead is a bold text: a title.
func NewHead(s string, size float32) *Themed {
	return NewThemed(s, size, fyne.TextStyle{Bold: true}, theme.ColorNameForeground)
}

// NewAddress is a small text in the face for addresses, which stands beside a title.
func NewAddress() *Themed {
	return NewThemed("", 12, fyne.TextStyle{Monospace: true}, theme.ColorNamePlaceHolder)
}

// Cutting lets the text be cut where it is wider than its place.
func (t *Themed) Cutting() *Themed {
	t.cuts = true
	return t
}

// SetText changes the text.
func (t *Themed) SetText(s string) {
	if t.whole != s {
		t.whole, t.text.Text = s, s
		t.Refresh()
	}
}

// Refresh implements fyne.CanvasObject.
func (t *Themed) Refresh() {
	t.text.Color = theme.Color(t.color)
	t.BaseWidget.Refresh()
	t.text.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (t *Themed) CreateRenderer() fyne.WidgetRenderer { return &themedRenderer{t} }

type themedRenderer struct{ t *Themed }

func (r *themedRenderer) Destroy()                     {}
func (r *themedRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.t.text} }

func (r *themedRenderer) MinSize() fyne.Size {
	size := fyne.MeasureText(r.t.whole, r.t.text.TextSize, r.t.text.TextStyle)
	if r.t.cuts {
		size.Width = 0
	}
	return size
}

func (r *themedRenderer) Layout(s fyne.Size) {
	if r.t.cuts {
		r.t.text.Text = Fit(r.t.whole, s.Width, r.t.text.TextSize, r.t.text.TextStyle)
	}
	r.t.text.Resize(s)
}

func (r *themedRenderer) Refresh() { r.Layout(r.t.Size()) }

// Mono is a text in the face for numbers and addresses.
func Mono(text string) *widget.Label {
	return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
}

// Line is a thin line between two parts of a page.
func Line() fyne.CanvasObject { return widget.NewSeparator() }
