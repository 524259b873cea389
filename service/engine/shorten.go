package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"linklog/service/archive"
	"linklog/service/datafile"
	"linklog/service/health"
)

// shortenEvery is how often addresses are looked for that are old enough to be shortened. A file
// of the history is a month as a rule.
const shortenEvery = time.Hour

// shortenAgain is how long after a failure it is tried again: somebody may have had a file open.
const shortenAgain = 10 * time.Second

// keepShort shortens addresses that are old enough, if the settings want that.
func (e *Engine) keepShort(ctx context.Context) {
	for {
		err := e.shorten(ctx)
		if ctx.Err() != nil {
			return
		}
		e.health.Check(health.HistoryUnshortened, err)
		wait := shortenEvery
		if err != nil {
			wait = shortenAgain
		}
		select {
		case <-time.After(wait):
		case <-e.shortenNow:
		case <-ctx.Done():
			return
		}
	}
}

// shorten keeps of addresses of hosts that are old by a clock that is confirmed only the network,
// and of hosts that were not seen since nothing. What is removed is in no room of a file that is
// free afterwards; a file says as long as that is not sure, also after the service was killed.
func (e *Engine) shorten(ctx context.Context) error {
	old := e.old()
	if old.Before.IsZero() {
		return nil
	}
	unsure := filepath.Join(e.o.DataDir, "shortening")
	_, err := os.Lstat(unsure)
	again := err == nil
	if !again {
		if err = errors.Join(datafile.SweepFile(unsure), datafile.Replace(unsure, nil, 0o600)); err != nil {
			return fmt.Errorf("shorten addresses: %w", err)
		}
	}
	before := old.Before
	files, through, err := e.history.Shorten(ctx, before, old.External, again)
	if err == nil {
		var imported int
		imported, err = e.archive.Shorten(ctx, old, again)
		files += imported
	}
	if err == nil {
		err = e.history.ForgetNamesBefore(before, again)
	}
	if err != nil {
		return err
	}
	r, err := e.book.Aged(before)
	if err == nil && (len(r.Of) > 0 || again) {
		_, err = e.book.Forget(r, false)
	}
	if err != nil {
		return fmt.Errorf("forget hosts that were not seen for long: %w", err)
	}
	if err = os.Remove(unsure); err != nil {
		return fmt.Errorf("shorten addresses: %w", err)
	}
	if files > 0 {
		e.log.Info("old addresses were shortened", "before", before, "files", files, "hosts", len(r.Of))
	}
	// What is still needed waits for the next time.
	_, err = e.spool.GiveUp(through)
	return err
}

// old is of which events addresses are shortened, by a clock that is confirmed.
func (e *Engine) old() (old archive.Old) {
	after := time.Duration(e.shortenAfter.Load())
	if after == 0 {
		return old
	}
	old.Before = e.clock.Confirmed().Add(-after)
	cache := make(map[netip.Addr]bool)
	old.External = func(a netip.Addr) bool {
		is, known := cache[a]
		if !known {
			is = e.book.External(a)
			cache[a] = is
		}
		return is
	}
	return old
}
