// Package choose is the page of the computers whose services the app knows: which of them is shown,
// how each stands and what to do where it is not reached; computers are added and removed here.
package choose

import (
	"context"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/computers"
	"linklog/app/feed"
	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/service/api"
	"linklog/service/client/overssh"
)

// Options are what the page cannot do itself.
type Options struct {
	// Computers are all, this one first; Shown is the one that the window shows.
	Computers func() []*computers.Computer
	Shown     func() *computers.Computer

	// Show shows a different one, Remove forgets one.
	Show, Remove func(*computers.Computer)

	// Read reads what was typed for a computer, Add remembers it.
	Read func(name, address string) (prefs.Computer, overssh.Host, error)
	Add  func(name, address string) error

	// Try asks a service once.
	Try func(ctx context.Context, h overssh.Host) (api.Hello, error)
}

// Page is the page.
type Page struct {
	c *ui.Context
	o Options

	list    *fyne.Container
	rows    []*row
	content fyne.CanvasObject
}

// New returns the page.
func New(c *ui.Context, o Options) *Page {
	p := &Page{c: c, o: o, list: container.NewVBox()}
	add := ui.NewPrimaryButton(lang.L("Add a computer…"), p.ask)
	body := container.NewVBox(
		ui.Heading(lang.L("Computers"), ""),
		container.New(layout.NewCustomPaddedLayout(-16, 6, 22-look.Padding, 22), ui.NewMuted(lang.L("LinkLog's service may run on a different computer, which is always on. One is shown; alerts come from all."))),
		container.New(layout.NewCustomPaddedLayout(0, 16, 22, 22), container.NewVBox(p.list, container.NewHBox(add))),
	)
	p.content = container.NewVScroll(ui.Narrow(864, body))
	p.Changed()
	return p
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() { p.Changed() }

// Hide implements ui.Page.
func (p *Page) Hide() {}

// Changed shows how the computers stand.
func (p *Page) Changed() {
	all := p.o.Computers()
	same := func(r *row, c *computers.Computer) bool { return r.of == c }
	if !slices.EqualFunc(p.rows, all, same) {
		p.rows = nil
		p.list.RemoveAll()
		for _, c := range all {
			r := p.newRow(c)
			p.rows = append(p.rows, r)
			p.list.Add(r.content)
		}
	}
	changed := false
	for _, r := range p.rows {
		changed = r.update() || changed
	}
	if changed {
		p.content.Refresh()
	}
}

// row is a computer.
type row struct {
	p  *Page
	of *computers.Computer

	dot                 *ui.Dot
	state               *widget.Label
	show, again, remove *ui.Button
	content             fyne.CanvasObject
}

func (p *Page) newRow(c *computers.Computer) *row {
	r := &row{p: p, of: c, dot: ui.NewDot(func(p *look.Palette) color.NRGBA { return p.Faint }), state: ui.NewMuted("")}
	name := ui.NewHead(NameOf(c), look.TextSize)
	r.show = ui.NewButton(lang.L("Show"), func() { p.o.Show(c) })
	r.again = ui.NewButton(lang.L("Try again"), func() { c.Feed.Retry() })
	r.remove = ui.NewButton(lang.L("Remove…"), func() {
		p.c.Confirm(lang.L("Remove {{.Name}}?", map[string]any{"Name": c.Name}), lang.L("The window forgets this computer. Nothing is removed on it."), lang.L("Remove"), func() { p.o.Remove(c) })
	})
	title := container.NewHBox(container.NewCenter(r.dot), name)
	if !c.Here() {
		address := ui.NewAddress()
		address.SetText(c.Address)
		title = container.NewBorder(nil, nil, title, nil, address.Cutting())
	}
	r.content = container.New(layout.NewCustomPaddedLayout(6, 6, 0, 0), container.NewVBox(
		title,
		container.New(layout.NewCustomPaddedLayout(-4, 0, 8, 0), r.state),
		container.New(layout.NewCustomPaddedLayout(0, 6, 16, 0), container.NewHBox(r.show, r.again, r.remove)),
		ui.Line(),
	))
	r.remove.Hidden = c.Here()
	return r
}

// update brings it up to date; false: it was.
func (r *row) update() (changed bool) {
	shown := r.p.o.Shown() == r.of
	standing, text := Describe(r.of)
	if shown {
		text = lang.L("Shown. {{.State}}", map[string]any{"State": text})
	}
	changed = r.state.Text != text
	ui.SetText(r.state, text)
	r.dot.SetColor(func(p *look.Palette) color.NRGBA {
		switch standing {
		case computers.Connected:
			return p.Fine
		case computers.Connecting:
			return p.Inbound
		}
		return p.Bad
	})
	for b, visible := range map[*ui.Button]bool{r.show: !shown && r.of.Feed != nil, r.again: standing == computers.Broken && r.of.Feed != nil} {
		changed = changed || b.Visible() != visible
		ui.SetVisible(b, visible)
	}
	return changed
}

// NameOf is what a computer is called.
func NameOf(c *computers.Computer) string {
	if c.Here() {
		return lang.L("This computer")
	}
	return c.Name
}

// Describe says how it stands with a computer, and what to do where it is not reached.
func Describe(c *computers.Computer) (computers.Standing, string) {
	standing, trouble := c.Standing()
	switch {
	case standing == computers.Connecting:
		return standing, lang.L("Connecting…")
	case standing == computers.Broken && trouble == nil:
		return standing, lang.L("The service does not answer")
	case standing == computers.Broken:
		return standing, ui.Cause(trouble)
	case c.State.Connection == feed.ToEmbedded:
		return standing, lang.L("Connected. No background service: LinkLog records while this window or its tray icon is there.")
	}
	return standing, connected(&c.State.Hello)
}

// connected says who answers.
func connected(h *api.Hello) string {
	return lang.L("Connected. Service {{.Version}}, as {{.User}}.", map[string]any{"Version": h.Service, "User": h.User})
}
