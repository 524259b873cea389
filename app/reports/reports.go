// Package reports is the page that sums up: attempts over time, and the hosts, ports
// and devices with most of them.
package reports

import (
	"context"
	"image/color"
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
	"linklog/app/ui/look"
	"linklog/filter"
)

// Options are what else the page needs.
type Options struct {
	// OpenPage shows a file in the browser; it is called in the background. nil: it cannot be done.
	OpenPage func(path string) error

	// Location is where days begin and end; nil: the local one.
	Location *time.Location
}

// refreshEvery is the least time between two loads that no one asked for: the
// service has to read the whole range for each.
const refreshEvery = 15 * time.Second

// Page is the page. It belongs to Fyne's thread.
type Page struct {
	c       *ui.Context
	o       Options
	preset  preset // that the user chose, unless the search text has times
	dir     string // "in", "out" or "" for both, unless the search text has one
	volume  bool   // how much was sent is asked for
	chosen  preset // of the two
	wish    wish   // that the report is of
	refresh *ui.Refresher
	cancel  context.CancelFunc // of the load that runs
	report  report

	content *fyne.Container
	body    *fyne.Container
	below   *widget.Label
	only    *widget.Label // what the search text asks for
	ranges  *ui.Chips
	dirs    *ui.Chips
	amounts *ui.Chips // attempts or volume; shown where flows tell
	wrong   *widget.Label
	printIt *ui.Button
	looked  *widget.Label
	chart   *chart.OverTime
	hosts   *grid.Grid[entry]
	ports   *grid.Grid[entry]
	devices *grid.Grid[entry]
	domains *grid.Grid[entry]
	owners  *grid.Grid[entry]
	places  *grid.Grid[entry] // countries
	uses    *grid.Grid[entry] // categories
	hollow  fyne.CanvasObject // of the legend: what the router blocked
	ways    [2]*widget.Label  // of the legend: in and out
}

var _ ui.Page = (*Page)(nil)

// New returns the page.
func New(c *ui.Context, o Options) *Page {
	if o.Location == nil {
		o.Location = time.Local
	}
	p := &Page{c: c, o: o, preset: day, cancel: func() {}}
	p.refresh = ui.NewRefresher(refreshEvery, p.load)
	p.chart = chart.NewOverTime(p.open, p.choose, p.look)
	p.hosts, p.ports, p.devices = p.list(lang.L("Hosts"), c.OpenHost), p.list(lang.L("Ports"), nil), p.list(lang.L("Your devices"), c.OpenDevice)
	p.domains, p.owners, p.places = p.list(lang.L("Domains"), nil), p.list(lang.L("Owners"), nil), p.list(lang.L("Countries"), nil)
	p.uses = p.list(lang.L("Categories"), nil)
	lists := ui.Lists(p.hosts, p.ports, p.devices, p.domains, p.owners, p.places, p.uses)
	p.body = container.NewVBox(
		container.New(layout.NewCustomPaddedLayout(4, 0, 22-theme.InnerPadding(), 22-theme.InnerPadding()), container.NewBorder(nil, nil, nil, p.legend(), p.looked)),
		container.New(layout.NewCustomPaddedLayout(0, 12, 8, 8), p.chart),
		container.New(layout.NewCustomPaddedLayout(0, 12, 12, 12), lists),
	)
	p.content = ui.Border(p.head(), nil, nil, nil, container.NewVScroll(p.body))
	return p
}

