package log

import (
	"context"
	"slices"

	"fyne.io/fyne/v2/lang"

	"linklog/app/log/rows"
	"linklog/app/log/view"
	"linklog/app/ui"
	"linklog/capture"
	"linklog/service/client"
)

// sortMost bounds how many events are sorted: the newest that match.
const sortMost = 100_000

// sorted is the newest events of what is shown, in the order of a column, as they were at one moment. It
// is a view.Source.
type sorted struct {
	view.Sort
	store   *rows.Store
	imports []int32 // of each row: the store does not keep them
	all     bool    // no event was left out
}

// sortedIDs are above all positions in memory.
const sortedIDs = int64(1) << 50

// Len implements view.Source.
func (s *sorted) Len() int { return s.store.Len() }

// ID implements view.Source.
func (s *sorted) ID(row int) int64 { return sortedIDs + int64(row) }

// Find implements view.Source.
func (s *sorted) Find(id int64) int { return int(min(max(id-sortedIDs, 0), int64(s.Len()))) }

// Event implements view.Source.
func (s *sorted) Event(row int, ev *capture.Event) bool {
	here := s.store.Event(s.store.First()+int64(row), ev)
	if here {
		ev.Import = s.imports[row]
	}
	return here
}

// row is where an event is; false: it is not among them.
func (s *sorted) row(want *capture.Event) (row int, there bool) {
	var ev capture.Event
	for row := range s.Len() {
		if s.Event(row, &ev) && same(&ev, want) {
			return row, true
		}
	}
	return 0, false
}

// newSorted puts events, the newest first, into an order.
func newSorted(events []capture.Event, by view.Sort, compare func(a, b *capture.Event) int) *sorted {
	list := make([]*capture.Event, len(events)) // events themselves are large to move about
	for i := range events {
		list[len(events)-1-i] = &events[i] // of those that are equal the oldest is first
	}
	slices.SortStableFunc(list, func(a, b *capture.Event) int {
		if by.Down {
			a, b = b, a
		}
		return compare(a, b)
	})
	s := &sorted{Sort: by, store: rows.New(sortMost), imports: make([]int32, len(list))}
	for i, ev := range list {
		s.imports[i] = ev.Import
		s.store.Append([]capture.Event{*ev})
	}
	return s
}

// sort sorts by a column; no column: the rows come in the order of time again, as they happen.
func (p *Page) sort(by view.Sort) {
	if p.sorting != nil {
		p.sorting()
		p.sorting = nil
	}
	if by.Column == "" {
		p.unsort()
		return
	}
	compare := p.view.Comparing(by)
	if compare == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.sorting = cancel
	q := client.Query{Filter: p.asks.String(), All: true, Limit: sortMost + 1}
	var s *sorted
	p.c.While(ctx, func(ctx context.Context) error {
		var events []capture.Event
		err := p.c.Client.Events(ctx, q, func(ev *capture.Event) error {
			events = append(events, *ev)
			return nil
		})
		if err != nil {
			return err
		}
		all := len(events) <= sortMost
		s = newSorted(events[:min(len(events), sortMost)], by, compare)
		s.all = all
		return nil
	}, func(err error) {
		if ctx.Err() != nil {
			return
		}
		cancel()
		p.sorting = nil
		if err != nil {
			p.c.Fail(lang.L("The history could not be read"), err)
			p.showCount()
			return
		}
		p.showSorted(s)
	})
	p.showCount()
}

// showSorted shows rows in an order.
func (p *Page) showSorted(s *sorted) {
	if p.sorted == nil {
		p.unsorted = readAt{follow: true}
		if top, stands := p.view.Top(); stands && top < p.source().Len() {
			p.unsorted = readAt{id: p.source().ID(top)}
		}
	}
	p.place = nil
	p.sorted, p.groups = s, nil
	p.view.ClearSelection()
	p.view.SetSort(s.Sort)
	p.view.SetGroups(false)
	p.view.SetSource(s)
	p.view.Restore(0, -1)
	p.find.again()
	p.showCount()
}

// readAt is where one read before the rows were sorted.
type readAt struct {
	follow bool
	id     int64 // of the row at the top
}

// unsort shows the rows in the order of time again, where one read before.
func (p *Page) unsort() {
	if p.sorted == nil {
		p.showCount()
		return
	}
	p.sorted = nil
	p.view.ClearSelection()
	p.view.SetSort(view.Sort{})
	p.view.SetGroups(p.c.Prefs.Get().Grouped)
	p.setSource()
	if p.unsorted.follow {
		p.view.Follow()
	} else {
		p.view.Restore(p.source().Find(p.unsorted.id), -1)
	}
	p.find.again()
	p.showCount()
}

// sortAgain sorts what a different filter leaves.
func (p *Page) sortAgain() {
	switch {
	case p.sorted != nil:
		p.unsorted.follow = true // the rows are others
		p.sort(p.sorted.Sort)
	case p.sorting != nil:
		p.sort(view.Sort{})
	}
}

// order says in which order the rows are; "": in that of time.
func (p *Page) order() string {
	switch s := p.sorted; {
	case p.sorting != nil:
		return lang.L("sorting…")
	case s == nil:
		return ""
	case s.all:
		return lang.L("sorted by {{.Column}}, new events wait", map[string]any{"Column": p.view.Label(s.Column)})
	default:
		return lang.L("the newest {{.Count}} sorted by {{.Column}}, new events wait", map[string]any{"Count": ui.Number(sortMost), "Column": p.view.Label(s.Column)})
	}
}

// SortMenu opens the menu of columns and orders.
func (p *Page) SortMenu() { p.view.ShowColumns() }
