package history

import (
	"context"
	"errors"
	"time"

	"linklog/service/sqlite"
)

// retryAfter is how long the background worker waits after a failure (a full
// disk, a file locked by hand) before it tries again.
const retryAfter = time.Minute

// refillPause is how long a segment is left alone after rows were added to it that
// belong before others: more will come.
const refillPause = time.Second

// errLater: it is not the time yet.
var errLater = errors.New("later")

// errGone: a segment is no longer part of the history, or a block not what it was
// a moment ago.
var errGone = errors.New("gone meanwhile")

// background builds blocks, seals segments and reads a file through that was not
// closed properly, whenever there is something to do, until Close.
func (h *History) background() {
	defer h.work.Done()
	retry := time.NewTimer(0) // at once: what the last process left
	defer retry.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-h.wake:
		case <-retry.C:
		}
		wait := time.Duration(0)
		if err := h.names.shrink(h.ctx); err != nil && h.ctx.Err() == nil {
			h.o.Log.Warn("history: the file of names could not be made smaller; it is tried again", "error", err)
			wait = retryAfter
		}
		if h.meetAll() {
			wait = retryAfter
		}
		for _, seg := range h.list() {
			switch err := h.maintain(h.ctx, seg); {
			case err == nil || errors.Is(err, errGone) || h.ctx.Err() != nil:
			case err == errLater:
				wait = refillPause
			default:
				h.o.Log.Warn("history: background work failed; it is tried again", "file", seg.path, "error", err)
				wait = max(wait, retryAfter)
			}
		}
		if wait > 0 {
			retry.Reset(wait)
		}
	}
}

// maintain does what there is to do for one segment.
func (h *History) maintain(ctx context.Context, seg *segment) error {
	h.mu.Lock()
	if seg.gone {
		h.mu.Unlock()
		return nil
	}
	live := seg == h.segments[len(h.segments)-1]
	sealed, unclean, fault := seg.sealed, seg.unclean, seg.fault
	last := seg.stats.last
	h.mu.Unlock()
	if fault != nil {
		return h.condemn(seg, fault)
	}
	if unclean {
		if err := h.check(ctx, seg, quickCheck); err != nil {
			return err
		}
		h.mu.Lock()
		seg.unclean, h.report.Unclean = false, true
		gone := seg.gone
		h.mu.Unlock()
		if gone {
			return nil
		}
	}
	if sealed {
		return nil
	}
	if live {
		return h.build(ctx, seg, last>>blockBits)
	}
	seg.mu.Lock()
	seg.complete = true
	pause := time.Since(seg.edited) < refillPause
	seg.mu.Unlock()
	if pause {
		return errLater
	}
	h.mu.Lock()
	last = seg.stats.last // complete was not set before
	h.mu.Unlock()
	if err := h.build(ctx, seg, last>>blockBits+1); err != nil {
		return err
	}
	return h.seal(seg)
}

// build makes the blocks before end that are missing, and the packs of hosts.
func (h *History) build(ctx context.Context, seg *segment, end uint64) error {
	seg.mu.Lock()
	next, edits := seg.covered, seg.edits
	seg.mu.Unlock()
	var b block
	for next < end {
		if err := ctx.Err(); err != nil {
			return err
		}
		// The first row that may be in no block, and whether it is in one.
		seq, some, there := int64(0), false, false
		err := h.read(seg, func(r *reader) error {
			err := r.each("SELECT seq FROM log WHERE seq >= ? ORDER BY seq LIMIT 1", func(row sqlite.Row) error {
				seq, some = row.Int(0), true
				return nil
			}, int64(next<<blockBits))
			if err != nil || !some || uint64(seq)>>blockBits >= end {
				return err
			}
			next = uint64(seq) >> blockBits
			err = r.each("SELECT 1 FROM blocks WHERE block = ?", func(sqlite.Row) error {
				there = true
				return nil
			}, int64(next))
			if err != nil || there {
				return err
			}
			return r.load(&b, next<<blockBits, next<<blockBits|blockMask)
		})
		if err != nil {
			return err
		}
		if !some || uint64(seq)>>blockBits >= end {
			next = end
			break
		}
		if !there {
			if err := h.store(seg, &b, edits); err != nil {
				return err
			}
		}
		next++
	}
	seg.mu.Lock()
	if seg.edits == edits {
		seg.covered = max(seg.covered, next)
	}
	seg.mu.Unlock()
	return h.pack(ctx, seg, edits)
}

