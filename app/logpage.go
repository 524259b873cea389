package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/log/rows"
	"linklog/app/log/search"
	"linklog/app/log/view"
	"linklog/app/ui"
	"linklog/capture"
	"linklog/filter"
	"linklog/format"
	"linklog/service/client"
)

// logPage is the page with the log: the rows, what is known of the one that is
// chosen, and the filter beside them.
type logPage struct {
	app     *App
	view    *view.View
	detail  *detail
	form    *filterPanel
	side    *fyne.Container // the filter form, when it is open
	content fyne.CanvasObject

	banner *widget.Label
	back   *widget.Button
	top    *fyne.Container
	span   *rows.View // what happened in a span of time, shown instead of what comes; nil: not

	olderAsked uint64 // Seq before which older events were asked for
	oldest     bool   // there are no older ones
}

func newLogPage(x *App) *logPage {
	p := &logPage{app: x}
	p.view = view.New(x.model.view, view.Options{
		Columns:         view.Columns(x.services, nil),
		RowHeight:       x.prefs.density().RowHeight(),
		Empty:           lang.L("Waiting for the first message from your router…"),
		OnSelect:        p.selected,
		OnOpen:          func(i int) { p.only(p.event(i)) },
		OnMenu:          p.menu,
		OnCopy:          p.copy,
		OnNearTop:       p.older,
		OnLayoutChanged: x.prefs.setColumns,
	})
	p.view.SetLayout(x.prefs.columns())
	p.detail = newDetail(x)
	p.form = newFilterPanel(x)
	p.side = container.NewStack(p.form.content)
	p.side.Hide()
	p.banner = widget.NewLabel("")
	p.banner.Truncation = fyne.TextTruncateEllipsis
	p.back = widget.NewButton(lang.L("Back to live"), p.live)
	p.top = container.NewBorder(nil, nil, nil, p.back, p.banner)
	p.top.Hide()
	p.content = container.New(logLayout{}, p.view, p.detail.content, p.side, p.top)
	return p
}

// logLayout puts the detail below the log and the filter beside both.
type logLayout struct{}

const filterWidth = 300

func (logLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	size := o[0].MinSize()
	if o[1].Visible() {
		size.Height += detailHeight
	}
	return size
}

func (logLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	width, height, top := s.Width, s.Height, float32(0)
	if o[3].Visible() {
		top = o[3].MinSize().Height
		o[3].Resize(fyne.NewSize(width, top))
	}
	if o[2].Visible() {
		width -= filterWidth
		o[2].Move(fyne.NewPos(width, 0))
		o[2].Resize(fyne.NewSize(filterWidth, s.Height))
	}
	if len(o) > 4 { // what was understood of the search text
		terms := o[4].(*search.Strip)
		h := terms.HeightFor(width)
		terms.Move(fyne.NewPos(0, top))
		terms.Resize(fyne.NewSize(width, h))
		top += h
	}
	if o[1].Visible() {
		height -= detailHeight
		o[1].Move(fyne.NewPos(0, height))
		o[1].Resize(fyne.NewSize(width, detailHeight))
	}
	o[0].Move(fyne.NewPos(0, top))
	o[0].Resize(fyne.NewSize(width, height-top))
}

// showTerms puts the terms of the search text above the log.
func (p *logPage) showTerms(terms *search.Strip) {
	terms.OnHeight = p.content.Refresh
	p.content.(*fyne.Container).Add(terms)
}

// Content is for the shell.
func (p *logPage) Content() fyne.CanvasObject { return p.content }

// Show is for the shell.
func (p *logPage) Show() { p.view.SetActive(true) }

// Hide is for the shell.
func (p *logPage) Hide() { p.view.SetActive(false) }

// changed tells that rows were added, dropped or renamed.
func (p *logPage) changed() {
	if p.span == nil {
		p.view.ChangedNow()
	}
}

// rows are those that are shown.
func (p *logPage) rows() *rows.View {
	if p.span != nil {
		return p.span
	}
	return p.app.model.view
}

// maxSpan bounds how many events of a span of time are shown.
const maxSpan = 200_000

