package history

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// Trim removes the oldest files, as long as all they hold is older than maxAge,
// and as long as the history takes more than maxBytes; 0: no such limit. A file
// goes as a whole, and the one that is being written never: the history can be
// longer than maxAge by a file, and larger than maxBytes by one. It returns what
// was removed, also beside an error.
//
// Damaged files that were set aside do not count and stay.
func (h *History) Trim(maxAge time.Duration, maxBytes int64) (removed []SegmentInfo, err error) {
	h.appending.Lock()
	defer h.appending.Unlock()
	infos := h.Segments()
	if len(infos) == 0 {
		return nil, nil
	}
	// By the clock, but not beyond what was stored last: a clock that jumps ahead
	// must not empty the history.
	newest := infos[0].Until
	total := h.names.bound(maxBytes)
	for _, info := range infos {
		total += info.Bytes
		if info.Until.After(newest) {
			newest = info.Until
		}
	}
	now := h.o.now()
	if now.After(newest) {
		now = newest
	}
	segments := h.list()
	for i, seg := range segments {
		info := infos[i]
		old := maxAge > 0 && info.Until.Before(now.Add(-maxAge))
		large := maxBytes > 0 && total > maxBytes
		if i == len(infos)-1 || !info.Sealed || !old && !large {
			break
		}
		// Before, so that nothing in between makes it look lost; after, where a full
		// disk has room only then.
		begin := func() error { return h.setOldest(segments[i+1].number, max(h.before, info.Last)) }
		noted := begin()
		h.remove(seg)
		if err = seg.closeWriter(); err == nil {
			err = removeFile(seg.path)
		}
		if err == nil && noted != nil {
			err = begin()
		}
		if err != nil {
			return removed, fmt.Errorf("trim history: %w", err)
		}
		total -= info.Bytes
		removed = append(removed, info)
	}
	if len(removed) > 0 {
		// Names of addresses that appear in no event any more.
		if err := h.names.forgetBefore(infos[len(removed)].Since); err != nil {
			return removed, fmt.Errorf("trim history: %w", err)
		}
	}
	return removed, nil
}

// setOldest notes with which file the history begins, and the highest Seq before
// it, and waits for the disk. The caller holds appending.
func (h *History) setOldest(number int, before uint64) error {
	n := h.names
	n.mu.Lock()
	defer n.mu.Unlock()
	err := n.try(func() error {
		if err := n.c.exec("PRAGMA synchronous = FULL"); err != nil {
			return err
		}
		err := n.c.exec("INSERT OR REPLACE INTO oldest (id, number, before) VALUES (1, ?, ?)", int64(number), int64(before))
		return errors.Join(err, n.c.exec("PRAGMA synchronous = NORMAL"))
	})
	if err != nil {
		return fmt.Errorf("note the oldest file of the history: %w", err)
	}
	h.mu.Lock()
	h.oldest, h.before = number, before
	h.mu.Unlock()
	return nil
}

// findOldest reads what setOldest noted. If nothing is known, as with a folder of
// an older version or when names.db was lost, the files there are begin the history.
func (h *History) findOldest(files []segmentFile) error {
	n := h.names
	n.mu.Lock()
	err := n.try(func() error {
		return n.c.each(func(row []driver.Value) error {
			h.oldest, h.before = int(integer(row[0])), uint64(integer(row[1]))
			return nil
		}, "SELECT number, before FROM oldest")
	})
	n.mu.Unlock()
	if err != nil || h.oldest > 0 || len(files) == 0 {
		return err
	}
	before := uint64(0)
	if first := files[0].number; first > 1 && len(h.segments) > 0 && h.segments[0].number == first {
		before = max(h.segments[0].stats.first, 1) - 1
	}
	if err = h.setOldest(files[0].number, before); errors.Is(err, ErrFull) {
		return nil // the next time
	}
	return err
}
