package history

import (
	"fmt"
	"path/filepath"

	"linklog/service/sqlite"
)

// dropDoubles makes every Seq one of one file again. While a file could not be read,
// events that may have been in it were stored once more, in the next one: now that it
// can be read they are there twice.
func (h *History) dropDoubles() error {
	for i := 1; i < len(h.segments); i++ {
		before, seg := h.segments[i-1], h.segments[i]
		if before.stats.rows == 0 || seg.stats.rows == 0 || seg.stats.first > before.stats.last || seg.fixed != nil {
			continue
		}
		if err := h.dropDoublesOf(seg, before); err != nil {
			return err
		}
	}
	return nil
}

// dropDoublesOf removes from a segment the events that are also in the one before it:
// the same Seq and time.
func (h *History) dropDoublesOf(seg, before *segment) error {
	w, err := openWriter(seg.path, false, seg.how, &h.o)
	if err != nil {
		return err
	}
	defer w.close()
	uri, err := sqlite.URI(before.path, "mode=ro")
	if err != nil {
		return err
	}
	if err := w.c.Exec("ATTACH ? AS before", uri); err != nil {
		return err
	}
	from, upTo := seg.stats.first, before.stats.last
	removed, err := int64(0), error(nil)
	err = w.transaction(func() error {
		s, err := w.c.Prepare("DELETE FROM log WHERE seq <= ? AND EXISTS (SELECT 1 FROM before.log AS b WHERE b.seq = log.seq AND b.time = log.time)")
		if err != nil {
			return err
		}
		defer s.Close()
		if removed, err = s.Exec(int64(upTo)); err != nil || removed == 0 {
			return err
		}
		if err := w.c.Exec("DELETE FROM gaps WHERE seq NOT IN (SELECT seq FROM log)"); err != nil {
			return err
		}
		if err := w.c.Exec("DELETE FROM volumes WHERE seq BETWEEN ? AND ? AND seq NOT IN (SELECT seq FROM log)", int64(from), int64(upTo)); err != nil {
			return err
		}
		return w.outdate(from, upTo)
	})
	if err != nil || removed == 0 {
		return err
	}
	h.o.Log.Info("duplicate events were removed from the history", "file", filepath.Base(before.path), "and no longer", filepath.Base(seg.path), "events", removed)
	seg.complete = false
	if err := h.recount(seg); err != nil {
		return fmt.Errorf("without doubles: %w", err)
	}
	return nil
}