// showRange shows what happened in a span of time, instead of what comes.
func (p *logPage) showRange(from, to time.Time, query string) {
	store := rows.New(0)
	p.app.background(func(ctx context.Context) error {
		var batch []capture.Event
		err := p.app.feed.Client().Events(ctx, client.Query{Filter: query, Since: from, Until: to, Limit: maxSpan}, func(ev *capture.Event) error {
			batch = append(batch, *ev)
			return nil
		})
		slices.Reverse(batch)
		store.Append(batch)
		return err
	}, func(err error) {
		if err != nil {
			p.app.fail(lang.L("The history could not be read"), err)
			return
		}
		p.span, _ = store.Select(context.Background(), nil)
		p.span.Update()
		const layout = "2 Jan 2006 15:04"
		p.banner.SetText(lang.L("{{.Count}} events from {{.From}} to {{.To}} {{.Filter}}", map[string]any{
			"Count": ui.Number(uint64(p.span.Len())), "From": from.Local().Format(layout), "To": to.Local().Format(layout), "Filter": query,
		}))
		p.top.Show()
		p.view.SetSource(p.span)
		p.content.Refresh()
	})
}

// live goes back to what comes.
func (p *logPage) live() {
	if p.span == nil {
		return
	}
	p.span = nil
	p.top.Hide()
	p.searched()
	p.view.Follow()
	p.content.Refresh()
}

// search shows what passes another filter.
func (p *logPage) search(f filter.Filter, m *filter.Matcher) {
	query := f.String()
	p.form.show(f)
	if !p.app.prefs.get().Attempts {
		if query == "" {
			m = nil
		}
	} else if f.Direction == "" {
		f.Direction = "in,out" // only attempts have one
		if only, err := f.Compile(p.app.services); err == nil {
			m = only
		}
	}
	if p.span != nil {
		p.span = nil
		p.top.Hide()
		p.content.Refresh()
	}
	p.oldest, p.olderAsked = false, 0
	work := p.app.model.search(query, m)
	if work == nil {
		p.searched()
		return
	}
	var finish func() bool
	p.app.background(func(ctx context.Context) (err error) {
		finish, err = work(ctx)
		return err
	}, func(err error) {
		if err == nil && finish() {
			p.searched()
		}
	})
}

func (p *logPage) searched() {
	p.view.SetSource(p.app.model.view)
	p.view.SetEmpty(lang.L("Nothing matches this filter."))
	if p.app.model.store.Len() == 0 {
		p.view.SetEmpty(lang.L("Waiting for the first message from your router…"))
	}
	p.app.shell.showCounts()
	if p.app.model.view.Len() < 100 {
		p.older() // the screen may be half empty
	}
}

// pageSize is how many older events are asked for at once.
const pageSize = 5000

// older asks for events from before the oldest that is here.
func (p *logPage) older() {
	first := p.app.model.store.FirstSeq()
	if p.span != nil || p.oldest || first <= 1 || first == p.olderAsked {
		return
	}
	p.olderAsked = first
	var events []capture.Event
	p.app.background(func(ctx context.Context) error {
		return p.app.feed.Client().Events(ctx, client.Query{Before: first, Limit: pageSize}, func(ev *capture.Event) error {
			events = append(events, *ev)
			return nil
		})
	}, func(err error) {
		if err != nil || p.app.model.store.FirstSeq() != first {
			p.olderAsked = 0
			return
		}
		p.oldest = len(events) == 0
		slices.Reverse(events)
		p.app.model.older(events)
		p.changed()
	})
}

// event is a row of the view.
func (p *logPage) event(i int) capture.Event {
	var ev capture.Event
	p.rows().Event(i, &ev)
	return ev
}

// selected shows what is known of the row of the keyboard.
func (p *logPage) selected() {
	i := p.view.Current()
	if i < 0 || i >= p.rows().Len() {
		p.detail.clear()
		return
	}
	p.detail.show(p.event(i))
}

// copy puts the selected rows on the clipboard, as the template has them.
func (p *logPage) copy() {
	line := p.app.liner()
	var b []byte
	n := 0
	for i := range p.view.Selected {
		ev := p.event(i)
		b = append(line(b, &ev), '\n')
		if n++; len(b) > maxClipboard {
			break
		}
	}
	if n == 0 {
		return
	}
	if n == 1 {
		b = b[:len(b)-1]
	}
	p.app.fyne.Clipboard().SetContent(string(b))
	p.app.tell(lang.N("One line copied", n, map[string]any{"Count": n}))
}