func (p *Page) head() fyne.CanvasObject {
	p.below = ui.NewMuted(" ") // wraps where the page is narrow
	p.only = ui.NewBelow()
	p.wrong = ui.NewWrong()
	p.printIt = ui.NewButton(lang.L("Printable page"), p.print)
	p.printIt.Disable() // there is nothing yet
	p.ranges = ui.NewChips([]string{lang.L("Last hour"), lang.L("24 hours"), lang.L("7 days"), lang.L("30 days"), lang.X("range.all", "All"), lang.L("Custom range")}, p.choosePreset)
	p.ranges.Set(int(day))
	p.dirs = ui.NewChips([]string{lang.L("In and out"), lang.L("In"), lang.L("Out")}, func(i int) {
		p.dir = []string{"", "in", "out"}[i]
		p.reload()
	})
	p.amounts = ui.NewChips([]string{lang.L("Attempts"), lang.L("Volume")}, func(i int) {
		p.volume = i == 1
		p.reload()
	})
	p.amounts.Hide()
	return container.NewVBox(
		container.New(layout.NewCustomPaddedLayout(16, 0, 22, 22), ui.Border(nil, nil, nil, container.NewCenter(p.printIt), ui.Title(lang.L("Reports"), p.below))),
		container.New(layout.NewCustomPaddedLayout(4, 4, 12, 12), container.New(layout.NewRowWrapLayoutWithCustomPadding(16, 4), p.ranges, p.dirs, p.amounts)),
		ui.BelowTitle(p.only),
		ui.BelowTitle(p.wrong),
	)
}

// menu is what can be done with a row; all opens the page of what it stands for, nil: it has none.
func (p *Page) menu(e *entry, open func(*entry), all func(ref string), at fyne.Position) {
	row := *e
	items := []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Show in the log"), func() { open(&row) })}
	items[0].Disabled = row.only == filter.Filter{}
	if all != nil {
		items = append(items, fyne.NewMenuItem(lang.L("All about it"), func() { all(row.key) }))
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), p.c.Window.Canvas(), at)
}

// list makes one of the lists of the most.
func (p *Page) list(label string, all func(ref string)) *grid.Grid[entry] {
	if p.looked == nil {
		p.looked = ui.NewBelow()
	}
	open := func(e *entry) {
		if e.only != (filter.Filter{}) {
			p.c.ShowLog(p.wish.query(e.only, p.now()))
		}
	}
	return grid.New(grid.Options[entry]{
		Do:    p.c.Do,
		Whole: true, Key: func(e *entry) string { return e.key }, OnOpen: open, OnTap: open,
		OnMenu: func(e *entry, at fyne.Position) { p.menu(e, open, all, at) },
		Columns: []grid.Column[entry]{
			{ID: "name", Label: label, Width: 190, MinWidth: 120, Flex: 4, Cell: func(c *grid.Cell, e *entry) {
				if e.name == "" {
					c.Text(grid.Mono, grid.Plain, e.second)
					return
				}
				c.Text(grid.Sans, grid.Plain, e.name)
				c.Second(grid.Mono, grid.Muted, e.second)
			}},
			{ID: "share", Width: 60, MinWidth: 44, Flex: 1, Spare: 1, Cell: func(c *grid.Cell, e *entry) { c.Bar(grid.Share, e.fraction) }},
			sentColumn("up", lang.L("Up"), func(e *entry) uint64 { return e.up }),
			sentColumn("down", lang.L("Down"), func(e *entry) uint64 { return e.down }),
			{ID: "count", Label: lang.L("Attempts"), Width: 76, Align: fyne.TextAlignTrailing, Has: func(e *entry) bool { return !e.volume }, Cell: func(c *grid.Cell, e *entry) {
				c.Text(grid.Mono, grid.Plain, ui.Number(e.count))
			}},
			{ID: "blocked", Label: lang.L("Blocked"), Width: 80, Align: fyne.TextAlignTrailing, Has: func(e *entry) bool { return !e.volume && e.allowed+e.blocked > 0 }, Cell: func(c *grid.Cell, e *entry) {
				ink := grid.Plain
				if e.blocked == 0 {
					ink = grid.Muted
				}
				c.Text(grid.Mono, ink, ui.Number(e.blocked))
			}},
		},
	})
}

// sentColumn is one of how much was sent one way.
func sentColumn(id, label string, sent func(*entry) uint64) grid.Column[entry] {
	return grid.Column[entry]{ID: id, Label: label, Width: 84, Align: fyne.TextAlignTrailing, Has: func(e *entry) bool { return e.volume }, Cell: func(c *grid.Cell, e *entry) {
		ink := grid.Plain
		if sent(e) == 0 {
			ink = grid.Muted
		}
		c.Text(grid.Mono, ink, ui.Volume(sent(e)))
	}}
}

