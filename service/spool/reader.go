package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sort"
)

// Reader hands out records in order, from some Seq on. It holds a place in a file
// and 64 KiB, so a slow one costs nothing and loses nothing but what is removed
// before it comes by, of which it is told. A Reader is for one goroutine; many may
// read one spool.
type Reader struct {
	s    *Spool
	want uint64 // the next Seq to hand out: nothing below is

	seg  *segment // the open file; nil: none
	file *os.File
	last uint64 // what was known of seg when last asked
	end  int64
	walk walker
	done bool

	wake   chan struct{}
	queued bool // in s.waiting; guarded by s.mu
}

// Reader returns a reader from a Seq on; 0: from the oldest record there is. Where
// the Seq was skipped or is still to come, it begins with the first record above.
// It returns a *GoneError if records from there on were removed, ErrClosed after
// Close.
func (s *Spool) Reader(from uint64) (*Reader, error) {
	r := &Reader{s: s, want: from, wake: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
		return nil, ErrClosed
	default:
	}
	switch {
	case from > 0:
		if err := r.gone(); err != nil {
			return nil, err
		}
	case len(s.segs) > 0:
		r.want = s.segs[0].first
	default:
		r.want = s.last + 1
	}
	return r, nil
}

// Next fills into with the records that come next, as many as are at hand but at
// least one, for which it waits until ctx ends (then it returns the context's
// error). The records and their Data are the caller's until the next call.
//
// Two errors tell of a loss, each once, and the next call goes on behind it:
// *DamagedError, records that cannot be read, and *GoneError, records that were
// removed. Any other error is the system's, nothing is skipped, and the next call
// tries again; after ErrClosed there is nothing left to try.
func (r *Reader) Next(ctx context.Context, into []Record) (n int, err error) {
	if len(into) == 0 {
		return 0, nil
	}
	for {
		if r.done {
			return 0, ErrClosed
		}
		if n, err := r.read(into); n > 0 || err != nil {
			return n, err
		}
		switch found, err := r.turn(); {
		case err != nil:
			return 0, err
		case found:
			continue
		}
		select {
		case <-r.wake:
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-r.s.closed:
			return 0, ErrClosed
		}
	}
}

// Seq is the Seq from which the next call of Next hands out.
func (r *Reader) Seq() uint64 { return r.want }

// Close lets go of the file. It must not be called while Next runs.
func (r *Reader) Close() error {
	r.done = true
	r.s.mu.Lock()
	if r.queued {
		r.queued = false
		r.s.waiting = slices.DeleteFunc(r.s.waiting, func(w *Reader) bool { return w == r })
	}
	r.s.mu.Unlock()
	return r.leave()
}

// notify ends a wait, now or the next one.
func (r *Reader) notify() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// read takes records out of the open file, as far as it was known when last
// asked, and none if they are all taken.
func (r *Reader) read(into []Record) (n int, err error) {
	for r.seg != nil && n < len(into) {
		found, err := r.walk.peek(r.end, r.last, n == 0)
		if err != nil {
			return 0, fmt.Errorf("read spool: %w", err)
		}
		switch {
		case !found:
			return n, nil
		case r.walk.seq > r.walk.at && n > 0:
			return n, nil // first these, then the loss
		case r.walk.seq > r.walk.at:
			if err := r.lost(r.walk.seq - 1); err != nil {
				return 0, err
			}
		case r.walk.seq < r.want:
			r.walk.skip()
		default:
			r.walk.take(&into[n])
			r.want = into[n].Seq + 1
			n++
		}
	}
	return n, nil
}

// lost notes that the open file cannot be read up to a Seq. That is an error only
// if somebody wants it.
func (r *Reader) lost(to uint64) error {
	r.walk.at = to + 1
	if to < r.want {
		return nil
	}
	err := &DamagedError{Range{r.want, to}}
	r.want = to + 1
	return err
}

// turn finds where to read on when the open file is read as far as it was known.
// found is false if that is nowhere yet; then the next Append sends a notice.
func (r *Reader) turn() (found bool, err error) {
	r.s.mu.Lock()
	if r.seg != nil {
		switch {
		case r.end < r.seg.end:
			r.last, r.end = r.seg.last, r.seg.end
			r.s.mu.Unlock()
			return true, nil
		case r.walk.at <= r.last:
			r.s.mu.Unlock()
			err := r.lost(r.last)
			return err == nil, err
		}
	}
	seg, err := r.find()
	if seg == nil {
		if err == nil && !r.queued {
			r.queued = true
			r.s.waiting = append(r.s.waiting, r)
		}
		r.s.mu.Unlock()
		return false, err
	}
	from, last, end := seg.stopBefore(r.want), seg.last, seg.end
	r.s.mu.Unlock()

	if err := r.leave(); err != nil {
		return false, fmt.Errorf("read spool: %w", err)
	}
	f, err := r.s.root.Open(seg.name)
	if err != nil {
		return r.missing(seg, last, err)
	}
	r.seg, r.file, r.last, r.end = seg, f, last, end
	r.walk.begin(f, seg.key, from)
	return true, nil
}

// find is the file with the next record, nil if there is none yet. Where records
// before it are missing, or all that are known to have been, it is an error, and
// reading goes on behind them. s.mu must be held.
func (r *Reader) find() (*segment, error) {
	if err := r.gone(); err != nil {
		r.want = err.(*GoneError).To + 1
		return nil, err
	}
	segs := r.s.segs
	i := sort.Search(len(segs), func(i int) bool { return segs[i].last >= r.want })
	known := r.s.last
	if i < len(segs) {
		known = segs[i].prev
	}
	if r.want <= known {
		err := &DamagedError{Range{r.want, known}}
		r.want = known + 1
		return nil, err
	}
	if i == len(segs) {
		return nil, nil
	}
	r.want = max(r.want, segs[i].first) // Seqs between were skipped
	return segs[i], nil
}

// gone is a *GoneError if what r wants was removed. s.mu must be held.
func (r *Reader) gone() error {
	known, oldest := r.s.last, r.s.last+1
	if len(r.s.segs) > 0 {
		known, oldest = r.s.segs[0].prev, r.s.segs[0].first
	}
	if r.want <= known {
		return &GoneError{Range{r.want, known}, oldest}
	}
	return nil
}

// missing decides about a file that could not be opened.
func (r *Reader) missing(seg *segment, last uint64, err error) (bool, error) {
	select {
	case <-r.s.closed:
		return false, ErrClosed
	default:
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read spool: %w", err)
	}
	r.s.mu.Lock()
	listed := len(r.s.segs) > 0 && r.s.segs[0].first <= seg.first
	r.s.mu.Unlock()
	if !listed {
		return true, nil // released meanwhile, which find will tell
	}
	lost := &DamagedError{Range{r.want, last}}
	r.want = last + 1
	return false, lost
}

// leave closes the open file, if there is one.
func (r *Reader) leave() error {
	f := r.file
	r.seg, r.file = nil, nil
	if f == nil {
		return nil
	}
	return f.Close()
}
