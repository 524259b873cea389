package engine

import (
	"context"
	"net/netip"
	"time"

	"linklog/capture"
	"linklog/service/archive"
	"linklog/service/book"
	"linklog/service/history"
)

// EachImported is Each for what was imported, on the side of a cut to which the order goes;
// nil: all.
func (e *Engine) EachImported(ctx context.Context, q history.Query, c *archive.Cut, f func(*capture.Event) error) error {
	cache, number := make(map[netip.Addr]book.Call), e.archive.Numbers()
	return e.archive.EachFrom(ctx, e.asked(q), c, func(ev *capture.Event) error {
		ev.Import = number(ev.Seq)
		e.fillNames(ev, cache)
		return f(ev)
	})
}

// Each calls f with the events of the history that match, with the best names
// that are known, as history.Each does.
func (e *Engine) Each(ctx context.Context, q history.Query, f func(*capture.Event) error) error {
	e.Settle(ctx)
	cache := make(map[netip.Addr]book.Call)
	return e.history.Each(ctx, e.asked(q), func(ev *capture.Event) error {
		e.fillNames(ev, cache)
		return f(ev)
	})
}

// asked lets the filter of a query know what addresses are called. The events of the query
// come with their own names alone: see fillNames.
func (e *Engine) asked(q history.Query) history.Query {
	q.Names, q.WithoutNames = e.book, true
	return q
}

// Index finds the events that match, as archive.Index does, among those that were received,
// if live, and those that were imported, if q says so.
func (e *Engine) Index(ctx context.Context, q archive.IndexQuery, live bool, f func(archive.Mark) error) (archive.Mark, error) {
	if live {
		e.Settle(ctx)
		q.Received = e.history
	}
	q.Query = e.asked(q.Query)
	return e.archive.Index(ctx, q, f)
}

// Count gives the number of events that Each would call its function with.
func (e *Engine) Count(ctx context.Context, q history.Query) (int64, error) {
	e.Settle(ctx)
	return e.history.Count(ctx, e.asked(q))
}

// CountImported is Count for what was imported.
func (e *Engine) CountImported(ctx context.Context, q history.Query) (int64, error) {
	return e.archive.Count(ctx, e.asked(q))
}

// Group counts the events of the history that match, as history.Group does.
func (e *Engine) Group(ctx context.Context, q history.Query, g history.Grouping) (history.Groups, error) {
	e.Settle(ctx)
	return e.history.Group(ctx, e.asked(q), g)
}

// GroupImported is Group for what was imported.
func (e *Engine) GroupImported(ctx context.Context, q history.Query, g history.Grouping) (history.Groups, error) {
	return e.archive.Group(ctx, e.asked(q), g)
}

// SettleImports lets the book know the hosts and devices of what was imported, if that has
// changed since it was asked last.
func (e *Engine) SettleImports(ctx context.Context) error {
	e.importing.Lock()
	defer e.importing.Unlock()
	now := e.archive.Changes()
	if now == e.imported {
		return nil
	}
	old := e.old()
	err := e.book.SetImported(func(f func(*capture.Event) error) error {
		return e.archive.Each(ctx, history.Query{OldestFirst: true, WithoutNames: true}, func(ev *capture.Event) error {
			if ev.Time.Before(old.Before) { // nothing is known of such hosts, as of those that were met
				for _, end := range [...]*capture.Endpoint{&ev.Src, &ev.Dst} {
					if end.Addr.IsValid() && old.External(end.Addr) {
						*end = capture.Endpoint{}
					}
				}
			}
			return f(ev)
		})
	})
	if err == nil {
		e.imported = now
	}
	return err
}

// keepImports settles imports that nobody asked for, so that the numbers of hosts and devices
// count them: at once, and later when none goes on.
func (e *Engine) keepImports(ctx context.Context) {
	every := time.NewTicker(importsEvery)
	defer every.Stop()
	before, tried := e.archive.Changes(), uint64(0)
	for {
		now := e.archive.Changes()
		if now == before && now != tried {
			if err := e.SettleImports(ctx); err != nil && ctx.Err() == nil {
				e.log.Warn("imported hosts could not be counted", "error", err)
			}
			tried = now
		}
		before = now
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// importsEvery is how long nothing was imported until what was counts in status.
const importsEvery = 5 * time.Second

// settleWithin bounds how long a reader of the history waits for the newest events.
const settleWithin = time.Second

// Settle waits a moment until what was received before the call is in the history,
// which takes it in batches, so that whoever asks finds what he has just seen.
func (e *Engine) Settle(ctx context.Context) {
	last := e.Last()
	for deadline := time.Now().Add(settleWithin); e.history.LastSeq() < last && e.ring.pending() > 0 && time.Now().Before(deadline); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// await waits a moment until what was received up to a Seq is read.
func (e *Engine) await(ctx context.Context, seq uint64) {
	for deadline := time.Now().Add(settleWithin); e.reading.Load() < seq && time.Now().Before(deadline); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// Newest is the time of the last event that is stored; zero: there is none.
func (e *Engine) Newest() (last time.Time) {
	_ = e.history.Each(context.Background(), history.Query{Limit: 1, WithoutNames: true}, func(ev *capture.Event) error {
		last = ev.Time
		return nil
	})
	return last
}
