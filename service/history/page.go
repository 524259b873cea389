package history

import (
	"slices"

	"linklog/capture"
	"linklog/service/sqlite"
)

// pager hands the events of a search to a function, page by page.
type pager struct {
	*search
	f    func(*capture.Event) error
	left int
	page []capture.Event
}

// segment hands over the events of one segment.
func (p *pager) segment(seg *segment) error {
	if len(p.conditions) == 0 && p.q.Second == nil && p.inTime(seg) {
		return p.all(seg)
	}
	var seqs []uint64
	return p.scan(seg, func(_ *reader, b *block, m *bitmap) error {
		seqs = seqs[:0]
		for _, slot := range m.list() {
			seqs = append(seqs, b.base+uint64(slot))
		}
		if !p.q.OldestFirst {
			slices.Reverse(seqs)
		}
		return nil
	}, func() error {
		for rest := seqs; len(rest) > 0; {
			now := rest[:min(len(rest), pageSize, p.left)]
			rest = rest[len(now):]
			err := p.fetch(seg, func(r *reader) (err error) {
				p.page, err = r.events(p.page[:0], now)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// inTime reports whether all events of a segment are within the query's times.
func (p *pager) inTime(seg *segment) bool {
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	return seg.stats.start >= p.from && seg.stats.end <= p.to
}

// all hands over every event of a segment within the query's Seqs: there is
// nothing to search.
func (p *pager) all(seg *segment) error {
	low, high := p.low, p.high
	for low <= high {
		n := min(p.left, pageSize)
		err := p.fetch(seg, func(r *reader) (err error) {
			p.page, err = r.eventsBetween(p.page[:0], low, high, !p.q.OldestFirst, n, nil)
			return err
		})
		switch {
		case err != nil:
			return err
		case len(p.page) < n:
			return nil
		case p.q.OldestFirst:
			low = p.page[n-1].Seq + 1
		default:
			high = p.page[n-1].Seq - 1
		}
	}
	return nil
}

// fetch reads a page and hands it over.
func (p *pager) fetch(seg *segment, read func(r *reader) error) error {
	if err := p.h.read(seg, read); err != nil {
		return err
	}
	if !p.q.WithoutNames {
		if err := p.h.names.fill(p.page); err != nil {
			return err
		}
	}
	for i := range p.page {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		if err := p.f(&p.page[i]); err != nil {
			return callerError{err}
		}
		if p.left--; p.left == 0 {
			return sqlite.ErrStop
		}
	}
	return nil
}

// events appends the events with the given Seqs, which are in order.
func (r *reader) events(events []capture.Event, seqs []uint64) ([]capture.Event, error) {
	if len(seqs) == 0 {
		return events, nil
	}
	first, last := seqs[0], seqs[len(seqs)-1]
	// Rows that lie close together are read in one go, with those in between: a
	// look-up takes as long as passing over about ten rows.
	if max(first, last)-min(first, last) < 10*uint64(len(seqs)) {
		return r.eventsBetween(events, min(first, last), max(first, last), first > last, len(seqs), func(seq uint64) bool {
			if len(seqs) > 0 && seq == seqs[0] {
				seqs = seqs[1:]
				return true
			}
			return false
		})
	}
	return r.eventsAt(events, seqs)
}
