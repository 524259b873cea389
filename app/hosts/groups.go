package hosts

import (
	"cmp"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/service/api"
)

// groupings are what the hosts can be put together by; "": they are not.
func groupings() []string { return append([]string{""}, api.Classes()...) }

// groupLabels are what they are called, in the same order.
func groupLabels() []string {
	return []string{lang.L("Hosts"), lang.L("Domains"), lang.L("Owners"), lang.L("Countries"), lang.L("Categories")}
}

// chooseGrouping puts the hosts together as the user chose.
func (p *Page) chooseGrouping(i int) {
	p.putTogether(groupings()[i])
	p.c.Prefs.Change(func(c *prefs.Choices) { c.HostsBy = p.wish.by })
	p.refresh.Now()
}

// putTogether changes what the hosts are put together by.
func (p *Page) putTogether(by string) {
	p.wish.group = nil
	if p.wish.by == by {
		p.showParts()
		return
	}
	p.wish.by = by
	for i, g := range groupings() {
		if g == by {
			p.by.Set(i)
		}
	}
	p.lists.Objects = []fyne.CanvasObject{p.grid}
	p.groups = nil
	if by != "" {
		p.groups = p.newGroups(by)
		p.lists.Add(p.groups)
	}
	p.showParts()
}

// showParts shows the list that is wanted, and whose hosts these are.
func (p *Page) showParts() {
	grouped := p.wish.grouped()
	ui.SetVisible(p.grid, !grouped)
	if p.groups != nil {
		ui.SetVisible(p.groups, grouped)
	}
	if grouped {
		p.grid.ClearSelection() // and with it what is said below
	}
	name := cmp.Or(p.of, p.wish.host)
	if p.wish.group != nil {
		name = ui.ClassOf(p.wish.by, *p.wish.group).Name
	}
	p.only.SetText(cut(name))
	p.reveal(p.only, name != "")
}

// openGroup shows the hosts of a group.
func (p *Page) openGroup(g *api.HostGroup) {
	name := g.Name()
	p.wish.group = &name
	p.showParts()
	p.refresh.Now()
	p.Focus()
}

// groupFilter is the search text for what the hosts of a group did; "": there is none. That of a
// category would be other attempts: a host is in that of most of its own.
func (p *Page) groupFilter(g *api.HostGroup) string {
	if p.wish.by == "category" {
		return ""
	}
	return ui.ClassOf(p.wish.by, g.Name()).Only.String()
}

// groupMenu is what can be done with a group.
func (p *Page) groupMenu(row *api.HostGroup, at fyne.Position) {
	g := *row
	only := p.groupFilter(&g)
	log := fyne.NewMenuItem(lang.L("Show in the log"), func() { p.c.ShowLog(only) })
	log.Disabled = only == ""
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Show the hosts"), func() { p.openGroup(&g) }), log,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Copy name"), func() { p.copyGroup(&g) }),
	), p.c.Window.Canvas(), at)
}

func (p *Page) copyGroup(g *api.HostGroup) {
	name := ui.ClassOf(p.wish.by, g.Name()).Name
	fyne.CurrentApp().Clipboard().SetContent(name)
	p.c.Tell(lang.L("{{.Text}} copied", map[string]any{"Text": name}))
}

// newGroups returns the list of hosts that are put together.
func (p *Page) newGroups(by string) *grid.Grid[api.HostGroup] {
	label := map[string]string{"domain": lang.L("Domain"), "owner": lang.L("Owner"), "country": lang.L("Country"), "category": lang.L("Category")}[by]
	title := func(g *api.HostGroup) string { return ui.ClassOf(by, g.Name()).Name }
	count := func(id, label string, width float32, of func(*api.HostGroup) uint64, has func(*api.HostGroup) bool) grid.Column[api.HostGroup] {
		return grid.Column[api.HostGroup]{ID: id, Label: label, Width: width, MinWidth: width - 20, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Has: has,
			Compare: func(a, b *api.HostGroup) int { return cmp.Compare(of(a), of(b)) }, Cell: func(c *grid.Cell, g *api.HostGroup) {
				if has == nil || has(g) {
					number(c, of(g))
				}
			}}
	}
	hasNew := func(g *api.HostGroup) bool { return g.New > 0 && !p.learning }
	hasMatches := func(g *api.HostGroup) bool { return g.Matches > 0 }
	hasVerdict := func(g *api.HostGroup) bool { return g.Allowed+g.Blocked > 0 }
	return grid.New(grid.Options[api.HostGroup]{
		Do: p.c.Do, Key: func(g *api.HostGroup) string { return ui.ClassOf(by, g.Name()).Key },
		Sort: "hosts", Down: true,
		OnTap: p.openGroup, OnOpen: p.openGroup, OnMenu: p.groupMenu, OnCopy: p.copyGroup,
		Columns: []grid.Column[api.HostGroup]{
			{ID: "name", Label: label, Width: 300, MinWidth: 190, Flex: 3, Compare: func(a, b *api.HostGroup) int {
				return cmp.Or(cmp.Compare(unknown(a), unknown(b)), strings.Compare(strings.ToLower(title(a)), strings.ToLower(title(b))))
			}, Cell: func(c *grid.Cell, g *api.HostGroup) {
				ink := grid.Plain
				if g.Name() == "" {
					ink = grid.Muted
				}
				c.Text(grid.Sans, ink, title(g))
			}},
			count("hosts", lang.L("Hosts"), 98, func(g *api.HostGroup) uint64 { return uint64(g.Hosts) }, nil),
			count("new", lang.L("New"), 70, func(g *api.HostGroup) uint64 { return uint64(g.New) }, hasNew),
			{ID: "first", Label: lang.L("First seen"), Width: 118, Down: true, Spare: 2, Compare: func(a, b *api.HostGroup) int { return a.First.Compare(b.First) }, Cell: func(c *grid.Cell, g *api.HostGroup) {
				c.Text(grid.Sans, grid.Plain, ui.Since(g.First, time.Now()))
			}},
			{ID: "last", Label: lang.L("Last seen"), Width: 118, Down: true, Spare: 1, Compare: func(a, b *api.HostGroup) int { return a.Last.Compare(b.Last) }, Cell: func(c *grid.Cell, g *api.HostGroup) {
				c.Text(grid.Sans, grid.Plain, ui.Last(g.Last, time.Now()))
			}},
			count("matches", lang.L("Matches"), 94, func(g *api.HostGroup) uint64 { return g.Matches }, hasMatches),
			count("in", lang.L("In"), 80, func(g *api.HostGroup) uint64 { return g.In }, nil),
			count("out", lang.L("Out"), 84, func(g *api.HostGroup) uint64 { return g.Out }, nil),
			count("allowed", lang.L("Allowed"), 88, func(g *api.HostGroup) uint64 { return g.Allowed }, hasVerdict),
			count("blocked", lang.L("Blocked"), 92, func(g *api.HostGroup) uint64 { return g.Blocked }, hasVerdict),
		},
	})
}

// unknown is 1 for the group of hosts of which it is not known.
func unknown(g *api.HostGroup) int {
	if g.Name() == "" {
		return 1
	}
	return 0
}
