package log

import (
	"context"
	"sort"
	"time"

	"linklog/app/log/past"
	"linklog/app/log/rows"
	"linklog/capture"
	"linklog/filter"
)

// memory is what the log shows: the events in memory, those of them that pass the
// filter, and in front of them what passes it in the history. It belongs to Fyne's
// thread, but knows nothing of Fyne.
type memory struct {
	store *rows.Store
	shown *shown
	found *shown // of those, what is looked for; nil: nothing is

	query   string // search text; "": all
	cleared bool   // the history is not shown

	// generation counts filters: an answer for an older one is dropped.
	generation int
}

// shown is the rows, oldest first: a view.Source.
type shown struct {
	past  *past.Past // nil: only what is in memory
	front *rows.View // from the position where past ends
	from  int64
}

// newMemory returns an empty memory that shows all.
func newMemory(limit int) *memory {
	m := &memory{store: rows.New(limit)}
	front, _ := m.store.Select(context.Background(), nil)
	m.shown = &shown{past: past.New(0, 0), front: front}
	m.store.OnDrop = m.drop
	return m
}

// add takes events that came.
func (m *memory) add(events []capture.Event) {
	m.store.Append(events)
	m.update()
}

// update follows the store.
func (m *memory) update() {
	m.shown.front.Update()
	if m.found != nil {
		m.found.front.Update()
	}
}

// drop hands over to the past what there is no more room for.
func (m *memory) drop(kept int64) {
	m.shown.drop(kept)
	if m.found != nil {
		m.found.drop(kept)
	}
}

func (s *shown) drop(kept int64) {
	s.front.Update()
	if s.from >= kept {
		return
	}
	if s.past != nil {
		s.past.Drop(s.front.Dropped(s.from, kept, past.PageRows))
	}
	s.from = kept
}

// clear drops all events from memory; the history keeps them.
func (m *memory) clear() {
	m.store.Clear()
	m.update()
}

// boundary is the position of the first event that is behind a time, so that all that was
// imported can be in front of it.
func (m *memory) boundary(imported time.Time) int64 {
	first, n := m.store.First(), m.store.Len()
	if imported.IsZero() || n == 0 {
		return first
	}
	return first + int64(sort.Search(n, func(i int) bool {
		var ev capture.Event
		m.store.Event(first+int64(i), &ev)
		return ev.Time.After(imported)
	}))
}

// position is that of an event, which is its ID among what is shown; -1: it is not in memory.
func (m *memory) position(ev *capture.Event) int64 {
	first, n := m.store.First(), m.store.Len()
	pos := first + int64(sort.Search(n, func(i int) bool { return m.store.Seq(first+int64(i)) >= ev.Seq }))
	if ev.Import != 0 || m.store.Seq(pos) != ev.Seq {
		return -1
	}
	return pos
}

// after is how many events have a higher Seq.
func (m *memory) after(seq uint64) int {
	first, n := m.store.First(), m.store.Len()
	return n - sort.Search(n, func(i int) bool { return m.store.Seq(first+int64(i)) > seq })
}

// atOnce is the number of events up to which a filter is run on Fyne's thread.
const atOnce = 100_000

// search begins to show what passes a different filter, with the history in front of a position. It
// returns work that has to be done elsewhere first, or nil if all is done; the work returns what is
// to be called on Fyne's thread afterwards, which reports whether what is shown changed.
func (m *memory) search(query string, matcher *filter.Matcher, history *past.Past) (work func(context.Context) (func() bool, error)) {
	m.query = query
	m.generation++
	generation := m.generation
	show := func(front *rows.View) {
		m.shown = &shown{past: history, front: front, from: m.store.First()}
		if history != nil {
			m.shown.from = max(history.Base(), m.shown.from)
		}
	}
	if m.store.Len() <= atOnce {
		front, _ := m.store.Select(context.Background(), matcher)
		show(front)
		return nil
	}
	snapshot := m.store.Snapshot()
	return func(ctx context.Context) (func() bool, error) {
		front, err := snapshot.Select(ctx, matcher)
		if err != nil {
			return nil, err
		}
		return func() bool {
			if generation != m.generation {
				return false
			}
			front.Update()
			show(front)
			return true
		}, nil
	}
}

// latest returns up to n of the newest events in memory that are shown, oldest first.
func (m *memory) latest(n int) []capture.Event {
	front := m.shown.front
	from := max(front.Find(m.shown.from), front.Len()-n)
	out := make([]capture.Event, front.Len()-from)
	for i := range out {
		front.Event(from+i, &out[i])
	}
	return out
}

// before is how many rows are those of the past.
func (s *shown) before() int {
	if s.past == nil {
		return 0
	}
	return s.past.Len()
}

// skip is how many rows of front the past has.
func (s *shown) skip() int { return s.front.Find(s.from) }

// Len implements view.Source.
func (s *shown) Len() int { return s.before() + s.front.Len() - s.skip() }

// ID implements view.Source: positions in memory, of the past those that they had, and numbers below all
// that memory has.
func (s *shown) ID(i int) int64 {
	n := s.before()
	if i < n {
		return s.past.ID(i)
	}
	return s.front.ID(i - n + s.skip())
}

// Find implements view.Source.
func (s *shown) Find(id int64) int {
	if id < s.from && s.past != nil {
		return s.past.Find(id)
	}
	return s.before() + max(s.front.Find(id)-s.skip(), 0)
}

// Event implements view.Source: false if a row is not here yet.
func (s *shown) Event(i int, ev *capture.Event) bool {
	n := s.before()
	if i < n {
		return s.past.Event(i, ev)
	}
	return s.front.Event(i-n+s.skip(), ev)
}
