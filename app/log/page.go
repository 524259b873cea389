// Package log is the page with the log: the rows, the search and the filter form
// that choose them, and what is known of the one that is selected.
package log

import (
	"context"
	"encoding/json"
	"net/netip"
	"sort"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"linklog/app/feed"
	"linklog/app/log/past"
	"linklog/app/log/rows"
	"linklog/app/log/search"
	"linklog/app/log/timeline"
	"linklog/app/log/view"
	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/capture"
	"linklog/filter"
	"linklog/service/api"
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

	// OnImport is called when old logs are to be imported.
	OnImport func()

	// OnSearch is called when what is searched for changed.
	OnSearch func()
}

// Page is the page. It belongs to Fyne's thread.
type Page struct {
	c        *ui.Context
	memory   *memory
	onSearch func() // see Options

	view    *view.View
	old     *ui.Button // imports old logs, while nothing was ever received
	detail  *detail
	form    *filterForm
	field   *searchField
	line    *timeline.Line
	side    *fyne.Container // the filter form, when it is open
	content *fyne.Container
	shown   bool

	tally     *tally
	history   *history
	state     feed.State
	status    api.Status // as it was when the history was asked last
	asked     time.Time  // when that was
	came      int        // events that came since
	filter    filter.Filter
	matcher   *filter.Matcher
	asks      filter.Filter // what is asked of the history
	find      *find
	sorted    *sorted            // what is shown, in another order than that of time; nil: it is not
	sorting   context.CancelFunc // of the work for it; nil: there is none
	unsorted  readAt
	groups    *groups // of the rows that are shown; nil: repeats are rows
	bookmarks bookmarks
	place     *place // to come back to; nil: none
	placing   bool   // that is being done
	awaited   bool   // the row with the keyboard focus is not here yet
}

var _ ui.Page = (*Page)(nil)

// New returns the page.
func New(c *ui.Context, o Options) *Page {
	p := &Page{c: c, memory: newMemory(o.Limit), onSearch: o.OnSearch}
	p.bookmarks.page = p
	p.view = view.New(p.memory.shown, view.Options{
		Columns:   view.Columns(c.Services, nil),
		RowHeight: p.rowHeight(),
		Do:        c.Do,
		OnSelect:  p.selected,
		OnOpen: func(i int) {
			if ev, here := p.event(i); here {
				p.only(ev)
			}
		},
		OnMenu:          p.menu,
		OnCopy:          p.copy,
		OnFind:          p.Find,
		Menu:            func() []*fyne.MenuItem { return []*fyne.MenuItem{p.groupItem()} },
		OnSort:          p.sort,
		Group:           p.group,
		OnGroup:         p.openGroup,
		Marked:          p.bookmarks.has,
		OnSight:         p.sight,
		OnMove:          p.moved,
		OnFollow:        o.OnFollow,
		OnLayoutChanged: p.keepColumns,
	})
	var columns view.Layout
	if c.Prefs.Get().Grouped {
		p.view.SetGroups(true)
	}
	if json.Unmarshal(c.Prefs.Get().Columns, &columns) == nil { // else there are none yet, or of another version
		p.view.SetLayout(columns)
	}
	p.detail = newDetail(p)
	p.form = newFilterForm(p, o.OnSaved)
	p.field = newSearchField(p)
	p.line = newLine(p)
	p.side = container.NewStack(p.form.content)
	p.side.Hide()
	p.tally = newTally(p.earlier)
	p.history = newHistory(p, p.memory.shown.past, client.Query{All: true}, p.historyChanged)
	p.find = newFind(p)
	terms := p.field.entry.Strip()
	p.old = ui.NewButton(lang.L("Import old logs…"), o.OnImport)
	p.old.Hide()
	p.content = container.New(&pageLayout{view: p.view, old: p.old, detail: p.detail.content, side: p.side, tally: p.tally.content, terms: terms, line: p.line, showLine: p.showLine, find: p.find.content}, p.find.content, p.view, p.line, p.detail.content, p.side, p.tally.content, terms, p.old)
	terms.OnHeight = p.content.Refresh
	p.showEmpty()
	return p
}

// pageLayout puts above the log what was understood of the search text, below it how much
// that is and the detail, and the filter beside all.
type pageLayout struct {
	view, detail, side, tally fyne.CanvasObject
	old                       fyne.CanvasObject // below what the view says while it is empty
	terms                     *search.Strip
	find                      fyne.CanvasObject // while something is looked for
	line                      fyne.CanvasObject
	showLine                  func(page fyne.Size) float32
}

