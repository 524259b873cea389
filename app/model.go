package app

import (
	"context"
	"net/netip"

	"linklog/app/log/rows"
	"linklog/capture"
	"linklog/filter"
)

// logModel is what the log shows: the events in memory, and those of them that
// pass the filter. It belongs to Fyne's thread, but knows nothing of Fyne.
type logModel struct {
	store *rows.Store
	view  *rows.View

	query   string // search text; "": all
	matcher *filter.Matcher
	system  bool // messages that are no attempts are shown, too

	// generation counts filters: an answer for an older one is dropped.
	generation int
}

// newLogModel returns an empty model that shows all.
func newLogModel(limit int) *logModel {
	m := &logModel{store: rows.New(limit), system: true}
	m.view, _ = m.store.Select(context.Background(), nil)
	return m
}

// add takes events that came.
func (m *logModel) add(events []capture.Event) {
	m.store.Append(events)
	m.view.Update()
}

// older takes events from before the oldest, oldest first.
func (m *logModel) older(events []capture.Event) {
	m.store.Prepend(events)
	m.view.Update()
}

// rename gives an address another name; it reports whether that can be seen.
func (m *logModel) rename(a netip.Addr, name string) bool { return m.store.SetName(a, name) }

// clear drops all events from memory; the history keeps them.
func (m *logModel) clear() {
	m.store.Clear()
	m.view.Update()
}

// atOnce is the number of events up to which a filter is run on Fyne's thread.
const atOnce = 100_000

// search begins to show what passes another filter. It returns work that has to
// be done elsewhere first, or nil if all is done; the work returns what is to be
// called on Fyne's thread afterwards, which reports whether the view changed.
func (m *logModel) search(query string, matcher *filter.Matcher) (work func(context.Context) (func() bool, error)) {
	m.query, m.matcher = query, matcher
	m.generation++
	generation := m.generation
	if m.store.Len() <= atOnce {
		m.view, _ = m.store.Select(context.Background(), m.all())
		return nil
	}
	snapshot, all := m.store.Snapshot(), m.all()
	return func(ctx context.Context) (func() bool, error) {
		view, err := snapshot.Select(ctx, all)
		if err != nil {
			return nil, err
		}
		return func() bool {
			if generation != m.generation {
				return false
			}
			m.view = view
			m.view.Update()
			return true
		}, nil
	}
}

// all is the filter as it is applied.
func (m *logModel) all() *filter.Matcher { return m.matcher }

// latest gives up to n of the newest events that are shown, oldest first.
func (m *logModel) latest(n int) []capture.Event {
	from := max(0, m.view.Len()-n)
	out := make([]capture.Event, 0, m.view.Len()-from)
	for i := from; i < m.view.Len(); i++ {
		var ev capture.Event
		m.view.Event(i, &ev)
		out = append(out, ev)
	}
	return out
}
