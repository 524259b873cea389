package log

import (
	"context"

	"linklog/app/log/rows"
	"linklog/capture"
	"linklog/filter"
)

// memory is what the log shows: the events in memory, and those of them that pass
// the filter. It belongs to Fyne's thread, but knows nothing of Fyne.
type memory struct {
	store *rows.Store
	view  *rows.View

	query string // search text; "": all

	// generation counts filters: an answer for an older one is dropped.
	generation int
}

// newMemory returns an empty memory that shows all.
func newMemory(limit int) *memory {
	m := &memory{store: rows.New(limit)}
	m.view, _ = m.store.Select(context.Background(), nil)
	return m
}

// add takes events that came.
func (m *memory) add(events []capture.Event) {
	m.store.Append(events)
	m.view.Update()
}

// older takes events from before the oldest, oldest first.
func (m *memory) older(events []capture.Event) {
	m.store.Prepend(events)
	m.view.Update()
}

// clear drops all events from memory; the history keeps them.
func (m *memory) clear() {
	m.store.Clear()
	m.view.Update()
}

// atOnce is the number of events up to which a filter is run on Fyne's thread.
const atOnce = 100_000

// search begins to show what passes a different filter. It returns work that has to
// be done elsewhere first, or nil if all is done; the work returns what is to be
// called on Fyne's thread afterwards, which reports whether the view changed.
func (m *memory) search(query string, matcher *filter.Matcher) (work func(context.Context) (func() bool, error)) {
	m.query = query
	m.generation++
	generation := m.generation
	if m.store.Len() <= atOnce {
		m.view, _ = m.store.Select(context.Background(), matcher)
		return nil
	}
	snapshot := m.store.Snapshot()
	return func(ctx context.Context) (func() bool, error) {
		view, err := snapshot.Select(ctx, matcher)
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

// latest returns up to n of the newest events that are shown, oldest first.
func (m *memory) latest(n int) []capture.Event {
	from := max(0, m.view.Len()-n)
	out := make([]capture.Event, m.view.Len()-from)
	for i := range out {
		m.view.Event(from+i, &out[i])
	}
	return out
}
