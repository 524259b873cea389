// Package help is the page that explains: keys, searching, routers, and what
// LinkLog is made of.
package help

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
)

// Topic is what to explain.
type Topic int

// The topics.
const (
	Search Topic = iota
	Keys
	Routers
	Hosts
	Alerts
	Template
	Settings
	About
	Notices // licences of what LinkLog contains
)

// Shortcut is a key and what it does. The texts are in the user's language.
type Shortcut struct {
	Group string // "Log"; those of a group stand together
	Keys  string // "Ctrl+F"
	What  string
}

// Options are what the page tells of.
type Options struct {
	Shortcuts func() []Shortcut
	Version   string
	Licence   string // of LinkLog
	Notices   string // of what it contains
}

// Page is the page.
type Page struct {
	context *ui.Context
	options Options
	content fyne.CanvasObject
	nav     []*ui.NavItem
	topics  map[Topic]fyne.CanvasObject // made when they are first shown
	stack   *fyne.Container
	shown   Topic
}

// New returns the page; it begins with how to search.
func New(c *ui.Context, o Options) *Page {
	p := &Page{context: c, options: o, topics: make(map[Topic]fyne.CanvasObject), stack: container.NewStack()}
	list := container.NewVBox()
	for t, title := range titles() {
		n := ui.NewNavItem(title, func() { p.ShowTopic(Topic(t)) }, nil)
		p.nav = append(p.nav, n)
		list.Add(n)
	}
	side := container.New(layout.NewCustomPaddedLayout(4, 0, 16, 0), ui.AtLeast(150, list))
	p.content = container.NewBorder(ui.Heading(lang.L("Help"), ""), nil, side, nil, p.stack)
	p.ShowTopic(Search)
	return p
}

func titles() []string {
	return []string{lang.L("Search"), lang.L("Keyboard"), lang.L("Routers"), lang.L("Hosts"), lang.L("Alerts"), lang.L("Template"), lang.L("Settings"), lang.L("About LinkLog"), lang.L("Licences")}
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page; there is nothing to bring up to date.
func (p *Page) Show() {}

// Hide implements ui.Page.
func (p *Page) Hide() {}

// ShowTopic turns to a topic.
func (p *Page) ShowTopic(t Topic) {
	if p.topics[t] == nil {
		p.topics[t] = p.make(t)
	}
	p.shown = t
	for i, n := range p.nav {
		n.SetChosen(Topic(i) == t)
	}
	p.stack.Objects = []fyne.CanvasObject{p.topics[t]}
	p.content.Refresh()
}

func (p *Page) make(t Topic) fyne.CanvasObject {
	switch t {
	case Keys:
		return page(p.keys()...)
	case Routers:
		return page(routers()...)
	case Hosts:
		return page(hosts()...)
	case Alerts:
		return page(alerts()...)
	case Template:
		return page(template()...)
	case Settings:
		return page(settings()...)
	case About:
		return page(p.about()...)
	case Notices:
		return p.notices()
	}
	return page(p.search()...)
}

// page puts paragraphs below each other.
func page(parts ...fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVScroll(ui.Narrow(680, container.New(layout.NewCustomPaddedLayout(0, 24, 16, 22), container.NewVBox(parts...))))
}

// title is a heading within a topic.
func title(text string) fyne.CanvasObject {
	l := widget.NewLabel(text)
	l.TextStyle.Bold, l.SizeName = true, "subHeadingText"
	l.Wrapping = fyne.TextWrapWord
	return l
}

// paragraph is some sentences.
func paragraph(text string) fyne.CanvasObject {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// keys lists the shortcuts, by groups as they come.
func (p *Page) keys() (parts []fyne.CanvasObject) {
	group := ""
	for i, s := range p.options.Shortcuts() {
		if i == 0 || s.Group != group {
			group = s.Group
			parts = append(parts, title(group))
		}
		parts = append(parts, pair(190, ui.AtLeast(150, keyCaps(s.Keys)), paragraph(s.What)), ui.Line())
	}
	return parts
}

// keyCaps shows keys as they stand on a keyboard.
func keyCaps(keys string) fyne.CanvasObject {
	box := container.NewHBox()
	for i, choice := range strings.Split(keys, " / ") {
		if i > 0 {
			or := ui.NewMuted("/")
			or.Wrapping = fyne.TextWrapOff
			box.Add(or)
		}
		box.Add(ui.Mono(choice))
	}
	return box
}

// pair puts two things side by side, the left one with a width; where there is little room, with nearly half
// of it, but no less than it needs.
func pair(width float32, left, right fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&pairLayout{width}, left, right)
}

type pairLayout struct{ width float32 }

func (p *pairLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	width := max(min(p.width, 0.45*s.Width), o[0].MinSize().Width)
	o[0].Resize(fyne.NewSize(width, s.Height))
	o[1].Move(fyne.NewPos(width, 0))
	o[1].Resize(fyne.NewSize(s.Width-width, s.Height))
}

func (p *pairLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return o[0].MinSize().AddWidthHeight(o[1].MinSize().Width, 0).Max(fyne.NewSize(0, o[1].MinSize().Height))
}
