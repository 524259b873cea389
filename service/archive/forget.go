package archive

import (
	"context"
	"fmt"

	"linklog/service/history"
)

// FilesWith are the files that may have events of some ranges, as of a History.
func (a *Archive) FilesWith(ranges []history.Range) []int {
	if h := a.there(); h != nil {
		return h.FilesWith(ranges)
	}
	return nil
}

// Forget removes events from one file as a History does, whichever imports they came with.
func (a *Archive) Forget(ctx context.Context, file int, ranges []history.Range) (removed int64, err error) {
	a.adding.Lock()
	defer a.adding.Unlock()
	a.mu.Lock()
	h := a.history
	err = a.failed
	if a.closed {
		err = history.ErrClosed
	}
	a.mu.Unlock()
	if err == nil && h != nil {
		removed, err = h.Forget(ctx, file, ranges)
		a.runs.forget()
		a.changes.Add(1)
	}
	if err != nil {
		return removed, fmt.Errorf("imported events: %w", err)
	}
	return removed, nil
}

// Recount counts anew what is left of imports, after some of it was forgotten.
func (a *Archive) Recount(ctx context.Context) error {
	a.adding.Lock()
	defer a.adding.Unlock()
	h := a.there()
	if h == nil {
		return nil
	}
	l := &a.imports
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, im := range l.Imports {
		n, err := h.CountRanges(ctx, im.Seqs)
		if err != nil {
			return fmt.Errorf("count imported events: %w", err)
		}
		im.Added = n
	}
	return l.save()
}
