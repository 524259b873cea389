package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"linklog/service/sqlite"
)

// Report says what was found wrong with the files since Open.
type Report struct {
	Damaged []Damage  // set aside; oldest first
	Refused []Refusal // left alone and not used
	Fixed   []Refusal // used, but nothing can be written to them

	// Missing are Seqs of files that Open did not find where they should be: between
	// two others, or before all of them without Trim having removed them. Files that
	// were set aside before are among them.
	Missing []Hole

	// Unclean: the last process did not close the history properly, and the file
	// it wrote to is being read through, or was.
	Unclean bool
}

// Damage is a file that was set aside.
type Damage struct {
	File string // its new name, without the folder
	Err  error  // what was found; ErrDamaged
	Time time.Time

	// First and Last bound the Seqs that were in the file or may have been: to be
	// appended again from wherever they can be had. Last is 0 for the newest
	// file when its end cannot be told: everything from First on.
	// Both are 0 for a file without events (names.db).
	First, Last uint64
}

// Hole are the Seqs from First to Last, or some of them.
type Hole struct{ First, Last uint64 }

// Refusal is a file that was left alone.
type Refusal struct {
	File string // its name, without the folder
	Err  error  // why: ErrNewer, for one
}

// Report gives what was found so far.
func (h *History) Report() Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.report
	r.Damaged = slices.Clone(r.Damaged)
	r.Refused = slices.Clone(r.Refused)
	r.Fixed = slices.Clone(r.Fixed)
	r.Missing = slices.Clone(r.Missing)
	for _, seg := range h.segments {
		r.Unclean = r.Unclean || seg.unclean
	}
	return r
}

// setAside takes a segment that was found to be damaged out of the history. The
// caller holds appending.
func (h *History) setAside(seg *segment, cause error) error {
	h.remove(seg)
	_ = seg.closeWriter() // of a damaged file
	known := seg.stats
	i, err := h.moveAside(seg, cause)
	if err != nil {
		return err
	}
	h.mu.Lock()
	d := &h.report.Damaged[i]
	d.First, d.Last = h.hole(seg.number)
	if known.last > 0 && d.Last == 0 {
		d.Last = known.last
	}
	damage := *d
	h.mu.Unlock()
	if h.o.Damaged != nil {
		h.o.Damaged(damage)
	}
	return nil
}

// moveAside renames a file that is not open. Its companions go with it: sqlite3
// can recover more with them. i is its place in the report.
func (h *History) moveAside(seg *segment, cause error) (i int, err error) {
	now := h.o.now().UTC()
	name, err := sqlite.SetAside(seg.path, now)
	if err != nil {
		return 0, err
	}
	h.o.Log.Error("history file set aside", "file", name, "error", cause)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.report.Damaged = append(h.report.Damaged, Damage{File: name, Err: cause, Time: now, First: uint64(seg.number)})
	return len(h.report.Damaged) - 1, nil
}

// closeHoles completes what Open found: the Seqs that are missing are known only
// when all files were looked at. Until then Damage.First is the file's number.
func (h *History) closeHoles(files []segmentFile) {
	for i := range h.report.Damaged {
		if d := &h.report.Damaged[i]; d.First != 0 {
			d.First, d.Last = h.hole(int(d.First))
		}
	}
	next := h.oldest
	for i, f := range files {
		first, last := h.hole(f.number - 1)
		// What is missing after a first file that was damaged is in the hole of that.
		if f.number > next && first <= last && (i == 0 || first > h.before+1) {
			h.o.Log.Warn("a file of the history is missing", "before", filepath.Base(f.path), "first", first, "last", last)
			h.report.Missing = append(h.report.Missing, Hole{first, last})
		}
		next = f.number + 1
	}
}

// hole gives the Seqs between the segments before and after a number; see Damage.
func (h *History) hole(number int) (first, last uint64) {
	first = h.before + 1
	for _, seg := range h.segments {
		if seg.stats.rows == 0 {
			continue
		}
		if seg.number < number {
			first = seg.stats.last + 1
		} else {
			return first, max(first, seg.stats.first) - 1
		}
	}
	return first, 0
}

// Check reads every file through and sets those aside that are damaged; Report
// tells which. It takes about a second per hundred megabytes.
func (h *History) Check(ctx context.Context) error {
	for _, seg := range h.list() {
		if err := h.check(ctx, seg, fullCheck); err != nil {
			return fmt.Errorf("check history: %w", err)
		}
	}
	return nil
}

// The checks of SQLite: the quick one leaves out whether indexes fit their tables,
// and takes a third of the time.
const (
	quickCheck = "PRAGMA quick_check(1)"
	fullCheck  = "PRAGMA integrity_check(1)"
)

// check reads one segment through.
func (h *History) check(ctx context.Context, seg *segment, how string) error {
	// Its own connection: a reader of the pool would keep sealing waiting.
	h.mu.Lock()
	opened := seg.how
	h.mu.Unlock()
	err := integrity(ctx, seg.path, how, opened)
	if err == nil || !errors.Is(err, sqlite.ErrDamaged) {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	return h.condemn(seg, err)
}

// condemn sets a segment aside unless it was removed meanwhile.
func (h *History) condemn(seg *segment, cause error) error {
	h.appending.Lock()
	defer h.appending.Unlock()
	if !slices.Contains(h.list(), seg) {
		return nil
	}
	return h.setAside(seg, cause)
}

// integrity is ErrDamaged if SQLite finds fault with a file.
func integrity(ctx context.Context, path, check string, how sqlite.Mode) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	c, err := sqlite.Open(path, false, busyReading, how)
	if err != nil {
		return err
	}
	defer c.Close()
	found := ""
	err = c.EachContext(ctx, func(row sqlite.Row) error {
		found = row.Text(0)
		return sqlite.ErrStop
	}, check)
	if err == nil && found != "ok" {
		err = sqlite.Damaged(path, "%s", found)
	}
	return err
}
