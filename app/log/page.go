// Package log is the page with the log: the rows, the search and the filter form
// that choose them, and what is known of the one that is selected.
package log

import (
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/feed"
	"linklog/app/log/rows"
	"linklog/app/log/search"
	"linklog/app/log/timeline"
	"linklog/app/log/view"
	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/capture"
	"linklog/filter"
	"linklog/service/client"
)

// Options are the callbacks of the page, which run on Fyne's thread.
type Options struct {
	// Limit is how many events are kept in memory; 0: the usual number.
	Limit int

	// OnFollow is called when following the newest rows began or ended.
	OnFollow func(following bool)

	// OnSaved is called when a filter was saved.
	OnSaved func()

	// OnSearch is called when what is searched for changed.
	OnSearch func()
}

// Page is the page. It belongs to Fyne's thread.
type Page struct {
	c        *ui.Context
	memory   *memory
	query    string // what is searched for
	onSearch func() // see Options

	view    *view.View
	detail  *detail
	form    *filterForm
	field   *searchField
	line    *timeline.Line
	side    *fyne.Container // the filter form, when it is open
	content *fyne.Container
	shown   bool

	banner *widget.Label
	top    *fyne.Container
	span   *rows.View // what happened in a span of time, shown instead of what comes; nil: not

	olderAsked uint64 // Seq before which older events were asked for
	oldest     bool   // there are no older ones
}

var _ ui.Page = (*Page)(nil)

// New returns the page.
func New(c *ui.Context, o Options) *Page {
	p := &Page{c: c, memory: newMemory(o.Limit), onSearch: o.OnSearch}
	p.view = view.New(p.memory.view, view.Options{
		Columns:         view.Columns(c.Services, nil),
		RowHeight:       p.rowHeight(),
		Empty:           lang.L("Waiting for the first message from your router…"),
		OnSelect:        p.selected,
		OnOpen:          func(i int) { p.only(p.event(i)) },
		OnMenu:          p.menu,
		OnCopy:          p.copy,
		OnNearTop:       p.older,
		OnFollow:        o.OnFollow,
		OnLayoutChanged: p.keepColumns,
	})
	var columns view.Layout
	if json.Unmarshal(c.Prefs.Get().Columns, &columns) == nil { // else there are none yet, or of another version
		p.view.SetLayout(columns)
	}
	p.detail = newDetail(p)
	p.form = newFilterForm(p, o.OnSaved)
	p.field = newSearchField(p)
	p.line = newLine(p)
	p.side = container.NewStack(p.form.content)
	p.side.Hide()
	p.banner = widget.NewLabel("")
	p.banner.Truncation = fyne.TextTruncateEllipsis
	p.top = container.NewBorder(nil, nil, nil, ui.NewButton(lang.L("Back to the live log"), p.live), p.banner)
	p.top.Hide()
	terms := p.field.entry.Strip()
	p.content = container.New(&pageLayout{view: p.view, detail: p.detail.content, side: p.side, banner: p.top, terms: terms, line: p.line, showLine: p.showLine}, p.view, p.line, p.detail.content, p.side, p.top, terms)
	terms.OnHeight = p.content.Refresh
	return p
}

// pageLayout puts the detail below the log, the filter beside both, and above the log
// what is said about a span of time and what was understood of the search text.
type pageLayout struct {
	view, detail, side, banner fyne.CanvasObject
	terms                      *search.Strip
	line                       fyne.CanvasObject
	showLine                   func(page fyne.Size) float32
}

// The form beside the log. Where the page is narrow, so is the form, and the detail is below both.
const (
	formWidth  = 300
	formNarrow = 248
	pageNarrow = 640
)

func (l *pageLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	size := l.view.MinSize()
	if l.detail.Visible() {
		size.Height += detailHeight
	}
	return size
}

