// Package alerts is the page of what the user was told, about what, and where it goes; and what
// is said of an alert, here and in notifications.
package alerts

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/service/api"
)

// The parts of the page.
const (
	toldPart = iota
	rulesPart
	outletsPart
)

const (
	refreshEvery = 2 * time.Second
	// most alerts are listed, the newest.
	most = 1000
)

// Page is the page. It belongs to Fyne's thread.
type Page struct {
	c       *ui.Context
	refresh *ui.Refresher

	content *fyne.Container
	below   *widget.Label
	wrong   *widget.Label
	chips   *ui.Chips
	acts    *fyne.Container // the buttons of each part
	lists   *fyne.Container
	parts   [3]part
	told    *grid.Grid[api.Alert]
	rules   *grid.Grid[api.Rule]
	outlets *grid.Grid[api.Outlet]

	of                                        *ui.Button // the log, for an alert
	turn, add, edit, remove, undo             *ui.Button // of rules
	addOutlet, test, changeOutlet, dropOutlet *ui.Button

	is     loaded
	before string // the text of the settings before something was removed
	after  string // and then
}

// part is one of the lists with its buttons.
type part struct{ list, acts fyne.CanvasObject }

// loaded is what the service answered.
type loaded struct {
	admin   bool
	alerts  []api.Alert
	rules   []api.Rule
	outlets []api.Outlet
}

var _ ui.Page = (*Page)(nil)

// New returns the page.
func New(c *ui.Context) *Page {
	p := &Page{c: c, below: ui.NewBelow(), wrong: ui.NewWrong()}
	p.refresh = ui.NewRefresher(refreshEvery, p.load)
	p.refresh.Idle = 10 * time.Second
	p.told = grid.New(grid.Options[api.Alert]{
		Do: c.Do, Columns: toldColumns(), Key: keyOfAlert, Sort: "time", Down: true, Empty: lang.L("Nothing was told yet."),
		OnSelect: func(*api.Alert) { p.enable() }, OnOpen: p.open,
	})
	p.rules = grid.New(grid.Options[api.Rule]{
		Do: c.Do, Columns: ruleColumns(), Key: keyOfRule, Sort: "name",
		OnSelect: func(*api.Rule) { p.enable() }, OnOpen: func(r *api.Rule) { p.editRule(r) },
	})
	p.outlets = grid.New(grid.Options[api.Outlet]{
		Do: c.Do, Columns: outletColumns(), Key: func(o *api.Outlet) string { return o.Name }, Sort: "name",
		Empty:    lang.L("Alerts go nowhere but here and to the desktop. Add an outlet, and they reach a phone, too."),
		OnSelect: func(*api.Outlet) { p.enable() }, OnOpen: p.editOutlet,
	})
	p.of = ui.NewButton(lang.L("Show"), func() { with(p.told.Selected(), p.open) })
	p.turn = ui.NewButton(lang.L("Switch on"), func() { with(p.rules.Selected(), p.turnRule) })
	p.add = ui.NewPrimaryButton(lang.L("Add…"), func() { p.editRule(nil) })
	p.edit = ui.NewButton(lang.L("Change…"), func() { with(p.rules.Selected(), p.editRule) })
	p.remove = ui.NewButton(lang.L("Remove"), func() { with(p.rules.Selected(), p.removeRule) })
	p.undo = ui.NewButton(lang.L("Undo"), p.putBack)
	p.undo.Hide()
	p.addOutlet = ui.NewPrimaryButton(lang.L("Add…"), p.newOutlet)
	p.test = ui.NewButton(lang.L("Test"), func() { with(p.outlets.Selected(), p.testOutlet) })
	p.changeOutlet = ui.NewButton(lang.L("Change…"), func() { with(p.outlets.Selected(), p.editOutlet) })
	p.dropOutlet = ui.NewButton(lang.L("Remove"), func() { with(p.outlets.Selected(), p.removeOutlet) })
	p.parts = [...]part{
		{p.told, container.NewHBox(p.of)},
		{p.rules, container.NewHBox(p.undo, p.turn, p.edit, p.remove, p.add)},
		{p.outlets, container.NewHBox(p.test, p.changeOutlet, p.dropOutlet, p.addOutlet)},
	}
	p.chips = ui.NewChips([]string{lang.L("Told"), lang.L("Rules"), lang.L("Outlets")}, p.choose)
	p.acts, p.lists = container.NewStack(), container.NewStack()
	head := container.NewVBox(ui.Title(lang.L("Alerts"), p.below), ui.Sides(p.chips, p.acts))
	p.content = ui.Border(container.NewVBox(container.New(layout.NewCustomPaddedLayout(16, 8, 22, 12), head), ui.BelowTitle(p.wrong)), nil, nil, nil, p.lists)
	p.choose(toldPart)
	return p
}

