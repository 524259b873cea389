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
	"linklog/app/ui/grid"
	"linklog/app/ui/look"
)

// Options are the callbacks of the page. They may be nil, and run on Fyne's thread.
type Options struct {
	// ShowRange opens the log with what happened from a time on, up to another, that
	// a search text matches.
	ShowRange func(from, to time.Time, filter string)

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
	wish    wish
	refresh *ui.Refresher
	report  report

	content *fyne.Container
	body    *fyne.Container
	below   *widget.Label
	ranges  *ui.Chips
	dirs    *ui.Chips
	wrong   *widget.Label
	looked  *widget.Label
	chart   *overTime
	hosts   *grid.Grid[entry]
	ports   *grid.Grid[entry]
	devices *grid.Grid[entry]
	hollow  fyne.CanvasObject // of the legend: what the router blocked
}

var _ ui.Page = (*Page)(nil)

// New returns the page.
func New(c *ui.Context, o Options) *Page {
	if o.Location == nil {
		o.Location = time.Local
	}
	p := &Page{c: c, o: o, wish: wish{preset: day}}
	p.refresh = ui.NewRefresher(refreshEvery, p.load)
	p.chart = newOverTime(p.open, p.look)
	p.hosts, p.ports, p.devices = p.list(lang.L("Hosts")), p.list(lang.L("Ports")), p.list(lang.L("Your devices"))
	lists := container.New(&columnsLayout{}, p.hosts, p.ports, p.devices)
	p.body = container.NewVBox(
		container.New(layout.NewCustomPaddedLayout(4, 0, 22-theme.InnerPadding(), 22-theme.InnerPadding()), container.NewBorder(nil, nil, nil, p.legend(), p.looked)),
		container.New(layout.NewCustomPaddedLayout(0, 12, 8, 8), p.chart),
		container.New(layout.NewCustomPaddedLayout(0, 12, 12, 12), lists),
	)
	p.content = ui.Border(p.head(), nil, nil, nil, container.NewVScroll(p.body))
	return p
}

func (p *Page) head() fyne.CanvasObject {
	p.below = ui.NewBelow()
	p.wrong = ui.NewWrong()
	p.ranges = ui.NewChips([]string{lang.L("Last hour"), lang.L("24 hours"), lang.L("7 days"), lang.L("30 days"), lang.X("range.all", "All"), lang.L("From … to …")}, p.choose)
	p.ranges.Set(int(day))
	p.dirs = ui.NewChips([]string{lang.L("In and out"), lang.L("In"), lang.L("Out")}, func(i int) {
		p.wish.dir = []string{"", "in", "out"}[i]
		p.reload()
	})
	return container.NewVBox(
		container.New(layout.NewCustomPaddedLayout(16, 0, 22, 22), ui.Title(lang.L("Reports"), p.below)),
		container.New(layout.NewCustomPaddedLayout(4, 4, 12, 12), container.New(layout.NewRowWrapLayoutWithCustomPadding(16, 4), p.ranges, p.dirs)),
		ui.BelowTitle(p.wrong),
	)
}

// list makes one of the lists of the most.
func (p *Page) list(label string) *grid.Grid[entry] {
	if p.looked == nil {
		p.looked = ui.NewBelow()
	}
	open := func(e *entry) {
		if e.query != "" {
			p.c.ShowLog(with(e.query, p.wish.dir))
		}
	}
	return grid.New(grid.Options[entry]{
		Whole: true, Key: func(e *entry) string { return e.key }, OnOpen: open, OnTap: open,
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
			{ID: "count", Label: lang.L("Attempts"), Width: 76, Align: fyne.TextAlignTrailing, Cell: func(c *grid.Cell, e *entry) {
				c.Text(grid.Mono, grid.Plain, ui.Number(e.count))
			}},
			{ID: "blocked", Label: lang.L("Blocked"), Width: 80, Align: fyne.TextAlignTrailing, Has: func(e *entry) bool { return e.allowed+e.blocked > 0 }, Cell: func(c *grid.Cell, e *entry) {
				ink := grid.Plain
				if e.blocked == 0 {
					ink = grid.Muted
				}
				c.Text(grid.Mono, ink, ui.Number(e.blocked))
			}},
		},
	})
}

