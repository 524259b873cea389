// Package history keeps every event the service has seen, for as long as the
// settings say, in SQLite files that anyone can open, copy or delete.
//
// A History is a folder. Events are in segments, history-2026-11-000001.db and
// so on: a new one begins with every calendar month (UTC) and after five million
// events. In each the view events shows plain columns:
//
//	sqlite3 history-2026-11-000001.db 'SELECT * FROM events ORDER BY seq DESC LIMIT 20'
//
// names.db holds the names that reverse DNS gave to addresses, and which file is
// the oldest since others were removed. lock keeps a second process out. Files that were found to be damaged end in
// .damaged-TIME: they are out of use and never deleted.
//
// # What survives what
//
// When Append has returned without an error, its events survive the end of the
// process in any form (kill -9, a crash, no memory) and the end of the machine
// (power loss, kernel crash), as far as the disk keeps what it confirmed to have
// written: every Append is one transaction per segment in SQLite's WAL mode with
// synchronous=FULL, which waits for the disk. Events of an Append that did not
// return are stored whole or not at all, and storing them again does no harm.
// Names (SetName) survive the end of the process at once, that of the machine
// after some seconds: they can be looked up again.
package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"linklog/capture"
	"linklog/service/datafile"
	"linklog/service/sqlite"
)

// Options says how a History is kept. The zero value is what the service uses.
type Options struct {
	// SegmentRows is the number of events in a segment; 0: DefaultSegmentRows.
	SegmentRows int64

	// SegmentBytes is the size on disk at which a segment is full, too, however few
	// events it has; 0: DefaultSegmentBytes.
	SegmentBytes int64

	// Log takes what happens in the background; nil: nobody hears of it.
	Log *slog.Logger

	// Damaged, if not nil, is called for every file that is set aside after Open
	// has returned, from any goroutine; it must not call the History. (What Open
	// itself found is in Report.)
	Damaged func(Damage)

	// Latest, if not nil, is the latest time that an event can have come at. One that
	// says it was later comes from a clock that is wrong: it begins no new segment, and
	// its segment is not kept until that time has come and is long ago. It is called
	// often and must be quick.
	Latest func() time.Time

	// AnyTime keeps months together in one segment, until it is full: for events
	// that are not stored when they happen, and may come from any time at all.
	AnyTime bool

	now        func() time.Time // for tests
	migrations []string
	unsafe     bool // do not wait for the disk
}

// DefaultSegmentRows makes files of about a quarter of a gigabyte: small enough
// to copy and to delete when the history grows too large, large enough that a
// year has few.
const DefaultSegmentRows = 5_000_000

// DefaultSegmentBytes is four times what those usually take. Whoever sends much
// rubbish, which is kept as it came, must not make a file that is larger than all
// the history may be: the one that is being written cannot be removed.
const DefaultSegmentBytes = 1 << 30

// ErrClosed: the History is closed.
var ErrClosed = errors.New("the history is closed")

// History is an open history. Its methods can be called from any goroutine.
type History struct {
	dir   string
	o     Options
	lock  *os.File
	names *names
	plans plans

	// appending is held by Append and whatever changes the list of segments.
	appending sync.Mutex

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wake   chan struct{} // the background worker has something to do
	work   sync.WaitGroup

	mu       sync.Mutex
	changed  *sync.Cond // of mu: a segment's readers or closed, closing
	segments []*segment // by number
	refused  []int      // the numbers of files that are not used: they must not be touched
	blind    int        // the highest of those whose last Seq is not known
	oldest   int        // the number of the file that should be the first; 0: not known
	before   uint64     // the highest Seq of those that Trim removed
	idle     []*reader  // by last use
	report   Report
	last     uint64
	closing  bool
}

// Open opens the history in a folder and makes the folder if there is none. It
// takes well under a second whatever the size: files are checked for what can be
// known quickly, and the one that was being written when the last process did
// not end properly is read through afterwards in the background.
//
// A file that is damaged, of a newer LinkLog, or that cannot be read is no error but
// is in Report. An error is ErrInUse, ErrReadOnly, ErrFull, a *datafile.Error, or one of
// the operating system.
func Open(dir string, o Options) (*History, error) {
	if o.SegmentRows <= 0 {
		o.SegmentRows = DefaultSegmentRows
	}
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = DefaultSegmentBytes
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.Latest == nil {
		o.Latest = func() time.Time { return time.Unix(0, math.MaxInt64) }
	}
	if o.migrations == nil {
		o.migrations = migrations()
	}
	if err := datafile.MakeFolder(dir); err != nil {
		return nil, openError(err)
	}
	h := &History{dir: dir, o: o, wake: make(chan struct{}, 1)}
	h.changed = sync.NewCond(&h.mu)
	h.ctx, h.cancel = context.WithCancel(context.Background())
	if err := h.open(); err != nil {
		h.Close()
		return nil, openError(err)
	}
	h.work.Add(1)
	go h.background()
	return h, nil
}

