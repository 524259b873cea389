package archive

import (
	"context"
	"slices"
	"sync"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// A run begins at a multiple of 16384 or at the first Seq: so runs can be told from
// the events themselves, two of each block, and no crash or damaged file makes
// the list of them wrong. It is the size of the history's blocks, too.
const runMask = 1<<14 - 1

// run is a range of Seq in which time does not go back.
type run struct {
	first, last uint64    // Seqs
	start, end  time.Time // of these
}

// runs is the list of runs, as far as it was needed.
type runs struct {
	mu      sync.Mutex
	list    []run
	through uint64 // the Seqs that were looked at
}

// upTo gives the runs with the events up to a Seq. Of the blocks that were
// looked at before it looks at none again.
func (r *runs) upTo(ctx context.Context, h *history.History, high uint64) ([]run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.through < high {
		first, ok, err := one(ctx, h, history.Query{After: r.through, Before: high + 1, OldestFirst: true})
		if err != nil {
			return nil, err
		}
		if !ok {
			r.through = high // nothing is left of these
			break
		}
		last, ok, err := one(ctx, h, history.Query{After: first.Seq - 1, Before: min(first.Seq|runMask, high) + 1})
		if err != nil {
			return nil, err
		}
		if !ok {
			last = first // the file was set aside this moment
		}
		if n := len(r.list); n > 0 && !first.Time.Before(r.list[n-1].end) {
			r.list[n-1].last, r.list[n-1].end = last.Seq, last.Time
		} else {
			r.list = append(r.list, run{first.Seq, last.Seq, first.Time, last.Time})
		}
		r.through = last.Seq
	}
	return slices.Clone(r.list), nil
}

// one gives the first event of a query.
func one(ctx context.Context, h *history.History, q history.Query) (found capture.Event, ok bool, err error) {
	q.Limit, q.WithoutNames = 1, true
	err = h.Each(ctx, q, func(e *capture.Event) error {
		found, ok = *e, true
		return nil
	})
	return found, ok, err
}

// forget makes upTo look at all blocks again, after events were removed.
func (r *runs) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list, r.through = nil, 0
}
