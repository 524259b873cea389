package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// ErrSeq: no imported event has the Seq that a query names.
var ErrSeq = errors.New("no imported event has this number")

// Each calls f with the events that match, in the order of time, and of Seq where
// that is the same, newest first unless the query says otherwise. After and
// Before name events by their Seqs and mean what comes after or before them in
// this order: so the last event of one page is the bound of the next, as it is
// in a history. Events that are stored after the call began are not among them.
// The event is valid during the call only.
//
// It takes memory for 32,768 events at most, or for 16 of each run if more than
// 2,048 overlap.
func (a *Archive) Each(ctx context.Context, q history.Query, f func(*capture.Event) error) error {
	return a.EachFrom(ctx, q, nil, f)
}

// EachFrom is Each for the events on the side of a cut to which the order of the query goes;
// nil: for all.
func (a *Archive) EachFrom(ctx context.Context, q history.Query, c *Cut, f func(*capture.Event) error) error {
	h := a.there()
	if h == nil {
		return ctx.Err()
	}
	q.Plans = new(history.Plans)
	parts, err := a.parts(ctx, h, q)
	if err != nil {
		return fmt.Errorf("imported events: %w", err)
	}
	if parts = c.imported(parts, q.OldestFirst); len(parts) == 1 {
		return h.Each(ctx, parts[0].q, f)
	}
	return newMerger(ctx, h, q, parts).run(f)
}

// Count gives the number of events that Each would call its function with.
func (a *Archive) Count(ctx context.Context, q history.Query) (int64, error) {
	h := a.there()
	if h == nil {
		return 0, ctx.Err()
	}
	if q.After == 0 && q.Before == 0 {
		return h.Count(ctx, q)
	}
	parts, err := a.parts(ctx, h, q)
	if err != nil {
		return 0, fmt.Errorf("imported events: %w", err)
	}
	all := int64(0)
	for _, p := range parts {
		n, err := h.Count(ctx, p.q)
		if err != nil {
			return 0, err
		}
		all += n
	}
	if q.Limit > 0 {
		all = min(all, int64(q.Limit))
	}
	return all, nil
}

// Group counts the events that match as History.Group does. The query must not have
// After or Before.
func (a *Archive) Group(ctx context.Context, q history.Query, g history.Grouping) (history.Groups, error) {
	if q.After != 0 || q.Before != 0 {
		return history.Groups{}, errors.New("group imported events: bounds must be times, not numbers of events")
	}
	h := a.there()
	if h == nil {
		return history.Groups{Exact: true}, ctx.Err()
	}
	return h.Group(ctx, q, g)
}

// part is what a query asks of one run, as a query of the history.
type part struct {
	q          history.Query
	start, end time.Time // there are none outside of these
}

// parts gives what a query asks of each run that may have events for it, in the
// order in which the first of them comes.
func (a *Archive) parts(ctx context.Context, h *history.History, q history.Query) ([]part, error) {
	list, err := a.runs.upTo(ctx, h, h.LastSeq())
	if err != nil {
		return nil, err
	}
	after, err := position(ctx, h, q.After)
	if err != nil {
		return nil, err
	}
	before, err := position(ctx, h, q.Before)
	if err != nil {
		return nil, err
	}
	q = q.Narrowed()
	var parts []part
	for _, r := range list {
		p := part{q: q, start: r.start, end: r.end}
		p.since(q.Since)
		if !q.Until.IsZero() {
			p.until(q.Until)
		}
		p.q.After, p.q.Before = r.first-1, r.last+1
		switch {
		case q.After == 0:
		case r.last < q.After:
			p.since(after.Add(1))
		case r.first > q.After:
			p.since(after)
		default:
			p.q.After = q.After
		}
		switch {
		case q.Before == 0:
		case r.first > q.Before:
			p.until(before)
		case r.last < q.Before:
			p.until(before.Add(1))
		default:
			p.q.Before = q.Before
		}
		if p.some() {
			parts = append(parts, p)
		}
	}
	sortParts(parts, q.OldestFirst)
	return parts, nil
}

// some reports whether a part may have events.
func (p *part) some() bool { return !p.start.After(p.end) }

// sortParts puts parts in the order in which the first event of each comes.
func sortParts(parts []part, oldest bool) {
	slices.SortStableFunc(parts, func(a, b part) int {
		if oldest {
			return a.start.Compare(b.start)
		}
		return b.end.Compare(a.end)
	})
}

// since and until make the bound of time narrower.
func (p *part) since(t time.Time) {
	if t.After(p.q.Since) {
		p.q.Since = t
	}
	if t.After(p.start) {
		p.start = t
	}
}

func (p *part) until(t time.Time) {
	if p.q.Until.IsZero() || t.Before(p.q.Until) {
		p.q.Until = t
	}
	if last := t.Add(-1); last.Before(p.end) {
		p.end = last
	}
}

// position gives the time of the event with a Seq; 0: none is asked for.
func position(ctx context.Context, h *history.History, seq uint64) (time.Time, error) {
	if seq == 0 {
		return time.Time{}, nil
	}
	e, ok, err := one(ctx, h, history.Query{After: seq - 1, Before: seq + 1})
	if err == nil && !ok {
		err = fmt.Errorf("%w: %d", ErrSeq, seq)
	}
	return e.Time, err
}