// store writes a block, unless rows were added to the segment's earlier ones
// since the block was read: then the caller begins again.
func (h *History) store(seg *segment, b *block, edits int) error {
	var columns [stored][]byte
	for f := range fields {
		columns[f] = encodeColumn(b.columns[f][b.first:b.slots])
	}
	columns[fieldHosts] = encodeSeen(b.seen(fieldSrc, fieldDst))
	columns[fieldPorts] = encodeSeen(b.seen(fieldSport, fieldDport))

	seg.mu.Lock()
	defer seg.mu.Unlock()
	if seg.edits != edits {
		h.nudge()
		return errGone
	}
	w, err := seg.writer(&h.o)
	if err != nil {
		return err
	}
	return w.transaction(func() error {
		number := int64(b.base >> blockBits)
		err := w.c.Exec("INSERT OR REPLACE INTO blocks (block, first_seq, last_seq, rows, first_time, last_time) VALUES (?,?,?,?,?,?)",
			number, int64(b.base)+int64(b.first), int64(b.base)+int64(b.slots)-1, int64(b.rows), b.start, b.end)
		for f, data := range columns {
			if err != nil {
				return err
			}
			if field(f) == fieldPresent && b.rows == b.slots-b.first {
				continue
			}
			err = w.c.Exec("INSERT OR REPLACE INTO columns (id, data) VALUES (?,?)", columnID(number, field(f)), data)
		}
		return err
	})
}

// pack makes the packs of hosts that are missing. A last one that is not full is
// not made: its hosts are read as rows. edits is as for store, since hosts can be removed.
func (h *History) pack(ctx context.Context, seg *segment, edits int) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		number, first, n := int64(0), int64(1), 0
		var data []byte
		err := h.read(seg, func(r *reader) error {
			err := r.each("SELECT max(pack) FROM packs", func(row sqlite.Row) error {
				if row[0] != nil {
					number = row.Int(0) + 1
				}
				return nil
			})
			if err != nil {
				return err
			}
			first = number*packSize + 1
			return r.each("SELECT addr, name FROM hosts WHERE id BETWEEN ? AND ? ORDER BY id", func(row sqlite.Row) error {
				a, err := parseAddr(row.Text(0))
				if err == nil {
					data, err = appendHost(data, host{a, row.Text(1)})
				}
				if err != nil {
					return sqlite.Damaged(r.c.Path(), "host %d", first+int64(n))
				}
				n++
				return nil
			}, first, first+packSize-1)
		})
		if err != nil || n < packSize {
			return err
		}
		seg.mu.Lock()
		if seg.edits != edits {
			seg.mu.Unlock()
			h.nudge()
			return errGone
		}
		w, err := seg.writer(&h.o)
		if err == nil {
			err = w.c.Exec("INSERT OR REPLACE INTO packs (pack, data) VALUES (?,?)", number, data)
		}
		seg.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// seal makes a segment that is complete one plain file: without a WAL beside it,
// it can be copied, and read where nothing can be written.
func (h *History) seal(seg *segment) error {
	seg.mu.Lock()
	defer seg.mu.Unlock()
	if seg.covered <= seg.stats.last>>blockBits {
		return nil // rows were added meanwhile; there was a nudge
	}
	w, err := seg.writer(&h.o)
	if err != nil {
		return err
	}
	err = w.transaction(func() error {
		if err := w.repeat(); err != nil {
			return err
		}
		return w.c.Exec("UPDATE segment SET sealed = 1")
	})
	if err != nil {
		return err
	}
	h.closeReaders(seg, false)
	defer h.openReaders(seg)
	// Fails if somebody has the file open by hand: then it keeps its WAL, which
	// does no harm.
	if err := w.c.Exec("PRAGMA journal_mode = DELETE"); err != nil {
		h.o.Log.Debug("history: a sealed file keeps its WAL", "file", seg.path, "error", err)
	}
	err = w.close()
	seg.w = nil
	h.mu.Lock()
	seg.sealed = true
	h.mu.Unlock()
	return err
}