func openError(err error) error { return fmt.Errorf("open history: %w", err) }

func (h *History) open() (err error) {
	if h.lock, err = sqlite.Lock(filepath.Join(h.dir, "lock")); err != nil {
		return err
	}
	h.openNames(filepath.Join(h.dir, "names.db"))
	files, err := listSegments(h.dir)
	if err != nil {
		return err
	}
	for i, f := range files {
		if i > 0 && f.number == files[i-1].number {
			h.refuse(f, fmt.Errorf("%s: its number is taken by %s", filepath.Base(f.path), filepath.Base(files[i-1].path)))
			continue
		}
		if err := h.openSegment(f, i == len(files)-1); err != nil {
			return err
		}
	}
	if err := h.dropDoubles(); err != nil {
		h.o.Log.Warn("duplicate events could not be removed from the history", "error", err)
	}
	if err := h.findOldest(files); err != nil {
		return err
	}
	h.closeHoles(files)
	if err := h.carry(); err != nil {
		h.o.Log.Warn("what was reported later of events cannot be read", "error", err)
	}
	return nil
}

// openSegment adds a file to the history, or sets it aside if it is damaged, or leaves
// it alone if it cannot be used: one file must not keep the others from being read.
func (h *History) openSegment(f segmentFile, newest bool) error {
	if err := sqlite.Usable(f.path, false); err != nil {
		h.refuse(f, err)
		return nil
	}
	seg := &segment{path: f.path, number: f.number, month: f.month, stats: emptyStats(), fixed: datafile.File(f.path, true)}
	if wal, err := os.Stat(f.path + "-wal"); err == nil && wal.Size() > 0 {
		seg.unclean = true
	}
	err := h.inspect(seg, newest)
	if sqlite.NoRoom(err) && sqlite.Alone != sqlite.Usual {
		seg.how = sqlite.Alone
		err = h.inspect(seg, newest)
	}
	if sqlite.NoRoom(err) && !seg.unclean {
		if full := datafile.Room(h.dir); full != nil {
			err = full // SQLite says only that it could not
		}
		seg.how, seg.fixed = sqlite.Frozen, datafile.Explain(f.path, err)
		err = h.inspect(seg, newest)
	}
	switch {
	case err == nil && seg.stats.last > capture.MaxSeq:
		h.refuse(f, fmt.Errorf("%s: no event can have the number %d", filepath.Base(f.path), seg.stats.last))
	case err == nil:
		h.segments = append(h.segments, seg)
		h.last = max(h.last, seg.stats.last)
		if seg.fixed != nil {
			h.report.Fixed = append(h.report.Fixed, Refusal{File: filepath.Base(f.path), Err: seg.fixed})
		}
	case errors.Is(err, sqlite.ErrDamaged):
		_, err := h.moveAside(seg, err)
		return err
	default:
		h.refuse(f, err)
	}
	return nil
}

// inspect brings the file up to date and reads what it holds.
func (h *History) inspect(seg *segment, newest bool) error {
	// A crash while a file is made may leave an empty one, but only as the last.
	if info, err := os.Stat(seg.path); err == nil && info.Size() == 0 && !newest {
		return sqlite.Damaged(seg.path, "it is empty")
	}
	sealed := true
	if seg.fixed == nil {
		var err error
		if sealed, err = h.update(seg); err != nil {
			return err
		}
	}
	// A file that must not be written takes no more rows, as a sealed one.
	seg.sealed, seg.complete = sealed, sealed
	r, err := openReader(seg)
	if err != nil {
		return err
	}
	defer r.close()
	if seg.fixed != nil {
		if have, err := sqlite.Version(r.c, segmentID); err != nil {
			return err
		} else if know := len(h.o.migrations); have > know {
			return sqlite.Newer(seg.path, have, know)
		}
	}
	seg.stats, err = inspect(r)
	return err
}

// update brings a file to the newest version.
func (h *History) update(seg *segment) (sealed bool, err error) {
	w, err := openWriter(seg.path, false, seg.how, &h.o)
	if err != nil {
		return false, err
	}
	n, some, err := w.c.Int("SELECT sealed FROM segment")
	if err == nil && !some {
		// A crash while it was made: it has its tables and nothing in them.
		err = w.begin(seg.number, h.o.now())
	}
	if e := w.close(); err == nil {
		err = e
	}
	return n != 0, err
}

