package history

import (
	"errors"
	"slices"

	"linklog/service/sqlite"
)

// idleReaders connections stay open for the next query. Each takes pageCache and
// about as much again.
const idleReaders = 4

// read runs f with a reader of the segment; errGone if the segment is no longer
// part of the history. f must be short: retention and sealing wait for it. A
// segment that turns out to be damaged is set aside soon after, so that the others
// can be read.
func (h *History) read(seg *segment, f func(r *reader) error) error {
	h.mu.Lock()
	for seg.closed && !seg.gone {
		h.changed.Wait()
	}
	if seg.gone {
		h.mu.Unlock()
		return errGone
	}
	seg.using++
	var r *reader
	if i := slices.IndexFunc(h.idle, func(r *reader) bool { return r.seg == seg }); i >= 0 {
		r = h.idle[i]
		h.idle = slices.Delete(h.idle, i, i+1)
	}
	h.mu.Unlock()

	var err error
	if r == nil {
		r, err = openReader(seg)
	}
	if err == nil {
		err = f(r)
	}

	var drop *reader
	h.mu.Lock()
	seg.using--
	if errors.Is(err, sqlite.ErrDamaged) && seg.fault == nil {
		seg.fault = err
		h.nudge()
	}
	switch {
	case r == nil:
	case err != nil || seg.closed || h.closing:
		drop = r
	default:
		h.idle = append(h.idle, r)
		if len(h.idle) > idleReaders {
			drop = h.idle[0]
			h.idle = slices.Delete(h.idle, 0, 1)
		}
	}
	if drop != nil {
		drop.close() // under the lock: closeReaders promises that nobody has the file open
	}
	h.changed.Broadcast()
	h.mu.Unlock()
	return err
}

// closeReaders waits until nobody reads the segment and keeps new readers
// waiting, until openReaders, or, if gone, turns them away for good.
func (h *History) closeReaders(seg *segment, gone bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	seg.closed, seg.gone = true, seg.gone || gone
	h.changed.Broadcast()
	for seg.using > 0 {
		h.changed.Wait()
	}
	h.idle = slices.DeleteFunc(h.idle, func(r *reader) bool {
		if r.seg == seg {
			r.close()
			return true
		}
		return false
	})
}

func (h *History) openReaders(seg *segment) {
	h.mu.Lock()
	seg.closed = false
	h.changed.Broadcast()
	h.mu.Unlock()
}