// legend says what the colours and shapes of the chart mean.
func (p *Page) legend() fyne.CanvasObject {
	item := func(text string, dot *ui.Dot) fyne.CanvasObject {
		l := ui.NewMuted(text)
		l.Wrapping = fyne.TextWrapOff
		return container.New(layout.NewCustomPaddedHBoxLayout(0), container.NewCenter(dot), l)
	}
	blocked := ui.NewDot(func(p *look.Palette) color.NRGBA { return p.Text })
	blocked.Hollow = true
	p.hollow = item(lang.L("blocked"), blocked)
	p.hollow.Hide()
	return container.NewHBox(item(lang.L("in (below)"), ui.NewDot(inbound)), item(lang.L("out (above)"), ui.NewDot(outbound)), p.hollow)
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() { p.refresh.Show() }

// Hide implements ui.Page.
func (p *Page) Hide() { p.refresh.Hide() }

// Changed is called when events or names arrived.
func (p *Page) Changed() {
	if p.wish.preset != own || p.wish.to.After(time.Now()) {
		p.refresh.Changed()
	}
}

// choose is called for the chips of ranges.
func (p *Page) choose(i int) {
	if preset(i) == own {
		p.askRange()
		return
	}
	p.wish.preset = preset(i)
	p.reload()
}

// reload loads what the user asked for, and says so.
func (p *Page) reload() {
	p.below.SetText(lang.L("Counting…"))
	p.refresh.Now()
}

func (p *Page) load(answered func() bool) {
	w, now := p.wish, time.Now().In(p.o.Location)
	if len(p.report.bars) == 0 {
		p.below.SetText(lang.L("Counting…"))
	}
	var r report
	p.c.Background(func(ctx context.Context) (err error) {
		r, err = read(ctx, p.c.Client, w, now)
		return err
	}, func(err error) {
		if !answered() {
			return
		}
		if err != nil {
			p.refresh.Changed() // and try again
			ui.SetWrong(p.wrong, lang.L("The report cannot be created: {{.Error}}", map[string]any{"Error": ui.Cause(err)}), p.content)
			p.below.SetText(" ")
			return
		}
		ui.SetWrong(p.wrong, "", p.content)
		p.show(r)
	})
}

func (p *Page) show(r report) {
	p.report = r
	p.below.SetText(p.summary())
	p.chart.set(r.bars, r.step)
	all := chart.Sum(r.bars)
	ui.SetVisible(p.hollow, all.Blocked() > 0)
	for g, list := range map[*grid.Grid[entry]][]entry{p.hosts: r.hosts, p.ports: r.ports, p.devices: r.devices} {
		g.SetEmpty(lang.L("Nothing in this range."))
		g.SetRows(list)
	}
	p.body.Refresh() // the lists are as high as their rows
}

// summary is the line below the title.
func (p *Page) summary() string {
	all := chart.Sum(p.report.bars)
	values := map[string]any{"In": ui.Number(all.In), "Out": ui.Number(all.Out), "From": stamp(p.report.from), "To": stamp(p.report.to)}
	text := lang.L("{{.In}} attempts in, {{.Out}} out, {{.From}} to {{.To}}.", values)
	switch p.wish.dir {
	case "in":
		text = lang.L("{{.In}} attempts in, {{.From}} to {{.To}}.", values)
	case "out":
		text = lang.L("{{.Out}} attempts out, {{.From}} to {{.To}}.", values)
	}
	if all.Total() == 0 {
		text = lang.L("No attempts, {{.From}} to {{.To}}.", values)
	}
	if said := verdicts(&all); said != "" {
		text += " " + said + "."
	}
	if !p.report.exact {
		text += " " + lang.L("Too many events to count exactly: the lists are estimates.")
	}
	return text
}

// verdicts says what the router did, "" if it does not say so.
func verdicts(c *chart.Counts) string {
	if c.Allowed+c.Blocked() == 0 {
		return ""
	}
	return lang.L("{{.Allowed}} allowed, {{.Blocked}} blocked", map[string]any{"Allowed": ui.Number(c.Allowed), "Blocked": ui.Number(c.Blocked())})
}

// stamp writes day and time.
func stamp(t time.Time) string { return ui.Moment(t, time.Now()) }

// look describes the bar that is looked at.
func (p *Page) look(b *chart.Bar) {
	if b == nil {
		p.looked.SetText(lang.L("Attempts over time"))
		return
	}
	until := b.To.Format("15:04")
	if b.From.Day() != b.To.Day() && p.report.step.OfDays() {
		until = ui.Day(b.To, time.Now())
	}
	from := stamp(b.From)
	if p.report.step.OfDays() {
		from = ui.Day(b.From, time.Now())
	}
	text := lang.L("{{.From}} to {{.To}}: {{.In}} in, {{.Out}} out", map[string]any{"From": from, "To": until, "In": ui.Number(b.In), "Out": ui.Number(b.Out)})
	if said := verdicts(&b.Counts); said != "" {
		text += "; " + said
	}
	p.looked.SetText(text)
}

// open opens the log with what a bar stands for.
func (p *Page) open(b chart.Bar) {
	if p.o.ShowRange != nil {
		p.o.ShowRange(b.From, b.To, with("dir:in,out", p.wish.dir))
	}
}
