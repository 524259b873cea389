// Package story is the page of one host, or of one device: what it did over time, with which ports
// and with whom, what it was called, and what the user noted.
package story

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/chart"
	"linklog/app/ui/date"
	"linklog/app/ui/grid"
	"linklog/filter"
)

// Options are the callbacks of the page. They run on Fyne's thread.
type Options struct {
	// OnBack goes back to what was open before.
	OnBack func()

	// OnHosts opens the hosts that a device, which is called name, talked to.
	OnHosts func(a netip.Addr, name string)
}

// refreshEvery is the least time between two loads that no one asked for.
const refreshEvery = 15 * time.Second

// Page is the page. It belongs to Fyne's thread.
type Page struct {
	c       *ui.Context
	o       Options
	subject Subject
	story   story
	refresh *ui.Refresher
	cancel  context.CancelFunc // of the load that runs

	content        *fyne.Container
	scroll         *container.Scroll
	title          *ui.Themed
	below          *widget.Label
	wrong          *widget.Label
	facts, names   *widget.Label
	note           *widget.Label
	looked         *widget.Label
	chart          *chart.OverTime
	ports, parties *grid.Grid[row]
	back, log      *ui.Button
	rename, jot    *ui.Button
	ignore, hosts  *ui.Button
	whois, forget  *ui.Button
	buttons        *fyne.Container
}

var _ ui.Page = (*Page)(nil)

// New returns the page, which is about nothing yet.
func New(c *ui.Context, o Options) *Page {
	p := &Page{c: c, o: o, cancel: func() {}}
	p.refresh = ui.NewRefresher(refreshEvery, p.load)
	p.title, p.below, p.wrong = ui.NewHead("", 18).Cutting(), ui.NewBelow(), ui.NewWrong()
	p.facts, p.names, p.note, p.looked = ui.NewMuted(""), ui.NewMuted(""), ui.NewMuted(""), ui.NewMuted(" ")
	p.chart = chart.NewOverTime(func(b chart.Bar) { p.showLog(filter.Filter{}, b.From, b.To) }, func(from, to time.Time) { p.showLog(filter.Filter{}, from, to) }, p.look)
	p.ports = p.list(lang.L("Ports"), func(r *row) { p.showLog(r.only, time.Time{}, time.Time{}) })
	p.parties = p.list(lang.X("story.parties", "With whom"), p.open)
	p.back = ui.NewIconButton(lang.L("Back"), theme.NavigateBackIcon(), func() { p.o.OnBack() })
	p.log = ui.NewPrimaryButton(lang.L("Show in the log"), func() { p.showLog(filter.Filter{}, time.Time{}, time.Time{}) })
	p.rename, p.jot = ui.NewButton(lang.L("Rename…"), p.name), ui.NewButton(lang.L("Note…"), p.write)
	p.ignore, p.whois = ui.NewButton("", p.toggleIgnore), ui.NewButton("", func() { p.c.Whois(p.story.addr) })
	p.hosts = ui.NewButton(lang.L("Its hosts"), func() { p.o.OnHosts(p.story.addr, p.story.title()) })
	p.forget = ui.NewButton(lang.L("Forget…"), func() { p.c.Forget(p.story.title(), p.story.filter().String()) })
	p.buttons = container.New(layout.NewRowWrapLayout(), p.log, p.rename, p.jot, p.ignore, p.whois, p.hosts, p.forget)
	inset := 22 - theme.InnerPadding()
	head := container.NewVBox(
		container.New(layout.NewCustomPaddedLayout(16, 4, 22, 12), ui.Border(nil, nil, nil, container.NewVBox(p.back),
			container.New(layout.NewCustomPaddedVBoxLayout(0), p.title, container.New(layout.NewCustomPaddedLayout(0, 0, -theme.InnerPadding(), 0), p.below)))),
		ui.BelowTitle(p.wrong),
	)
	body := container.NewVBox(
		container.New(layout.NewCustomPaddedLayout(0, 4, 22, 12), p.buttons),
		container.New(layout.NewCustomPaddedLayout(0, 0, inset, 12), container.NewVBox(p.facts, p.names, p.note)),
		container.New(layout.NewCustomPaddedLayout(4, 0, inset, 12), p.looked),
		container.New(layout.NewCustomPaddedLayout(0, 12, 8, 8), p.chart),
		container.New(layout.NewCustomPaddedLayout(0, 12, 12, 12), ui.Lists(p.ports, p.parties)),
	)
	p.scroll = container.NewVScroll(body)
	p.content = ui.Border(head, nil, nil, nil, p.scroll)
	p.show(false)
	return p
}

