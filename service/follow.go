package service

import (
	"context"
	"fmt"
	"net/netip"

	"linklog/capture"
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

// Next waits until there are events behind a Seq and copies the first of them to
// buf, in their order, with the names that are known. It reads them from memory or
// from the history, wherever they are: a follower costs nothing while it does not
// call. The error is a GoneError where events behind after were removed.
func (e *Engine) Next(ctx context.Context, after uint64, buf []capture.Event) (int, error) {
	for {
		n, here, changed := e.ring.after(after, buf)
		switch {
		case n > 0:
			for i := range buf[:n] {
				e.fillNames(&buf[i], nil)
			}
			return n, nil
		case here:
			select {
			case <-changed:
			case <-ctx.Done():
				return 0, ctx.Err()
			}
			continue
		}
		if after > 0 {
			if segments := e.history.Segments(); len(segments) > 0 && segments[0].First > after+1 && e.trimmed.Load() > after {
				return 0, &GoneError{Oldest: segments[0].First}
			}
		}
		floor := e.ring.lowest()
		err := e.history.Each(ctx, history.Query{After: after, Limit: len(buf), OldestFirst: true}, func(ev *capture.Event) error {
			buf[n] = *ev
			e.fillNames(&buf[n], nil)
			n++
			return nil
		})
		if err != nil || n > 0 {
			return n, err
		}
		after = max(after, floor) // the history has none up to there
	}
}

// nameCache bounds the names a long query remembers.
const nameCache = 4096

// fillNames gives the ends of an event the best names that are known. The user's
// own win over those of the router, and these over DNS. cache, if not nil, saves
// asking again for each of many events.
func (e *Engine) fillNames(ev *capture.Event, cache map[netip.Addr]string) {
	for _, end := range [...]*capture.Endpoint{&ev.Src, &ev.Dst} {
		if !end.Addr.IsValid() || ev.Kind != capture.Traffic {
			continue
		}
		name, cached := cache[end.Addr]
		if !cached {
			name, _ = e.hosts.NameOf(end.Addr)
			if cache != nil && len(cache) < nameCache {
				cache[end.Addr] = name
			}
		}
		if name != "" {
			end.Name = name
		}
	}
}