// The form beside the log. Where the page is narrow, so is the form, and the detail is below both.
const (
	formWidth  = 300
	formNarrow = 248
	pageNarrow = 640
)

func (l *pageLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	size := l.view.MinSize()
	size.Height += l.tally.MinSize().Height
	if l.detail.Visible() {
		size.Height += detailHeight
	}
	if l.find.Visible() {
		size.Height += l.find.MinSize().Height
	}
	return size
}

func (l *pageLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	width, height := s.Width, s.Height
	form, narrow := float32(formWidth), s.Width < pageNarrow
	if narrow {
		form = formNarrow
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
	top := l.terms.HeightFor(width)
	l.terms.Resize(fyne.NewSize(width, top))
	h := l.showLine(s)
	l.line.Move(fyne.NewPos(0, top))
	l.line.Resize(fyne.NewSize(width, h))
	top += h
	if l.find.Visible() {
		h = l.find.MinSize().Height
		l.find.Move(fyne.NewPos(0, top))
		l.find.Resize(fyne.NewSize(width, h))
		top += h
	}
	if l.detail.Visible() && !narrow {
		height -= detailHeight
		l.detail.Move(fyne.NewPos(0, height))
		l.detail.Resize(fyne.NewSize(width, detailHeight))
	}
	below := l.tally.MinSize().Height
	height -= below
	l.tally.Move(fyne.NewPos(0, height))
	l.tally.Resize(fyne.NewSize(width, below))
	l.view.Move(fyne.NewPos(0, top))
	l.view.Resize(fyne.NewSize(width, height-top))
	size := l.old.MinSize()
	l.old.Resize(size)
	l.old.Move(fyne.NewPos((width-size.Width)/2, top+(height-top)*2/5+40)) // below the words, which are at two fifths
}

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Show implements ui.Page.
func (p *Page) Show() {
	p.shown = true
	p.view.SetActive(true)
	p.showLine(p.content.Size())
	p.refresh()
	p.showCount()
}

// Hide implements ui.Page.
func (p *Page) Hide() {
	p.shown = false
	p.view.SetActive(false)
	p.line.SetActive(false)
	p.history.stop()
	p.find.stop()
}

// refresh asks what the history has, which can have changed.
func (p *Page) refresh() {
	if p.state.Hello.ID == "" || !p.shown {
		return
	}
	var status api.Status
	var forgetting api.Forgetting
	p.c.Background(func(ctx context.Context) (err error) {
		if status, err = p.c.Client.Status(ctx); err == nil {
			forgetting, err = p.c.Client.Forgetting(ctx)
		}
		return err
	}, func(err error) {
		if err != nil || !p.shown {
			return // the state of the connection says it
		}
		before := p.status
		p.status, p.asked, p.came = status, time.Now(), p.memory.after(status.Last)
		p.bookmarks.check(forgetting.Ended)
		switch {
		case before.Imported.Events != status.Imported.Events || before.Imported.Until != status.Imported.Until, removed(&before) != removed(&status):
			p.again()
			p.line.Again()
		default:
			p.history.start()
			p.historyChanged()
		}
	})
}

// Imported is called when events were imported, or removed again.
func (p *Page) Imported() { p.refresh() }

// Forgotten is called when something was removed from the history on request: it may be in memory.
func (p *Page) Forgotten() {
	p.line.Reset()
	p.memory.clear()
	p.again()
	p.refresh()
}

// removed is how much was removed from the history.
func removed(s *api.Status) int64 {
	if s.History.Removed == nil {
		return 0
	}
	return s.History.Removed.Events
}

// Take takes what came from the service; it reports whether anything changed.
func (p *Page) Take(b *feed.Batch) (changed bool) {
	if b.State != nil {
		before := p.state
		if p.state = *b.State; before.Connection != p.state.Connection || before.Hello.ID != p.state.Hello.ID {
			p.refresh()
		}
		if before.Hello.ID != p.state.Hello.ID {
			p.bookmarks.load()
			changed = true
		}
	}
	if b.Reset {
		p.line.Reset()
		p.memory.clear()
		p.again()
	}
	empty := p.Len() == 0
	events := b.Events
	for i, n := range b.Names { // each in its place among the events
		if before := len(b.Events) - len(events); n.After > before {
			some := min(n.After, len(b.Events)) - before
			p.memory.add(events[:some])
			events = events[some:]
		}
		changed = p.setName(&b.Names[i]) || changed
	}
	if len(events) > 0 {
		p.memory.add(events)
	}
	changed = p.renamed(b.Names) || changed
	if b.NamesMissed {
		p.askNames()
	}
	p.line.Take(b.Events)
	if len(b.Events) > 0 {
		p.came += len(b.Events) - sort.Search(len(b.Events), func(i int) bool { return b.Events[i].Seq > p.status.Last })
		if past := p.memory.shown.past; past != nil && (empty || past.Full()) {
			p.again() // the history ends where memory begins
		}
		changed = true
	}
	if changed {
		p.memory.update()
		if p.groups != nil {
			p.groups.grow()
		}
		p.view.Changed()
	}
	if changed || b.State != nil || b.Reset {
		p.showCount()
		p.find.showCount()
	}
	return changed
}

// setName gives the events in memory a name that changed, and reports whether one did.
func (p *Page) setName(n *feed.NewName) (changed bool) {
	return p.memory.store.SetName(rows.Owner{Addr: n.Addr, MAC: n.MAC}, n.Unknown, n.Name)
}

// renamed takes names that changed in memory, and reports whether another row did.
func (p *Page) renamed(list []feed.NewName) (changed bool) {
	if len(list) == 0 {
		return false
	}
	names := make(map[rows.Owner]string, len(list))
	for _, n := range list {
		who := rows.Owner{Addr: n.Addr, MAC: n.MAC}
		if s := p.sorted; s != nil {
			changed = s.store.SetName(who, n.Unknown, n.Name) || changed
		}
		names[who] = n.Name
		if n.Unknown {
			names[rows.Owner{Addr: n.Addr}] = n.Name
		}
	}
	p.groupAgain()
	p.find.rename(names)
	return p.history.past.Rename(names) || changed
}

// askNames asks for the names of the hosts and devices that are in the newest rows, after more
// changed than the service remembers.
func (p *Page) askNames() {
	owners := make(map[rows.Owner]bool)
	var addrs []netip.Addr
	known := false // the hardware address of a device
	for _, ev := range p.memory.latest(5000) {
		for _, e := range []*capture.Endpoint{&ev.Src, &ev.Dst} {
			who := rows.Owner{Addr: e.Addr, MAC: e.MAC}
			if !e.Addr.IsValid() || owners[who] {
				continue
			}
			owners[who] = true
			if e.MAC != (capture.MAC{}) {
				known = true
			} else {
				addrs = append(addrs, e.Addr)
			}
		}
	}
	var names map[netip.Addr]string
	var devices []api.Device
	p.c.Background(func(ctx context.Context) (err error) {
		if names, err = p.c.Client.Names(ctx, addrs); err == nil && known {
			devices, err = p.c.Client.Devices(ctx)
		}
		return err
	}, func(err error) {
		if err != nil {
			return // the next change of a name comes by itself
		}
		called := make(map[string]string, len(devices))
		for i := range devices {
			called[devices[i].MAC] = devices[i].Name
		}
		var list []feed.NewName
		for who := range owners {
			name, is := names[who.Addr]
			if who.MAC != (capture.MAC{}) {
				name, is = called[who.MAC.String()] // whatever address it has now
			}
			if is {
				list = append(list, feed.NewName{Addr: who.Addr, MAC: who.MAC, Name: name})
			}
		}
		for i := range list {
			p.setName(&list[i])
		}
		p.renamed(list)
		p.history.past.Forget()
		p.find.rename(nil)
		p.memory.update()
		p.view.Changed()
	})
}

// Len is the number of events in memory.
func (p *Page) Len() int { return p.memory.store.Len() }

// Latest returns up to n of the newest events that are shown, oldest first.
func (p *Page) Latest(n int) []capture.Event { return p.memory.latest(n) }

// Clear takes all rows from the screen; the history keeps them.
func (p *Page) Clear() {
	p.memory.clear()
	p.memory.cleared = true
	p.again()
}

// earlier shows again what Clear took from the screen.
func (p *Page) earlier() {
	p.memory.cleared = false
	p.again()
}

// Query is what is searched for, without what is wrong in the text.
func (p *Page) Query() string { return p.memory.query }

// Focus moves the keyboard to the rows.
func (p *Page) Focus() { p.c.Window.Canvas().Focus(p.view) }

// Follow shows the newest rows and stays with them.
func (p *Page) Follow() {
	p.sort(view.Sort{})
	p.view.Follow()
}

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

// search shows what passes a different filter.
func (p *Page) search(f filter.Filter, m *filter.Matcher) {
	p.form.show(f)
	p.line.Search(f, p.c.Services)
	before := p.memory.query
	p.filter, p.matcher, p.memory.cleared = f, m, false
	p.again()
	if p.onSearch != nil && p.memory.query != before {
		p.onSearch()
	}
	if time.Since(p.asked) > refreshAfter {
		p.refresh()
	}
}

// refreshAfter is how old may be what is known of how much there is.
const refreshAfter = time.Minute

// again searches for what passes the filter: it is a different one, or there may be other events.
func (p *Page) again() {
	now := time.Now()
	f, m := p.filter, p.matcher
	query := f.String()
	if !p.c.Prefs.Get().Attempts {
		if query == "" {
			m = nil
		}
	} else if f.Direction == "" {
		f.Direction = "in,out" // only attempts have one
		if only, err := f.Compile(p.c.Services, now); err == nil {
			m = only
		}
	}
	p.keepPlace()
	p.history.stop()
	boundary := p.memory.boundary(p.status.Imported.Until)
	before := past.New(boundary, p.memory.generation+1)
	if exact, err := f.At(now); err == nil {
		f = exact
	}
	p.asks = f
	p.history = newHistory(p, before, client.Query{Filter: f.String(), Before: p.memory.store.Seq(boundary), All: true}, p.historyChanged)
	if p.memory.cleared {
		before = nil
	}
	work := p.memory.search(query, m, before)
	if before != nil && p.shown && p.state.Hello.ID != "" {
		p.history.start()
	}
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

// searched shows what is in memory, before more is found.
func (p *Page) searched() {
	s := p.memory.shown
	if p.sorted == nil {
		p.setSource()
	}
	p.showCount()
	p.history.eager = s.front.Len()-s.skip() < past.PageRows // else the screen is full as it is
	p.find.again()
	p.sortAgain()
}

// sight gets rows that are in sight and not in memory.
func (p *Page) sight(first, last int) {
	if p.sorted != nil {
		return // all is here
	}
	if g := p.groups; g != nil {
		changed := g.look(first, last)
		if changed {
			p.c.Do(p.view.Changed) // it is drawing now
		}
		first, last = g.needs(first, last)
	}
	if s := p.memory.shown; s.past != nil && s.past == p.history.past && p.shown && first-past.PageRows < s.before() {
		p.history.sight(first, last)
	}
}

// historyChanged shows what came from the history.
func (p *Page) historyChanged() {
	if p.memory.shown.past != p.history.past {
		return // what is in memory is not searched yet, or the history is not shown
	}
	p.backToPlace()
	p.find.step()
	p.view.Changed()
	p.showCount()
	if p.awaited {
		p.selected()
	}
}

// showCount shows how many rows match.
func (p *Page) showCount() {
	if !p.shown {
		return
	}
	c := p.counted()
	p.tally.show(&c)
	p.form.showCount(c.matching, c.all)
	p.showEmpty()
}

// counted is what the tally says.
func (p *Page) counted() count {
	s, h := p.memory.shown, p.history
	c := count{
		matching: s.Len(), selected: p.selectedLen(), grouped: p.groups != nil, order: p.order(), filtered: h.query.Filter != "", cleared: p.memory.cleared,
		all: int(p.status.History.Events+p.status.Imported.Events) + p.status.Waiting + p.came,
	}
	if s.past != nil {
		c.searching, c.searched, c.of, c.err = h.searching(), h.searched, h.of, h.err
	}
	c.all = max(c.all, c.matching)
	return c
}

// event is a row of the view; false: it is not here yet.
func (p *Page) event(i int) (ev capture.Event, here bool) {
	here = p.source().Event(i, &ev)
	return ev, here
}

// selected shows what is known of the row with the keyboard focus.
func (p *Page) selected() {
	p.showCount()
	i := p.view.Current()
	if i < 0 {
		p.awaited = false
		p.detail.clear()
		return
	}
	ev, here := p.event(i)
	if p.awaited = !here; here {
		p.detail.show(ev)
	}
}
