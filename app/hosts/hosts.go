// Package hosts is the page of all hosts outside the user's network.
package hosts

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/service/api"
)

// Options are the callbacks of the page. They may be nil, and run on Fyne's thread.
type Options struct {
	// OnNew is called with how many hosts are new since the user looked last, whenever the
	// page has asked.
	OnNew func(count int)
}

// refreshEvery is the least time between two loads that no one asked for.
const refreshEvery = 2 * time.Second

// Page is the page. It belongs to Fyne's thread.
type Page struct {
	c    *ui.Context
	o    Options
	wish wish

	refresh *ui.Refresher
	pending string // the ref to be selected when the answer is here
	seen    uint64 // up to this number new hosts were shown
	fresh   int    // so many were new

	learning bool // all hosts are new now, so that none is called so

	content *fyne.Container
	below   *widget.Label
	chips   *ui.Chips
	by      *ui.Chips  // what the hosts are put together by
	only    *ui.Button // ends that only hosts of a device or a group are shown, or a single one
	of      string     // what the device is called
	wrong   *widget.Label
	more    *widget.Label
	lists   *fyne.Container // both, of which one is shown
	grid    *grid.Grid[api.Host]
	groups  *grid.Grid[api.HostGroup] // nil: they are not put together
	detail  *detail
}

var _ ui.Page = (*Page)(nil)

// New returns the page.
func New(c *ui.Context, o Options) *Page {
	p := &Page{c: c, o: o, wish: wish{sort: "first", down: true}}
	p.refresh = ui.NewRefresher(refreshEvery, p.load)
	p.refresh.Idle = time.Minute
	p.grid = grid.New(grid.Options[api.Host]{
		Do:      c.Do,
		Columns: p.columns(), Key: func(h *api.Host) string { return h.Ref },
		Sort: p.wish.sort, Down: p.wish.down,
		OnSort: p.sorted, OnSelect: p.selected, OnOpen: p.showLog, OnMenu: p.menu, OnCopy: p.copy,
	})
	p.detail = newDetail(p)
	p.lists = container.NewStack(p.grid)
	p.content = ui.Border(container.NewVBox(p.head(), p.bar(), ui.BelowTitle(p.wrong)), container.NewVBox(p.more, p.detail.content), nil, nil, p.lists)
	if by := c.Prefs.Get().HostsBy; slices.Contains(api.Classes(), by) {
		p.putTogether(by)
	}
	return p
}

func (p *Page) head() fyne.CanvasObject {
	p.below = ui.NewBelow()
	return container.New(layout.NewCustomPaddedLayout(16, 0, 22, 22), ui.Title(lang.L("Hosts outside your network"), p.below))
}

// inset is how far Fyne sets a label's text in.
func inset() float32 { return theme.InnerPadding() }

func (p *Page) bar() fyne.CanvasObject {
	p.chips = ui.NewChips([]string{lang.L("All"), lang.L("New"), lang.L("Ignored")}, func(i int) {
		p.wish.which = which(i)
		p.refresh.Now()
	})
	p.by = ui.NewChips(groupLabels(), p.chooseGrouping)
	p.only = ui.NewIconButton("", theme.CancelIcon(), p.showMore)
	p.only.Hide()
	rules := ui.NewButton(lang.L("Ignore list…"), func() { p.editIgnores("") })
	p.wrong = ui.NewWrong()
	p.more = ui.NewMuted(lang.L("The first {{.Count}} are shown. Search to find others.", map[string]any{"Count": ui.Number(limit)}))
	p.more.Hide()
	return container.New(layout.NewCustomPaddedLayout(4, 8, 12, 12),
		ui.Border(nil, nil, nil, container.NewVBox(rules), container.New(layout.NewRowWrapLayoutWithCustomPadding(16, 4), p.by, p.chips, p.only)))
}

// Focus moves the keyboard to the list.
func (p *Page) Focus() {
	if p.wish.grouped() {
		p.groups.Focus(p.c.Window.Canvas())
		return
	}
	p.grid.Focus(p.c.Window.Canvas())
}

// Searched is called when the search text on top changed.
func (p *Page) Searched() { p.refresh.Now() }