// with does something with a row, if there is one.
func with[T any](row *T, do func(*T)) {
	if row != nil {
		one := *row
		do(&one)
	}
}

// choose shows a part.
func (p *Page) choose(i int) {
	p.chips.Set(i)
	p.acts.Objects = []fyne.CanvasObject{p.parts[i].acts}
	p.lists.Objects = []fyne.CanvasObject{p.parts[i].list}
	p.enable()
	p.content.Refresh()
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() { p.refresh.Show() }

// Hide implements ui.Page.
func (p *Page) Hide() { p.refresh.Hide() }

// Changed is called when something came.
func (p *Page) Changed() { p.refresh.Changed() }

// Connected is called when the service is there again.
func (p *Page) Connected() { p.refresh.Now() }

// Focus moves the keyboard to the list that is shown.
func (p *Page) Focus() {
	switch p.chips.Chosen() {
	case rulesPart:
		p.rules.Focus(p.c.Window.Canvas())
	case outletsPart:
		p.outlets.Focus(p.c.Window.Canvas())
	default:
		p.told.Focus(p.c.Window.Canvas())
	}
}

// ShowTold shows what was told.
func (p *Page) ShowTold() { p.choose(toldPart) }

func (p *Page) load(answered func(error) bool) {
	var l loaded
	p.c.Background(func(ctx context.Context) error {
		hello, err := p.c.Client.Hello(ctx)
		if err != nil {
			return err
		}
		l.admin = hello.Role == "administrator"
		if l.alerts, err = p.c.Client.NewestAlerts(ctx, most); err != nil {
			return err
		}
		if l.rules, err = p.c.Client.Rules(ctx); err != nil {
			return err
		}
		l.outlets, err = p.c.Client.Outlets(ctx)
		return err
	}, func(err error) {
		if !answered(err) {
			return
		}
		if err != nil {
			ui.SetWrong(p.wrong, lang.L("The alerts cannot be read: {{.Error}}", map[string]any{"Error": ui.Cause(err)}), p.content)
			return
		}
		ui.SetWrong(p.wrong, "", p.content)
		p.is = l
		p.told.SetRows(l.alerts)
		p.rules.SetRows(l.rules)
		p.outlets.SetRows(l.outlets)
		p.enable()
	})
}

// enable lets those buttons be used that do something, and says how much there is.
func (p *Page) enable() {
	r, admin := p.rules.Selected(), p.is.admin
	ui.SetEnabled(p.told.Selected() != nil, p.of)
	ui.SetEnabled(admin, p.add, p.addOutlet, p.undo)
	ui.SetEnabled(admin && r != nil, p.turn, p.edit)
	ui.SetEnabled(admin && r != nil && r.Builtin == "", p.remove)
	ui.SetEnabled(admin && p.outlets.Selected() != nil, p.test, p.changeOutlet, p.dropOutlet)
	label := lang.L("Switch on")
	if r != nil && r.On {
		label = lang.L("Switch off")
	}
	if p.turn.Text != label {
		p.turn.SetText(label)
	}
	text := lang.N("{{.Count}} alerts", len(p.is.alerts), map[string]any{"Count": ui.Number(uint64(len(p.is.alerts)))})
	switch {
	case p.chips.Chosen() == rulesPart && !admin, p.chips.Chosen() == outletsPart && !admin:
		text = lang.L("Only administrators may change this.")
	case p.chips.Chosen() == rulesPart:
		text = lang.L("What alerts are about. A rule is a filter.")
	case p.chips.Chosen() == outletsPart:
		text = lang.L("Where alerts go.")
	}
	ui.SetText(p.below, text)
}

// open shows what an alert is about.
func (p *Page) open(a *api.Alert) {
	switch {
	case a.Kind == "new-device" && a.Device.IsValid():
		p.c.OpenDevice(a.Device.String())
	case a.Kind == "router-silent" || a.Kind == "trouble" || a.Kind == "wan-change":
		p.c.ShowLog("")
	case a.Host.IsValid():
		p.c.OpenHost(a.Host.String())
	case len(a.Hosts) == 1 && a.Hosts[0].Addr.IsValid():
		p.c.OpenHost(a.Hosts[0].Addr.String())
	default:
		p.c.ShowLog(p.filterOf(a))
	}
}

// filterOf is the filter of an alert's rule, "": it has none.
func (p *Page) filterOf(a *api.Alert) string {
	for _, r := range p.is.rules {
		if r.Name == a.Rule && r.Name != "" {
			return r.Filter
		}
	}
	return ""
}
