package archive

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// merger merges runs.
type merger struct {
	ctx     context.Context
	h       *history.History
	newest  bool
	left    int
	page    int       // the most that are read of a run at once
	waiting []part    // runs not begun, in order
	active  []*cursor // a heap by their next event
}

// cursor reads a run page by page.
type cursor struct {
	q    history.Query
	page []capture.Event
	at   int // the next of page
	size int // of the next page
	more bool
}

func newMerger(ctx context.Context, h *history.History, q history.Query, parts []part) *merger {
	m := &merger{ctx: ctx, h: h, newest: !q.OldestFirst, left: math.MaxInt, waiting: parts, page: max(allPages/depth(parts), 16)}
	if q.Limit > 0 {
		m.left = q.Limit
	}
	return m
}

// Pages grow from the first, for most queries end soon, as far as all of them
// together may.
const firstPage, allPages = 256, 32_768

// depth is the highest number of runs that overlap at a time, at least 1.
func depth(parts []part) int {
	starts, ends := make([]time.Time, len(parts)), make([]time.Time, len(parts))
	for i := range parts {
		starts[i], ends[i] = parts[i].start, parts[i].end
	}
	slices.SortFunc(starts, time.Time.Compare)
	slices.SortFunc(ends, time.Time.Compare)
	most, over := 1, 0
	for i, t := range starts {
		for ends[over].Before(t) {
			over++
		}
		most = max(most, i+1-over)
	}
	return most
}

func (m *merger) run(f func(*capture.Event) error) error {
	for {
		for len(m.waiting) > 0 && m.due(&m.waiting[0]) {
			c := &cursor{q: m.waiting[0].q, size: firstPage, more: true}
			m.waiting = m.waiting[1:]
			if err := m.fill(c); err != nil {
				return err
			}
			if len(c.page) > 0 {
				heap.Push(m, c)
			}
		}
		if len(m.active) == 0 {
			return m.ctx.Err()
		}
		c := m.active[0]
		if err := f(&c.page[c.at]); err != nil {
			return err
		}
		if m.left--; m.left == 0 {
			return nil
		}
		if c.at++; c.at == len(c.page) && c.more {
			if err := m.fill(c); err != nil {
				return err
			}
		}
		if c.at == len(c.page) {
			heap.Pop(m)
		} else {
			heap.Fix(m, 0)
		}
	}
}

// due reports whether a run may have an event that comes before all the active
// ones have.
func (m *merger) due(p *part) bool {
	if len(m.active) == 0 {
		return true
	}
	c := m.active[0]
	if m.newest {
		return !p.end.Before(c.page[c.at].Time)
	}
	return !p.start.After(c.page[c.at].Time)
}

// fill reads the next page of a run.
func (m *merger) fill(c *cursor) error {
	c.q.Limit = min(c.size, m.page, m.left)
	c.size *= 2
	if cap(c.page) < c.q.Limit {
		c.page = make([]capture.Event, 0, c.q.Limit)
	}
	c.page, c.at = c.page[:0], 0
	err := m.h.Each(m.ctx, c.q, func(e *capture.Event) error {
		c.page = append(c.page, *e)
		return nil
	})
	if err != nil {
		return err
	}
	if c.more = len(c.page) == c.q.Limit; !c.more {
		return nil
	}
	// In a run what comes after is not earlier either: one bound less to look at.
	if last := c.page[len(c.page)-1].Seq; m.newest {
		c.q.Before, c.q.Until = last, time.Time{}
	} else {
		c.q.After, c.q.Since = last, time.Time{}
	}
	return nil
}

// Len and the following are for package heap.
func (m *merger) Len() int { return len(m.active) }

func (m *merger) Less(i, j int) bool {
	a, b := m.active[i], m.active[j]
	if m.newest {
		a, b = b, a
	}
	x, y := &a.page[a.at], &b.page[b.at]
	return cmp.Or(x.Time.Compare(y.Time), cmp.Compare(x.Seq, y.Seq)) < 0
}

func (m *merger) Swap(i, j int) { m.active[i], m.active[j] = m.active[j], m.active[i] }

func (m *merger) Push(c any) { m.active = append(m.active, c.(*cursor)) }

func (m *merger) Pop() any {
	n := len(m.active) - 1
	c := m.active[n]
	m.active[n] = nil
	m.active = m.active[:n]
	return c
}
