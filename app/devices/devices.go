// Package devices is the page of the devices in the user's own network.
package devices

import (
	"cmp"
	"context"
	"net/netip"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/filter"
	"linklog/service/api"
	"linklog/service/client"
)

// Options are the callbacks of the page. They may be nil, and run on Fyne's thread.
type Options struct {
	// OnHosts opens the hosts that a device, which is called name, talked to.
	OnHosts func(a netip.Addr, name string)
}

// refreshEvery is the least time between two loads that no one asked for.
const refreshEvery = 2 * time.Second

// Page is the page. It belongs to Fyne's thread.
type Page struct {
	c       *ui.Context
	o       Options
	refresh *ui.Refresher

	content *fyne.Container
	below   *widget.Label
	wrong   *widget.Label
	grid    *grid.Grid[api.Device]
	name    *ui.Button
	log     *ui.Button
	hosts   *ui.Button
	all     *ui.Button // there is to know
}

var _ ui.Page = (*Page)(nil)

// New returns the page.
func New(c *ui.Context, o Options) *Page {
	p := &Page{c: c, o: o}
	p.refresh = ui.NewRefresher(refreshEvery, p.load)
	p.refresh.Idle = time.Minute
	p.grid = grid.New(grid.Options[api.Device]{
		Do:      c.Do,
		Columns: columns(), Key: func(d *api.Device) string { return d.Ref },
		Sort: "name", OnSelect: p.selected, OnOpen: p.rename, OnMenu: p.menu, OnCopy: p.copy,
	})
	p.below = ui.NewBelow()
	p.wrong = ui.NewWrong()
	p.name = ui.NewButton(lang.L("Rename…"), p.withSelected(p.rename))
	p.log = ui.NewButton(lang.L("Show in the log"), p.withSelected(p.showLog))
	p.all = ui.NewButton(lang.L("All about it"), p.withSelected(func(d *api.Device) { p.c.OpenDevice(d.Ref) }))
	p.hosts = ui.NewButton(lang.L("Its hosts"), p.withSelected(p.showHosts))
	buttons := container.NewHBox(p.all, p.name, p.log, p.hosts)
	head := ui.Sides(ui.Title(lang.L("Your devices"), p.below), buttons)
	p.content = ui.Border(container.NewVBox(container.New(layout.NewCustomPaddedLayout(16, 8, 22, 12), head), ui.BelowTitle(p.wrong)), nil, nil, nil, p.grid)
	p.selected(nil)
	return p
}

// Focus moves the keyboard to the list.
func (p *Page) Focus() { p.grid.Focus(p.c.Window.Canvas()) }

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() { p.refresh.Show() }

// Hide implements ui.Page.
func (p *Page) Hide() { p.refresh.Hide() }

// Changed is called when events or names arrived.
func (p *Page) Changed() { p.refresh.Changed() }

// Searched is called when the search text on top changed.
func (p *Page) Searched() { p.refresh.Now() }

// searched is that text.
func (p *Page) searched() string {
	if p.c.Search == nil {
		return ""
	}
	return p.c.Search()
}

// Select selects a device and scrolls to it; false: it is not among those shown.
func (p *Page) Select(ref string) bool { return p.grid.Select(ref) }

func (p *Page) load(answered func(error) bool) {
	var list []api.Device
	asked := client.HasEvents{Filter: p.searched()}
	p.c.Background(func(ctx context.Context) (err error) {
		list, err = p.c.Client.DevicesWith(ctx, asked)
		return err
	}, func(err error) {
		if !answered(err) {
			return
		}
		if err != nil {
			ui.SetWrong(p.wrong, lang.L("The devices cannot be read: {{.Error}}", map[string]any{"Error": ui.Cause(err)}), p.content)
			return
		}
		ui.SetWrong(p.wrong, "", p.content)
		p.grid.SetEmpty(lang.L("No devices yet. They appear with the first message from the router."))
		p.below.SetText(summary(list))
		if asked.Filter != "" {
			p.grid.SetEmpty(lang.L("No device has events that match “{{.Text}}”.", map[string]any{"Text": asked.Filter}))
			p.below.SetText(lang.L("Devices with events that match: {{.Search}}", map[string]any{"Search": asked.Filter}))
		}
		p.grid.SortWhile(asked.Filter != "", "matches")
		p.grid.SetRows(list)
	})
}

// summary is the line below the title.
func summary(list []api.Device) string {
	named := 0
	for i := range list {
		if list[i].Label != "" {
			named++
		}
	}
	values := map[string]any{"Count": ui.Number(uint64(len(list))), "Named": ui.Number(uint64(named))}
	if named < len(list) {
		return lang.L("{{.Count}} known, {{.Named}} named by you.", values)
	}
	return lang.L("{{.Count}} known.", values)
}

func (p *Page) selected(d *api.Device) {
	ui.SetEnabled(d != nil, p.all, p.name, p.log)
	ui.SetEnabled(d != nil && p.o.OnHosts != nil, p.hosts)
}

// withSelected is f for the device that is selected.
func (p *Page) withSelected(f func(*api.Device)) func() {
	return func() {
		if d := p.grid.Selected(); d != nil {
			f(d)
		}
	}
}

// menu is what can be done with a device.
func (p *Page) menu(row *api.Device, at fyne.Position) {
	d := *row
	hosts := fyne.NewMenuItem(lang.L("Show its hosts"), func() { p.showHosts(&d) })
	hosts.Disabled = p.o.OnHosts == nil
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Rename…"), func() { p.rename(&d) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("All about it"), func() { p.c.OpenDevice(d.Ref) }),
		fyne.NewMenuItem(lang.L("Show in the log"), func() { p.showLog(&d) }), hosts,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Copy address"), func() { p.copy(&d) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Forget…"), func() {
			p.c.Forget(cmp.Or(d.Name, address(&d), d.Ref), filter.OfDevice(d.MAC, d.Addr, d.Name).String())
		}),
	), p.c.Window.Canvas(), at)
}

// rename asks for a name of the user's own.
func (p *Page) rename(d *api.Device) {
	ref := d.Ref
	p.c.AskName(lang.L("Name of {{.Device}}", map[string]any{"Device": cmp.Or(address(d), ref)}), lang.L("Shown everywhere instead of the address. Leave it empty to remove it."), d.Label,
		func(ctx context.Context, name string) error { return p.c.Client.SetDeviceLabel(ctx, ref, name) }, p.refresh.Now)
}

func (p *Page) showLog(d *api.Device) { p.c.ShowLog(filter.OfDevice(d.MAC, d.Addr, d.Name).String()) }

func (p *Page) showHosts(d *api.Device) {
	if p.o.OnHosts != nil {
		p.o.OnHosts(d.Addr, d.Name)
	}
}

func (p *Page) copy(d *api.Device) {
	text := cmp.Or(address(d), d.Ref)
	fyne.CurrentApp().Clipboard().SetContent(text)
	p.c.Tell(lang.L("{{.Text}} copied", map[string]any{"Text": text}))
}
