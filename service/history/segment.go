package history

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"linklog/service/sqlite"
)

// segment is one file of the history. Segments are ordered by number, and so are
// the Seqs in them: every Seq in one is greater than all in those before.
type segment struct {
	path   string
	number int
	month  time.Time // its first instant

	// mu is held while the file is written: for a batch, or for a block. w is nil
	// until the first time. covered is the first block that may have to be built.
	// complete says that all are, or are being built, so that any row that is added
	// changes one; edits counts the batches that did so, edited is the time of the
	// last.
	mu       sync.Mutex
	w        *writer
	fixed    error // why it must not be written; nil: it may be
	covered  uint64
	complete bool
	edits    int
	edited   time.Time
	short    bool  // nothing in it is left to be shortened, see Shorten
	shortTo  int64 // nothing from before this time is, see ShortenRows

	// Guarded by History.mu.
	stats   stats
	sealed  bool
	unclean bool        // was not closed properly the last time
	closed  bool        // no new readers: it is about to be changed, moved or removed
	gone    bool        // for good
	using   int         // readers in use
	how     sqlite.Mode // changed only while the file is closed
	fault   error       // a reader found it damaged: it is to be set aside
	earlier []uint64    // the Seqs of events in earlier segments of which it has a volume

	carried atomic.Pointer[[]carried] // what later ones have of its events, by Seq
}

// stats is what is known of a segment's rows.
type stats struct {
	first, last uint64 // 0: no rows
	start, end  int64  // earliest and latest time, ns since 1970
	rows        int64
}

func emptyStats() stats { return stats{start: math.MaxInt64, end: math.MinInt64} }

// fileName tells the order: the month is that of the first event, in UTC so that
// it does not depend on where the machine thinks it is.
func fileName(month time.Time, number int) string {
	return fmt.Sprintf("history-%s-%06d.db", month.UTC().Format("2006-01"), number)
}

// segmentFile is a file with a segment's name.
type segmentFile struct {
	path   string
	number int
	month  time.Time
}

// listSegments gives what has the name of a segment, by number: whether it is one is
// for others to see.
func listSegments(dir string) ([]segmentFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	pattern := regexp.MustCompile(`^history-(\d{4}-\d{2})-(\d{6,9})\.db$`)
	var files []segmentFile
	for _, e := range entries {
		m := pattern.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		month, err := time.Parse("2006-01", m[1])
		if err != nil {
			continue
		}
		n, _ := strconv.Atoi(m[2]) // digits, too few to overflow
		files = append(files, segmentFile{filepath.Join(dir, e.Name()), n, month})
	}
	slices.SortStableFunc(files, func(a, b segmentFile) int { return cmp.Compare(a.number, b.number) })
	return files, nil
}

// monthOf is the first instant of a time's month in UTC.
func monthOf(t time.Time) time.Time {
	y, m, _ := t.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

// nextSegment reports whether an event of time t begins a new segment after one
// of that month.
//
// A clock that jumps back stays in the segment, up to a day before its month: it
// was set right by a little. More than that, and the segment's month was wrong:
// it would wait for a year to come.
func nextSegment(month, t time.Time) bool {
	if Unset(t) {
		return false
	}
	return !t.Before(month.AddDate(0, 1, 0)) || t.Before(month.AddDate(0, 0, -1))
}

// Unset tells the time of a clock that nobody has set yet, as after the start of a
// computer without a battery.
func Unset(t time.Time) bool { return t.Unix() < firstSet }

const firstSet = 1_577_836_800 // 2020 began, long before this program was written

// inspect reads what a segment holds and makes sure of what can be known
// quickly: that the file is whole, its schema ours, its dictionaries complete for
// the latest rows. The rest is for Check.
func inspect(r *reader) (stats, error) {
	st := emptyStats()
	pages, _, err := r.c.Int("PRAGMA page_count")
	if err != nil {
		return st, err
	}
	size, _, err := r.c.Int("PRAGMA page_size")
	if err != nil {
		return st, err
	}
	info, err := os.Stat(r.c.Path())
	if err != nil {
		return st, err
	}
	// What is still in the WAL may lie beyond the end of the file.
	if _, err := os.Stat(r.c.Path() + "-wal"); err != nil && info.Size() < pages*size {
		return st, sqlite.Damaged(r.c.Path(), "%d of its %d bytes are missing", pages*size-info.Size(), pages*size)
	}
	blocks, err := r.blocks()
	if err != nil {
		return st, err
	}
	for _, w := range windows(blocks, 0, math.MaxInt64) {
		if w.block != nil {
			st.add(w.block.first, w.block.start)
			st.add(w.block.last, w.block.end)
			st.rows += w.block.rows
			continue
		}
		err := r.each("SELECT count(*), min(seq), max(seq), min(time), max(time) FROM log WHERE seq BETWEEN ? AND ?", func(row sqlite.Row) error {
			if n := row.Int(0); n > 0 {
				st.add(uint64(row.Int(1)), row.Int(3))
				st.add(uint64(row.Int(2)), row.Int(4))
				st.rows += n
			}
			return nil
		}, int64(w.low), int64(w.high))
		if err != nil {
			return st, err
		}
	}
	last, _, err := r.c.Int("SELECT max(seq) FROM log")
	if err != nil {
		return st, err
	}
	if uint64(last) != st.last {
		return st, sqlite.Damaged(r.c.Path(), "its last event is %d, not %d", last, st.last)
	}
	_, err = r.eventsBetween(nil, st.last-min(st.last, checkedRows), st.last, true, checkedRows, nil)
	return st, err
}

// checkedRows are read with all that belongs to them when a segment is opened.
const checkedRows = 500

// add takes an event's Seq and time into the ranges.
func (st *stats) add(seq uint64, t int64) {
	if st.first == 0 || seq < st.first {
		st.first = seq
	}
	st.last = max(st.last, seq)
	st.start, st.end = min(st.start, t), max(st.end, t)
}
