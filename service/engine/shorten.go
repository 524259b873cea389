package engine

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"linklog/service/health"
)

// shortenEvery is how often addresses are looked for that are old enough to be shortened. A file
// of the history is a month as a rule.
const shortenEvery = time.Hour

// keepShort shortens addresses that are old enough, if the settings want that.
func (e *Engine) keepShort(ctx context.Context) {
	every := time.NewTicker(shortenEvery)
	defer every.Stop()
	for {
		err := e.shorten(ctx)
		if ctx.Err() != nil {
			return
		}
		e.health.Check(health.HistoryUnshortened, err)
		select {
		case <-every.C:
		case <-e.shortenNow:
		case <-ctx.Done():
			return
		}
	}
}

// shorten keeps of addresses of hosts that are old by a clock that is confirmed only the network,
// and of hosts that were not seen since nothing.
func (e *Engine) shorten(ctx context.Context) error {
	after := time.Duration(e.shortenAfter.Load())
	if after == 0 {
		return nil
	}
	before := e.clock.Confirmed().Add(-after)
	cache := make(map[netip.Addr]bool)
	files, through, err := e.history.Shorten(ctx, before, func(a netip.Addr) bool {
		is, known := cache[a]
		if !known {
			is = e.book.External(a)
			cache[a] = is
		}
		return is
	})
	if err == nil {
		err = e.history.ForgetNamesBefore(before)
	}
	if err != nil {
		return err
	}
	r, err := e.book.Aged(before)
	if err == nil && len(r.Of) > 0 {
		_, err = e.book.Forget(r, false)
	}
	if err != nil {
		return fmt.Errorf("forget hosts that were not seen for long: %w", err)
	}
	if files > 0 {
		e.log.Info("old addresses were shortened", "before", before, "files", files, "hosts", len(r.Of))
	}
	// What is still needed waits for the next time.
	_, err = e.spool.GiveUp(through)
	return err
}
