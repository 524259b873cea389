package engine

import (
	"context"
	"fmt"
	"net/netip"

	"linklog/capture"
	"linklog/service/book"
	"linklog/service/history"
)

// GoneError says that events a follower wants are no longer kept.
type GoneError struct {
	Oldest uint64 // Seq of the oldest event there is
}

func (e *GoneError) Error() string {
	return fmt.Sprintf("events that old are no longer kept; the oldest has number %d", e.Oldest)
}

// Last is the Seq of the newest event that can be read.
func (e *Engine) Last() uint64 { return e.ring.last() }

// Received is the highest Seq that was given. Right after a start it is higher than
// Last: what is in the spool and not in the history is decoded again, and those
// who follow may have seen it before.
func (e *Engine) Received() uint64 { return max(e.Last(), e.spool.Last()) }

// Oldest is the Seq of the oldest event that can be read; 0: there is none.
func (e *Engine) Oldest() uint64 {
	if segments := e.history.Segments(); len(segments) > 0 && segments[0].First > 0 {
		return segments[0].First
	}
	if e.Last() == 0 {
		return 0
	}
	return e.ring.lowest() + 1
}

// Next waits until there are events behind a Seq and copies the first of them to
// buf, as Poll does.
func (e *Engine) Next(ctx context.Context, after uint64, buf []capture.Event) (int, error) {
	for {
		n, at, changed, err := e.Poll(ctx, after, buf)
		if n > 0 || err != nil {
			return n, err
		}
		after = at
		if changed == nil {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Poll copies the first events behind a Seq to buf, in their order, with the names
// that are known. It reads them from memory or from the history, wherever they are:
// a follower costs nothing while it does not call. Without any, at is the Seq to go
// on behind, as none follow up to there, and changed, if not nil, is closed when
// there is more. The error is a GoneError where events behind after were removed.
func (e *Engine) Poll(ctx context.Context, after uint64, buf []capture.Event) (n int, at uint64, changed <-chan struct{}, err error) {
	n, here, changed := e.ring.after(after, buf)
	switch {
	case n > 0:
		for i := range buf[:n] {
			e.fillNames(&buf[i], nil)
		}
		return n, buf[n-1].Seq, nil, nil
	case here:
		return 0, after, changed, nil
	}
	if after > 0 {
		if segments := e.history.Segments(); len(segments) > 0 && segments[0].First > after+1 && e.trimmed.Load() > after {
			return 0, after, nil, &GoneError{Oldest: segments[0].First}
		}
	}
	floor := e.ring.lowest()
	err = e.history.Each(ctx, history.Query{After: after, Limit: len(buf), OldestFirst: true, WithoutNames: true}, func(ev *capture.Event) error {
		buf[n] = *ev
		e.fillNames(&buf[n], nil)
		n++
		return nil
	})
	if err != nil || n == 0 {
		return 0, max(after, floor), nil, err // the history has none up to there
	}
	return n, buf[n-1].Seq, nil, nil
}

// nameCache bounds the names a long query remembers.
const nameCache = 4096

// fillNames gives the ends of an event the names by which they are shown, of who had the
// address then: the user's or the router's of now, else that with which the event came, which
// was good then, else what else is known now; and the hardware addresses of devices. History
// queries look for the same. cache, if not nil, saves asking again for each of many events.
func (e *Engine) fillNames(ev *capture.Event, cache map[netip.Addr]book.Call) {
	at := ev.Time.UnixNano()
	for _, end := range [...]*capture.Endpoint{&ev.Src, &ev.Dst} {
		if !end.Addr.IsValid() {
			continue
		}
		c, cached := cache[end.Addr]
		if !cached || at < c.From || at >= c.Until {
			if c = e.book.CalledAt(end.Addr, at); c.Name == "" && c.Always { // the book may have forgotten it
				c.Name, _ = e.history.Name(end.Addr)
			}
			if cached || cache != nil && len(cache) < nameCache {
				cache[end.Addr] = c
			}
		}
		if end.MAC = c.MAC; c.Wins || end.Name == "" {
			end.Name = c.Name
		}
	}
}