// searched is that text.
func (p *Page) searched() string {
	if p.c.Search == nil {
		return ""
	}
	return p.c.Search()
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() { p.refresh.Show() }

// Hide implements ui.Page: the user has seen the new hosts that were shown.
func (p *Page) Hide() {
	if !p.refresh.Visible() {
		return
	}
	p.refresh.Hide()
	if !p.wish.narrow() { // else there may be some that nobody has seen
		p.markSeen()
	}
}

// markSeen takes all hosts that were shown for seen.
func (p *Page) markSeen() {
	upTo := p.seen
	if p.fresh == 0 || upTo == 0 {
		return
	}
	p.fresh = 0
	var status api.Status
	p.c.Background(func(ctx context.Context) (err error) {
		if err = p.c.Client.MarkSeen(ctx, upTo); err == nil {
			status, err = p.c.Client.Status(ctx)
		}
		return err
	}, func(err error) {
		if err != nil {
			p.c.Fail(lang.L("Mark hosts as seen"), err)
			return
		}
		p.tellNew(status.NewHosts)
	})
}

// ShowNew shows only new hosts.
func (p *Page) ShowNew() {
	if p.searched() != "" {
		p.c.SetSearch("") // else some are missing
	}
	p.wish.which = onlyNew
	p.showOnly("", netip.Addr{}, "")
}

// Changed is called when events, names or alerts arrived.
func (p *Page) Changed() { p.refresh.Changed() }

// SelectHost selects a host by its ref and scrolls to it, when the page is shown.
func (p *Page) SelectHost(ref string) {
	p.pending = ref
	p.wish.which = all
	p.showOnly("", netip.Addr{}, "")
}

// ShowDevice shows only the hosts of a device, which is called name.
func (p *Page) ShowDevice(a netip.Addr, name string) {
	p.wish.which = all
	p.showOnly("", a, cmp.Or(name, a.String()))
}

// showOnly shows only one host, or the hosts of a device, and what that is called; of neither: all.
func (p *Page) showOnly(host string, device netip.Addr, name string) {
	p.wish.host, p.wish.device, p.of = host, device, name
	p.chips.Set(int(p.wish.which))
	p.putTogether("")
	p.refresh.Now()
}

// showMore ends that only the hosts of a group are shown, or else those of a device or a single one.
func (p *Page) showMore() {
	if p.wish.group == nil {
		p.wish.host, p.wish.device, p.of = "", netip.Addr{}, ""
	}
	p.wish.group = nil
	p.showParts()
	p.refresh.Now()
	p.Focus()
}

// reveal shows or hides a part, and makes room for it.
func (p *Page) reveal(part fyne.CanvasObject, show bool) {
	if part.Visible() != show {
		ui.SetVisible(part, show)
		p.content.Refresh()
	}
}

func (p *Page) sorted(id string, down bool) {
	_, was := orders[p.wish.sort]
	_, is := orders[id]
	p.wish.sort, p.wish.down = id, down
	if was || is {
		p.refresh.Now()
	}
}

// load asks the service for what the user wants to see.
func (p *Page) load(answered func(error) bool) {
	p.wish.search = p.searched()
	p.grid.SortWhile(p.wish.search != "", "matches")
	if p.groups != nil {
		p.groups.SortWhile(p.wish.search != "", "matches")
	}
	p.wish.sort, p.wish.down = p.grid.Sorted()
	wish, narrow, ref := p.wish, p.wish.narrow(), p.pending
	var list []api.Host
	var groups api.HostGroups
	var status api.Status
	p.c.Background(func(ctx context.Context) (err error) {
		if wish.grouped() {
			groups, err = wish.askGroups(ctx, p.c.Client, limit)
		} else {
			list, err = wish.ask(ctx, p.c.Client, limit)
		}
		if err == nil {
			status, err = p.c.Client.Status(ctx)
		}
		return err
	}, func(err error) {
		if !answered(err) {
			return
		}
		if err != nil {
			ui.SetWrong(p.wrong, lang.L("The hosts cannot be read: {{.Error}}", map[string]any{"Error": ui.Cause(err)}), p.content)
			return
		}
		ui.SetWrong(p.wrong, "", p.content)
		if !narrow {
			p.seen = max(p.seen, newest(list))
		}
		p.fresh, p.learning = status.NewHosts, status.IsLearning()
		if wish.grouped() {
			p.showGroups(&groups, &status)
		} else {
			p.show(list, &status)
		}
		p.tellNew(status.NewHosts)
		if ref != "" && ref == p.pending {
			p.pick(ref)
		}
	})
}

// pick selects a host; one that is not among the first is shown alone.
func (p *Page) pick(ref string) {
	if p.grid.Select(ref) || p.wish.host == ref {
		p.pending = ""
		return
	}
	if p.wish.search != "" { // which it does not match
		p.c.SetSearch("")
		return
	}
	p.showOnly(ref, netip.Addr{}, ref)
}

// showGroups shows hosts that are put together.
func (p *Page) showGroups(found *api.HostGroups, s *api.Status) {
	hosts := 0
	for i := range found.Groups {
		hosts += found.Groups[i].Hosts
	}
	p.groups.SetEmpty(p.nothing(s))
	p.groups.SetRows(found.Groups)
	text := p.summary(s, hosts)
	if !found.Exact {
		text += " " + lang.L("There are too many to count each.")
	}
	p.below.SetText(text)
	p.reveal(p.more, len(found.Groups) >= limit)
}

func (p *Page) show(list []api.Host, s *api.Status) {
	p.grid.SetEmpty(p.nothing(s))
	p.grid.SetRows(list)
	p.below.SetText(p.summary(s, len(list)))
	p.reveal(p.more, len(list) >= limit)
	if h := p.grid.Selected(); h != nil {
		p.detail.show(h)
	}
}

func (p *Page) tellNew(count int) {
	if p.o.OnNew != nil {
		p.o.OnNew(count)
	}
}

func (p *Page) selected(h *api.Host) {
	if h == nil {
		p.detail.clear()
		return
	}
	p.detail.show(h)
}
