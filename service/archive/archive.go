// Package archive keeps what was imported from old logs, apart from the history
// of what the service received: retention does not touch it, nobody who follows
// the service sees it as new, and its order is that of time, in whatever order
// the logs were imported.
//
// An archive is a folder with a history.History in it, and a file that says which Seqs
// belong to which import. An event's Seq is a number of this history, in the order of
// storing; what it had elsewhere is dropped.
//
// # Order
//
// Everything is read in the order of time, and events of the same time in that
// of Seq, which is the order of their lines. The archive does not sort what it
// has for that. It consists of runs: ranges of Seq in which time does not go
// back. A batch that is added is sorted, and continues the last run unless it
// begins before its end; then another begins, at the next multiple of 16384. A
// log in the order of time is one run, whatever its length. Reading merges the
// runs, of which only those that overlap in time are read at once.
//
// So the price of disorder is paid in runs: two routers' logs of the same year
// are two, which costs nothing to speak of; a million lines in no order at all are
// a hundred, all of which overlap.
package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"linklog/capture"
	"linklog/service/history"
)

// Options says how an Archive is kept. The zero value is what the service uses.
type Options struct {
	// SegmentRows is the number of events in a file; 0: history.DefaultSegmentRows.
	SegmentRows int64

	// Log takes what happens in the background; nil: nobody hears of it.
	Log *slog.Logger

	// Received is what the service received itself, which is known to every import; nil:
	// nothing.
	Received *history.History

	// NotRecorded gives what reports whether an event of a batch is not to be stored, nil: each
	// is. If it is nil itself, so it is for all batches.
	NotRecorded func() func(*capture.Event) bool

	// Old gives of which events addresses are shortened; nil: of none.
	Old func() Old

	// Damaged, if not nil, is called for every file that is set aside; see
	// history.Options.
	Damaged func(history.Damage)
}

// Archive is an open archive. Its methods can be called from any goroutine.
type Archive struct {
	dir string
	o   Options

	adding  sync.Mutex // held by one Add or Undo at a time
	runs    runs
	imports ledger
	changes atomic.Uint64

	mu       sync.Mutex
	history  *history.History // nil: nothing was ever imported
	failed   error            // why it cannot be used
	closed   bool
	sessions []*session // the imports, the one used last at the end
}

// Open opens the archive in a folder. If there is none, nothing was imported yet:
// the first Add that stores an event makes it. Beside an error the Archive is there all
// the same: empty, and every Add returns the error.
func Open(dir string, o Options) (*Archive, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &Archive{dir: dir, o: o}
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if _, a.failed = a.open(); a.failed == nil {
		a.resume()
		a.changes.Add(1)
	}
	return a, a.failed
}

// open opens the history, and makes it if need be.
func (a *Archive) open() (*history.History, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, history.ErrClosed
	}
	if a.history != nil || a.failed != nil {
		return a.history, a.failed
	}
	h, err := history.Open(a.dir, history.Options{SegmentRows: a.o.SegmentRows, Log: a.o.Log, Damaged: a.o.Damaged, AnyTime: true})
	if err != nil {
		return nil, fmt.Errorf("imported events: %w", err)
	}
	if h.Blind() {
		h.Assume(h.LastSeq() + beyond)
	}
	a.history = h
	a.imports.load(a.dir, a.o.Log)
	return h, nil
}

// beyond is more than the Seqs of a file that cannot be read: nobody else knows them, and
// none may be given twice.
const beyond = 1 << 40

// Changes counts how often what is in the archive became something else; 0: nothing was
// ever in it.
func (a *Archive) Changes() uint64 { return a.changes.Load() }

// LooksChanged is that of the history.
func (a *Archive) LooksChanged() {
	if h := a.there(); h != nil {
		h.LooksChanged()
	}
}

// there gives the history, nil if there is none. A closed one says so itself.
func (a *Archive) there() *history.History {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.history
}

// Close closes all files. Queries that are running end with history.ErrClosed.
func (a *Archive) Close() error {
	a.mu.Lock()
	a.closed = true
	h := a.history
	a.mu.Unlock()
	if h == nil {
		return nil
	}
	return h.Close()
}

// Segments lists the files, none if nothing was imported.
func (a *Archive) Segments() []history.SegmentInfo {
	if h := a.there(); h != nil {
		return h.Segments()
	}
	return nil
}

// Report gives what was found wrong with the files since Open.
func (a *Archive) Report() history.Report {
	if h := a.there(); h != nil {
		return h.Report()
	}
	return history.Report{}
}