// legend says what the colours and shapes of the chart mean.
func (p *Page) legend() fyne.CanvasObject {
	item := func(text string, dot *ui.Dot) (fyne.CanvasObject, *widget.Label) {
		l := ui.NewMuted(text)
		l.Wrapping = fyne.TextWrapOff
		return container.New(layout.NewCustomPaddedHBoxLayout(0), container.NewCenter(dot), l), l
	}
	blocked := ui.NewDot(func(p *look.Palette) color.NRGBA { return p.Text })
	blocked.Hollow = true
	var in, out fyne.CanvasObject
	in, p.ways[0] = item("", ui.NewDot(inbound))
	out, p.ways[1] = item("", ui.NewDot(outbound))
	p.hollow, _ = item(lang.L("blocked"), blocked)
	p.hollow.Hide()
	p.nameWays()
	return container.NewHBox(in, out, p.hollow)
}

// waysOf are the names of the colours of the chart: of what came in, and what went out.
func waysOf(volume bool) [2]string {
	if volume {
		return [2]string{lang.L("down (below)"), lang.L("up (above)")}
	}
	return [2]string{lang.L("in (below)"), lang.L("out (above)")}
}

func (p *Page) nameWays() {
	for i, name := range waysOf(p.wish.volume) {
		p.ways[i].SetText(name)
	}
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() { p.refresh.Show() }

// Hide implements ui.Page.
func (p *Page) Hide() {
	p.cancel()
	p.refresh.Hide()
}

func (p *Page) now() time.Time { return time.Now().In(p.o.Location) }

// Searched is called when the search text on top changed.
func (p *Page) Searched() { p.reload() }

// Changed is called when events or names arrived.
func (p *Page) Changed() {
	if !p.wish.past(time.Now()) {
		p.refresh.Changed()
	}
}

// choosePreset is called for the chips of ranges. A preset takes the place of the times that the
// search text has.
func (p *Page) choosePreset(i int) {
	if preset(i) == own {
		p.askRange()
		return
	}
	p.preset = preset(i)
	p.setRange(time.Time{}, time.Time{})
}

// choose takes a range that was selected in the chart.
func (p *Page) choose(from, to time.Time) {
	since, until := p.within(from, to)
	p.setRange(since, until)
}

// setRange makes a range a part of the search text on top, where the other pages have it, too.
func (p *Page) setRange(since, until time.Time) {
	p.c.SetSearch(date.Within(p.c.Search(), since, until, p.now()))
	p.reload()
}

// within is the part of a range that is within that of the report.
func (p *Page) within(from, to time.Time) (since, until time.Time) {
	if from.Before(p.report.from) {
		from = p.report.from
	}
	if p.wish.past(time.Now()) && to.After(p.report.to) {
		to = p.report.to
	}
	return from, to
}

// reload loads what the user asked for, and says so.
func (p *Page) reload() {
	p.below.SetText(lang.L("Counting…"))
	p.refresh.Now()
}

func (p *Page) load(answered func(error) bool) {
	p.cancel()
	now := p.now()
	w, err := newWish(p.c.Search(), p.preset, p.dir, p.c.Services, now)
	if err != nil {
		answered(nil) // it would be the same again
		p.fail(err)
		return
	}
	w.volume = p.volume
	p.asked(w)
	if len(p.report.bars) == 0 {
		p.below.SetText(lang.L("Counting…"))
	}
	stopped, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	var r report
	p.c.While(stopped, func(ctx context.Context) (err error) {
		r, err = read(ctx, p.c.Client, w, now)
		return err
	}, func(err error) {
		cancel()
		if !answered(err) {
			return
		}
		if err != nil {
			p.fail(err)
			return
		}
		ui.SetWrong(p.wrong, "", p.content)
		p.wish = w
		p.show(r)
	})
}

func (p *Page) fail(err error) {
	ui.SetWrong(p.wrong, lang.L("The report cannot be created: {{.Error}}", map[string]any{"Error": ui.Cause(err)}), p.content)
	p.below.SetText(" ")
}

// asked shows what of the search text counts.
func (p *Page) asked(w wish) {
	p.chosen = w.preset
	p.ranges.Set(int(w.preset))
	ui.SetVisible(p.dirs, w.filter.Direction == "in,out" || w.filter.Direction == p.dir)
	ui.SetText(p.only, p.matching(w))
	if visible := w.matching != ""; visible != p.only.Visible() {
		ui.SetVisible(p.only, visible)
		p.content.Refresh()
	}
}

// matching says what the report is limited to, "" if to nothing.
func (p *Page) matching(w wish) string {
	if w.matching == "" {
		return ""
	}
	return lang.L("Only what matches: {{.Filter}}", map[string]any{"Filter": w.matching})
}

func (p *Page) show(r report) {
	p.report = r
	p.printIt.Enable()
	p.below.SetText(p.summary())
	p.chart.Set(r.drawn(), r.step)
	all := chart.Sum(r.bars)
	ui.SetVisible(p.hollow, !r.volume && all.Blocked() > 0)
	if known := p.volume || all.Measured > 0; known != p.amounts.Visible() {
		ui.SetVisible(p.amounts, known)
		p.content.Refresh() // there is less room below
	}
	p.nameWays()
	empty := lang.L("Nothing in this period.")
	if all.Total() > 0 { // but not of every attempt it is known
		empty = lang.L("None known.")
	}
	for g, list := range map[*grid.Grid[entry]][]entry{p.hosts: r.hosts, p.ports: r.ports, p.devices: r.devices, p.domains: r.domains, p.owners: r.owners, p.places: r.places, p.uses: r.uses} {
		g.SetEmpty(empty)
		g.SetRows(list)
	}
	p.body.Refresh() // the lists are as high as their rows
}

// summary is the line below the title.
func (p *Page) summary() string {
	all := chart.Sum(p.report.bars)
	if p.wish.volume {
		return p.sent(&all)
	}
	values := map[string]any{"Span": p.span(), "In": ui.Number(all.In), "Out": ui.Number(all.Out)}
	text := lang.L("Attempts, {{.Span}}: {{.In}} in, {{.Out}} out", values)
	switch p.wish.filter.Direction {
	case "in":
		text = lang.L("Attempts, {{.Span}}: {{.In}} in", values)
	case "out":
		text = lang.L("Attempts, {{.Span}}: {{.Out}} out", values)
	}
	if all.Total() == 0 {
		text = lang.L("No attempts, {{.Span}}", values)
	}
	if said := chart.Verdicts(&all); said != "" {
		text += "; " + said
	}
	text += "."
	if !p.report.exact {
		text += " " + lang.L("Too many events to count exactly: the lists are estimates.")
	}
	return text
}

// sent is the line below the title where it is about how much was sent.
func (p *Page) sent(all *chart.Counts) string {
	text := lang.L("How much was sent is not known, {{.Span}}.", map[string]any{"Span": p.span()})
	if all.Measured > 0 {
		text = lang.L("Sent, {{.Span}}: {{.Up}} up, {{.Down}} down, in {{.Count}} attempts. Of others it is not known.",
			map[string]any{"Span": p.span(), "Up": ui.Volume(all.Up), "Down": ui.Volume(all.Down), "Count": ui.Number(all.Measured)})
	}
	if !p.report.exact {
		text += " " + lang.L("Too many events to count exactly: the lists are estimates.")
	}
	return text
}

// span is from when to when the report is.
func (p *Page) span() string {
	return chart.Span(p.report.from, p.report.to, p.report.step, p.now())
}

// look describes the bar that is looked at.
func (p *Page) look(b *chart.Bar) {
	if b == nil {
		over := lang.L("Attempts over time")
		if p.wish.volume {
			over = lang.L("How much was sent over time")
		}
		p.looked.SetText(over)
		return
	}
	p.looked.SetText(chart.Reading(b, p.report.step, p.now()))
}

// open opens the log with what a bar stands for.
func (p *Page) open(b chart.Bar) {
	w := p.wish
	w.preset = own
	w.from, w.to = p.within(b.From, b.To)
	p.c.ShowLog(w.query(filter.Filter{}, p.now()))
}