func (l *pageLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	width, height, top := s.Width, s.Height, float32(0)
	form, narrow := float32(formWidth), s.Width < pageNarrow
	if narrow {
		form = formNarrow
	}
	if l.banner.Visible() {
		top = l.banner.MinSize().Height
		l.banner.Resize(fyne.NewSize(width, top))
	}
	if l.detail.Visible() && narrow {
		height -= detailHeight
		l.detail.Move(fyne.NewPos(0, height))
		l.detail.Resize(fyne.NewSize(width, detailHeight))
	}
	if l.side.Visible() {
		width -= form
		l.side.Move(fyne.NewPos(width, 0))
		l.side.Resize(fyne.NewSize(form, height))
	}
	h := l.terms.HeightFor(width)
	l.terms.Move(fyne.NewPos(0, top))
	l.terms.Resize(fyne.NewSize(width, h))
	top += h
	h = l.showLine(s)
	l.line.Move(fyne.NewPos(0, top))
	l.line.Resize(fyne.NewSize(width, h))
	top += h
	if l.detail.Visible() && !narrow {
		height -= detailHeight
		l.detail.Move(fyne.NewPos(0, height))
		l.detail.Resize(fyne.NewSize(width, detailHeight))
	}
	l.view.Move(fyne.NewPos(0, top))
	l.view.Resize(fyne.NewSize(width, height-top))
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() {
	p.shown = true
	p.view.SetActive(true)
	p.showLine(p.content.Size())
	p.showCount()
}

// Hide implements ui.Page.
func (p *Page) Hide() {
	p.shown = false
	p.view.SetActive(false)
	p.line.SetActive(false)
}

// Take takes what came from the service; it reports whether anything changed.
func (p *Page) Take(b *feed.Batch) (changed bool) {
	if b.Reset {
		p.Clear()
		p.line.Reset()
	}
	for _, n := range b.Names {
		changed = p.memory.store.SetName(n.Addr, n.Name) || changed
	}
	if b.NamesMissed {
		p.askNames()
	}
	p.line.Take(b.Events)
	if len(b.Events) > 0 {
		p.memory.add(b.Events)
		p.showCount()
		changed = true
	}
	if changed {
		p.memory.view.Update()
		p.changed()
	}
	return changed
}

// askNames asks for the names of the hosts that are in the newest rows, after more
// changed than the service remembers.
func (p *Page) askNames() {
	seen := make(map[netip.Addr]bool)
	var addrs []netip.Addr
	for _, ev := range p.memory.latest(5000) {
		for _, a := range []netip.Addr{ev.Src.Addr, ev.Dst.Addr} {
			if a.IsValid() && !seen[a] {
				seen[a] = true
				addrs = append(addrs, a)
			}
		}
	}
	var names map[netip.Addr]string
	p.c.Background(func(ctx context.Context) (err error) {
		names, err = p.c.Client.Names(ctx, addrs)
		return err
	}, func(err error) {
		if err != nil {
			return // the next change of a name comes by itself
		}
		for a, name := range names {
			p.memory.store.SetName(a, name)
		}
		p.memory.view.Update()
		p.changed()
	})
}

// changed updates the view after rows were added, dropped or renamed.
func (p *Page) changed() {
	if p.span == nil {
		p.view.Changed()
	}
}

// Len is the number of events in memory.
func (p *Page) Len() int { return p.memory.store.Len() }

// Latest returns up to n of the newest events that are shown, oldest first.
func (p *Page) Latest(n int) []capture.Event { return p.memory.latest(n) }

// Clear takes all rows from the screen; the history keeps them.
func (p *Page) Clear() {
	p.memory.clear()
	p.changed()
	p.showCount()
}

// Query is what is searched for, without what is wrong in the text.
func (p *Page) Query() string { return p.query }

// Focus moves the keyboard to the rows.
func (p *Page) Focus() { p.c.Window.Canvas().Focus(p.view) }

// Follow shows the newest rows and stays with them.
func (p *Page) Follow() { p.view.Follow() }

// ToggleFilter opens or closes the form beside the log.
func (p *Page) ToggleFilter() {
	if p.side.Visible() {
		p.side.Hide()
	} else {
		p.side.Show()
	}
	p.content.Refresh()
}

// ChoicesChanged brings the page in line with what the user chose elsewhere: how
// close rows are, and whether messages about the router are shown.
func (p *Page) ChoicesChanged() {
	p.view.SetRowHeight(p.rowHeight())
	p.content.Refresh() // the time line may come or go
	_ = p.field.apply() // what is wrong is shown at the field
}

func (p *Page) rowHeight() float32 { return look.DensityNamed(p.c.Prefs.Get().Density).RowHeight() }

// keepColumns remembers the columns as the user has them.
func (p *Page) keepColumns(l view.Layout) {
	text, err := json.Marshal(l)
	if err != nil {
		return // cannot be: names and numbers
	}
	p.c.Prefs.Change(func(c *prefs.Choices) { c.Columns = text })
}

// rows are those that are shown.
func (p *Page) rows() *rows.View {
	if p.span != nil {
		return p.span
	}
	return p.memory.view
}

// search shows what passes a different filter.
func (p *Page) search(f filter.Filter, m *filter.Matcher) {
	query := f.String()
	p.form.show(f)
	p.line.Search(f, p.c.Services)
	if query != p.query {
		p.query = query
		if p.onSearch != nil {
			p.onSearch()
		}
	}
	if !p.c.Prefs.Get().Attempts {
		if query == "" {
			m = nil
		}
	} else if f.Direction == "" {
		f.Direction = "in,out" // only attempts have one
		if only, err := f.Compile(p.c.Services, time.Now()); err == nil {
			m = only
		}
	}
	if p.span != nil {
		p.span = nil
		p.top.Hide()
		p.content.Refresh()
	}
	p.oldest, p.olderAsked = false, 0
	work := p.memory.search(query, m)
	if work == nil {
		p.searched()
		return
	}
	var finish func() bool
	p.c.Background(func(ctx context.Context) (err error) {
		finish, err = work(ctx)
		return err
	}, func(err error) {
		if err == nil && finish() {
			p.searched()
		}
	})
}

func (p *Page) searched() {
	p.view.SetSource(p.memory.view)
	p.view.SetEmpty(lang.L("Nothing matches this filter."))
	if p.Len() == 0 {
		p.view.SetEmpty(lang.L("Waiting for the first message from your router…"))
	}
	p.showCount()
	if p.memory.view.Len() < 100 {
		p.older() // the screen may be half empty
	}
}

// showCount shows in the filter form how many rows match.
func (p *Page) showCount() {
	if p.shown {
		p.form.showCount(p.memory.view.Len(), p.Len())
	}
}

// pageSize is how many older events are asked for at once.
const pageSize = 5000

// older asks for events from before the oldest that is here.
func (p *Page) older() {
	first := p.memory.store.FirstSeq()
	if p.span != nil || p.oldest || first <= 1 || first == p.olderAsked {
		return
	}
	p.olderAsked = first
	var events []capture.Event
	p.c.Background(func(ctx context.Context) error {
		return p.c.Client.Events(ctx, client.Query{Before: first, Limit: pageSize}, func(ev *capture.Event) error {
			events = append(events, *ev)
			return nil
		})
	}, func(err error) {
		if err != nil || p.memory.store.FirstSeq() != first {
			p.olderAsked = 0
			return
		}
		p.oldest = len(events) == 0
		slices.Reverse(events)
		p.memory.older(events)
		p.changed()
	})
}

// event is a row of the view.
func (p *Page) event(i int) capture.Event {
	var ev capture.Event
	p.rows().Event(i, &ev)
	return ev
}

// selected shows what is known of the row with the keyboard focus.
func (p *Page) selected() {
	i := p.view.Current()
	if i < 0 || i >= p.rows().Len() {
		p.detail.clear()
		return
	}
	p.detail.show(p.event(i))
}