// list is a list of rows that can be opened.
func (p *Page) list(label string, open func(*row)) *grid.Grid[row] {
	return grid.New(grid.Options[row]{
		Do:    p.c.Do,
		Whole: true, Key: func(r *row) string { return r.key }, OnOpen: open, OnTap: open,
		Columns: []grid.Column[row]{
			{ID: "name", Label: label, Width: 170, MinWidth: 110, Flex: 4, Cell: func(c *grid.Cell, r *row) {
				if r.name == "" {
					c.Text(grid.Mono, grid.Plain, r.second)
				} else {
					c.Text(grid.Sans, grid.Plain, r.name)
					c.Second(grid.Mono, grid.Muted, r.second)
				}
			}},
			{ID: "way", Width: 40, Has: func(r *row) bool { return r.only.Direction != "" }, Cell: func(c *grid.Cell, r *row) {
				switch r.only.Direction {
				case "in":
					c.Text(grid.Sans, grid.Muted, lang.L("in"))
				case "out":
					c.Text(grid.Sans, grid.Muted, lang.L("out"))
				}
			}},
			{ID: "share", Width: 60, MinWidth: 40, Flex: 1, Spare: 1, Cell: func(c *grid.Cell, r *row) { c.Bar(grid.Share, r.fraction) }},
			{ID: "count", Label: lang.L("Attempts"), Width: 76, Align: fyne.TextAlignTrailing, Cell: func(c *grid.Cell, r *row) { c.Text(grid.Mono, grid.Plain, ui.Number(r.count)) }},
			{ID: "blocked", Label: lang.L("Blocked"), Width: 80, Align: fyne.TextAlignTrailing, Has: func(r *row) bool { return r.said > 0 }, Cell: func(c *grid.Cell, r *row) {
				c.Text(grid.Mono, grid.Plain, ui.Number(r.blocked))
			}},
		},
	})
}

// Open shows a different subject.
func (p *Page) Open(s Subject) {
	if s == p.subject {
		return
	}
	p.subject, p.story = s, story{ref: s.Ref}
	p.scroll.ScrollToTop()
	ui.SetWrong(p.wrong, "", p.content)
	p.show(false)
	p.refresh.Now()
}

// Subject is what is shown.
func (p *Page) Subject() Subject { return p.subject }

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() { p.refresh.Show() }

// Hide implements ui.Page.
func (p *Page) Hide() {
	p.refresh.Hide()
	p.cancel()
}

// Changed is called when events or names arrived.
func (p *Page) Changed() { p.refresh.Changed() }

// Focus moves the keyboard to what one most likely wants.
func (p *Page) Focus() { p.c.Window.Canvas().Focus(p.log) }

func (p *Page) load(answered func(error) bool) {
	p.cancel()
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	sub := p.subject
	var s story
	known := false
	p.c.While(ctx, func(ctx context.Context) (err error) {
		defer cancel()
		if sub != (Subject{}) {
			s, known, err = read(ctx, p.c.Client, sub, time.Now())
		}
		return err
	}, func(err error) {
		if !answered(err) || sub != p.subject {
			return
		}
		switch {
		case err != nil:
			ui.SetWrong(p.wrong, lang.L("What is known of it cannot be read: {{.Error}}", map[string]any{"Error": ui.Cause(err)}), p.content)
			return
		case sub == (Subject{}):
			return
		case !known:
			ui.SetWrong(p.wrong, lang.L("Nothing is known of {{.Name}}.", map[string]any{"Name": sub.Ref}), p.content)
			return
		}
		ui.SetWrong(p.wrong, "", p.content)
		p.story = s
		p.show(true)
	})
}