// refuse leaves a file alone and remembers why. What it holds still counts: its
// Seqs must not be given out again.
func (h *History) refuse(f segmentFile, why error) {
	h.o.Log.Warn("history file left alone", "file", filepath.Base(f.path), "error", why)
	h.report.Refused = append(h.report.Refused, Refusal{File: filepath.Base(f.path), Err: why})
	h.refused = append(h.refused, f.number)
	last := int64(0)
	if sqlite.Usable(f.path, false) == nil {
		if c, err := sqlite.Open(f.path, false, 0, sqlite.Usual); err == nil {
			if last, _, err = c.Int("SELECT max(seq) FROM log"); err != nil {
				last = 0
			}
			c.Close()
		}
	}
	if 0 < last && last <= capture.MaxSeq {
		h.last = max(h.last, uint64(last))
	} else {
		h.blind = max(h.blind, f.number)
	}
}

// spent is the highest number of a file that is not used.
func (h *History) spent() int {
	if len(h.refused) == 0 {
		return 0
	}
	return slices.Max(h.refused)
}

// Blind reports whether the newest file cannot be read: then events above LastSeq may
// have been stored, and nobody here knows which.
func (h *History) Blind() bool {
	segments := h.list()
	return h.blind > 0 && (len(segments) == 0 || h.blind > segments[len(segments)-1].number)
}

// Assume takes the events up to a Seq for stored, in a file that cannot be read; see
// Blind.
func (h *History) Assume(seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = max(h.last, seq)
}

// Close ends the work in the background, which goes on at the next Open, and
// closes all files. Queries that are running end with ErrClosed.
func (h *History) Close() error {
	h.cancel()
	h.work.Wait()
	h.appending.Lock()
	defer h.appending.Unlock()
	h.mu.Lock()
	again := h.closing
	h.closing = true
	segments := h.segments
	h.mu.Unlock()
	if again {
		return nil
	}
	h.plans.forget()
	var errs []error
	for _, seg := range segments {
		h.closeReaders(seg, true)
		errs = append(errs, seg.closeWriter())
	}
	if h.names != nil {
		errs = append(errs, h.names.close())
	}
	if h.lock != nil {
		errs = append(errs, h.lock.Close())
	}
	return errors.Join(errs...)
}

// LastSeq is the highest Seq that Open found or Append has stored since; 0: none.
// What came after it before a crash has to be appended again.
func (h *History) LastSeq() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

// SegmentInfo describes a file of the history.
type SegmentInfo struct {
	File        string    // its name, without the folder
	First, Last uint64    // Seqs; 0: it holds no event
	Since       time.Time // the time of the earliest and of the latest event, UTC
	Until       time.Time
	Rows        int64 // events
	Bytes       int64 // with what SQLite keeps beside it
	Sealed      bool  // complete; indexed in full. Others are indexed but for the latest events
}

// Segments lists the files, oldest first.
func (h *History) Segments() []SegmentInfo {
	h.mu.Lock()
	var all []SegmentInfo
	for _, seg := range h.segments {
		all = append(all, seg.info())
	}
	h.mu.Unlock()
	for i := range all {
		all[i].Bytes = sqlite.Bytes(filepath.Join(h.dir, all[i].File))
	}
	return all
}

// info describes a segment but for its size. The caller holds History.mu.
func (seg *segment) info() SegmentInfo {
	st := seg.stats
	info := SegmentInfo{File: filepath.Base(seg.path), First: st.first, Last: st.last, Rows: st.rows, Sealed: seg.sealed}
	if st.rows > 0 {
		info.Since, info.Until = time.Unix(0, st.start).UTC(), time.Unix(0, st.end).UTC()
	}
	return info
}

// LooksChanged tells that filters find other things in the same events: owners or lists of
// addresses are others than before.
func (h *History) LooksChanged() { h.plans.forget() }

// list gives the segments there are now, by number.
func (h *History) list() []*segment {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.segments)
}

// add puts a segment in its place. The caller holds appending.
func (h *History) add(seg *segment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.segments = append(h.segments, seg)
	slices.SortFunc(h.segments, func(a, b *segment) int { return cmp.Compare(a.number, b.number) })
}

// remove takes a segment out; nobody can read it any more. The caller holds
// appending.
func (h *History) remove(seg *segment) {
	h.mu.Lock()
	h.segments = slices.DeleteFunc(slices.Clone(h.segments), func(s *segment) bool { return s == seg })
	seg.closed, seg.gone = true, true
	h.mu.Unlock()
	h.closeReaders(seg, true)
}