// maxClipboard bounds what is copied, in bytes.
const maxClipboard = 16 << 20

// liner makes lines by the user's template.
func (x *App) liner() func([]byte, *capture.Event) []byte {
	options := format.Options{Services: x.services}
	template, err := format.Compile(x.prefs.template())
	if err != nil { // of a newer version: the usual one is better than none
		template, err = format.Compile(format.Default)
	}
	system, err2 := format.Compile(format.SystemDefault)
	if err != nil || err2 != nil {
		return func(b []byte, _ *capture.Event) []byte { return b } // cannot be: both are constants that are tested
	}
	traffic, other := format.NewFormatter(template, options), format.NewFormatter(system, options)
	return func(b []byte, ev *capture.Event) []byte {
		if ev.Kind == capture.Traffic || template.ShowsSystem() {
			return traffic.Append(b, ev)
		}
		return other.Append(b, ev)
	}
}

// remote is the end of an attempt that is outside, and device the one at home.
func ends(ev *capture.Event) (remote, device *capture.Endpoint) {
	if ev.Dir == capture.In {
		return &ev.Src, &ev.Dst
	}
	return &ev.Dst, &ev.Src
}

// term is a term of the search text for an end: by its address, or its name if it
// has no other.
func term(end *capture.Endpoint) string {
	if end.Addr.IsValid() {
		return "ip:" + end.Addr.String()
	}
	return "host:" + quoted(end.Name)
}

func quoted(s string) string {
	if strings.ContainsAny(s, " ,\"") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}

// only shows the attempts of a row's host.
func (p *logPage) only(ev capture.Event) {
	if ev.Kind == capture.Traffic {
		remote, _ := ends(&ev)
		p.app.showLog(term(remote))
	}
}

// also adds a term to the filter that is shown.
func (p *logPage) also(term string) {
	p.app.showLog(strings.TrimSpace(p.app.model.query + " " + term))
}

// menu is what can be done with a row.
func (p *logPage) menu(i int, at fyne.Position) {
	ev := p.event(i)
	n := p.view.SelectedLen()
	items := []*fyne.MenuItem{fyne.NewMenuItem(lang.N("Copy line", n, map[string]any{"Count": n}), p.copy)}
	if ev.Kind == capture.Traffic {
		remote, device := ends(&ev)
		items = append(items,
			fyne.NewMenuItem(lang.L("Copy address"), func() {
				p.app.fyne.Clipboard().SetContent(nameOf(&capture.Endpoint{Addr: remote.Addr, Name: remote.Name}, true))
			}),
			fyne.NewMenuItemSeparator(),
			fyne.NewMenuItem(lang.L("Only {{.Name}}", named(remote)), func() { p.also(term(remote)) }),
			fyne.NewMenuItem(lang.L("Not {{.Name}}", named(remote)), func() { p.also("!" + term(remote)) }),
			fyne.NewMenuItem(lang.L("Only {{.Name}}", named(device)), func() { p.also(term(device)) }),
			fyne.NewMenuItem(lang.L("Only port {{.Port}}", map[string]any{"Port": ev.Dst.Port}), func() { p.also(fmt.Sprintf("dport:%d", ev.Dst.Port)) }),
			fyne.NewMenuItemSeparator(),
			fyne.NewMenuItem(lang.L("Name {{.Name}}…", named(device)), func() { p.app.nameDevice(device) }),
			fyne.NewMenuItem(lang.L("Name {{.Name}}…", named(remote)), func() { p.app.nameHost(remote) }),
			fyne.NewMenuItem(lang.L("Ignore {{.Name}}", named(remote)), func() { p.app.ignoreHost(remote) }),
		)
		if remote.Addr.IsValid() {
			items = append(items, fyne.NewMenuItem(lang.L("Who is {{.Name}}? (in the browser)", map[string]any{"Name": remote.Addr.String()}), func() { p.app.whois(remote.Addr) }))
		}
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), p.app.window.Canvas(), at)
}

// named is the name of an end for a text.
func named(end *capture.Endpoint) map[string]any { return map[string]any{"Name": nameOf(end, false)} }

// nameOf is the name of an end, or its address.
func nameOf(end *capture.Endpoint, address bool) string {
	if end.Addr.IsValid() && (address || end.Name == "") {
		return end.Addr.String()
	}
	return end.Name
}

var _ ui.Page = (*logPage)(nil)