// show shows what is known.
func (p *Page) show(known bool) {
	s, now := &p.story, time.Now()
	p.title.SetText(s.title())
	p.below.SetText(strings.Join(s.addresses(), " · "))
	p.facts.SetText("")
	p.names.SetText("")
	if known {
		p.facts.SetText(strings.Join(s.facts(now), "\n"))
		p.names.SetText(strings.Join(append(s.called(now), s.had(now)...), "\n"))
	}
	p.note.SetText("")
	if s.note != "" {
		p.note.SetText(lang.L("Note: {{.Text}}", map[string]any{"Text": s.note}))
	}
	ui.SetVisible(p.note, s.note != "")
	p.ignore.SetText(lang.L("Ignore"))
	if s.ignored {
		p.ignore.SetText(lang.L("Stop ignoring"))
	}
	ui.SetVisible(p.ignore, !p.subject.Device)
	ui.SetVisible(p.whois, !p.subject.Device && s.addr.IsValid())
	p.whois.SetText(lang.L("Look up {{.Name}}…", map[string]any{"Name": s.address()}))
	ui.SetVisible(p.hosts, p.subject.Device)
	ui.SetEnabled(known, p.log, p.rename, p.jot, p.ignore, p.whois, p.hosts, p.forget)
	p.chart.Set(s.bars, s.step)
	p.ports.SetRows(s.ports)
	p.parties.SetRows(s.parties)
	p.look(nil)
	p.buttons.Refresh() // how high they are follows from their texts
	p.content.Refresh()
}

// look says what a bar stands for.
func (p *Page) look(b *chart.Bar) {
	switch {
	case b != nil:
		p.looked.SetText(chart.Reading(b, p.story.step, time.Now()))
	case p.story.bars == nil:
		p.looked.SetText(" ")
	case p.story.exact:
		p.looked.SetText(lang.L("Attempts over time"))
	default:
		p.looked.SetText(lang.L("Attempts over time, as far as they were counted"))
	}
}

// showLog opens the log with what it did, of some kind and time.
func (p *Page) showLog(only filter.Filter, from, to time.Time) {
	query := p.story.filter().String()
	if text := only.String(); text != "" {
		query += " " + text
	}
	if !from.IsZero() {
		query = date.Within(query, from, to, time.Now())
	}
	p.c.ShowLog(query)
}

// open shows the page of one it had to do with.
func (p *Page) open(r *row) {
	if p.subject.Device {
		p.c.OpenHost(r.key)
	} else {
		p.c.OpenDevice(r.key)
	}
}

// name asks for a name of the user's own.
func (p *Page) name() {
	sub, about := p.subject, lang.L("Shown instead of the name in DNS. Leave it empty to remove it.")
	if sub.Device {
		about = lang.L("Shown everywhere instead of the address. Leave it empty to remove it.")
	}
	p.c.AskName(lang.L("Name of {{.Name}}", map[string]any{"Name": p.story.title()}), about, p.story.Label, func(ctx context.Context, name string) error {
		if sub.Device {
			return p.c.Client.SetDeviceLabel(ctx, sub.Ref, name)
		}
		return p.c.Client.SetHostLabel(ctx, sub.Ref, name)
	}, p.refresh.Now)
}

// toggleIgnore ignores the host, or no longer.
func (p *Page) toggleIgnore() {
	rule, ignored := p.story.filter().String(), p.story.ignored
	other := false // rules ignore it
	p.c.Background(func(ctx context.Context) error {
		if !ignored {
			_, err := p.c.Client.Ignore(ctx, rule)
			return err
		}
		removed, err := p.c.Client.Unignore(ctx, rule)
		other = !removed
		return err
	}, func(err error) {
		switch {
		case err != nil:
			p.c.Fail(lang.L("Ignore a host"), err)
		case other:
			p.c.Tell(lang.L("A rule of the ignore list matches it. The list is on the Hosts page."))
		}
		p.refresh.Now()
	})
}

// write asks for a note.
func (p *Page) write() {
	sub := p.subject
	p.c.AskText(lang.L("Note about {{.Name}}", map[string]any{"Name": p.story.title()}), lang.L("For everyone who uses this LinkLog."), p.story.note, func(ctx context.Context, text string) error {
		if sub.Device {
			return p.c.Client.SetDeviceNote(ctx, sub.Ref, text)
		}
		return p.c.Client.SetHostNote(ctx, sub.Ref, text)
	}, p.refresh.Now)
}
