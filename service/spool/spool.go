// Package spool keeps what was received on disk, in order, before anything else
// happens to it. It is the service's queue: the socket's batches are appended at
// one end, and any number of readers follow at their own pace, each a position in
// a file and a wake-up, never a buffer that could overflow.
//
// # What survives
//
// A batch is in the operating system's hands when Append returns: the end of this
// process, kill -9 included, loses none of it and repeats none of it. Power loss
// or a crash of the system may take what was appended since the last Sync that
// succeeded; SyncEvery with 100 ms (the service's choice) bounds that. What is
// behind Synced survives both. On macOS and Windows the same calls ask the drive
// itself to flush; a drive that lies about that is beyond us.
//
// A Seq is never given twice, whatever happens to the files short of losing the
// folder: before the first of a range of Seqs is given, the end of the range is
// written and flushed (see marker). After anything but a proper Close, numbering
// goes on behind that range, so Seqs grow but are not dense; a leap is no loss.
//
// # Files
//
// The folder (0700) holds NNNNNNNNNNNNNNNNNNNN.spool files (0600), named by the
// Seq of their first record; "seq", how far numbers may have been given; "lock",
// held while a Spool is open; and *.damaged, what was cut off or set aside and is
// never read again. header.go and record.go say what is inside.
package spool

import (
	"fmt"
	"os"
	"sort"
	"sync"

	"linklog/capture"
	"linklog/service/datafile"
)

// Options bounds a spool. The zero value is what the service uses.
type Options struct {
	// FileBytes is the size at which the next file is begun; 0: 32 MiB. A batch
	// is never split, so a file may be larger by what one batch takes.
	FileBytes int64

	// KeepBytes is how much of the newest records stays even when it was
	// released, so that a damaged history can be refilled; 0: 256 MiB, negative:
	// nothing.
	KeepBytes int64

	// MaxBytes bounds the spool files together; 0: 1 GiB. Released files make
	// room first, beyond KeepBytes if need be. What happens when nothing released
	// is left says DropOldest.
	MaxBytes int64

	// DropOldest decides what is lost when MaxBytes is reached and the history
	// cannot keep up. false: what arrives (Append returns ErrFull and the caller
	// counts a gap). true: the oldest file, though not released; readers that had
	// not come by get a GoneError.
	DropOldest bool

	// MinSeq is the highest Seq known from elsewhere, as a rule the history's
	// last: every Seq given from now on is above it.
	MinSeq uint64

	// Expected tells that there has been a spool. If there is none now, nobody knows
	// which Seqs above MinSeq it gave, and numbering goes on far behind it.
	Expected bool

	// Blind tells that MinSeq may be far too low, as the newest file of the history
	// cannot be read.
	Blind bool
}

const (
	defaultFileBytes = 32 << 20
	defaultKeepBytes = 256 << 20
	defaultMaxBytes  = 1 << 30
)

func (o *Options) fill() error {
	if o.FileBytes < 0 || o.MaxBytes < 0 {
		return fmt.Errorf("a negative size: files of %d, %d in all", o.FileBytes, o.MaxBytes)
	}
	if o.MinSeq > capture.MaxSeq {
		return fmt.Errorf("no Seq is above %d", o.MinSeq)
	}
	if o.FileBytes == 0 {
		o.FileBytes = defaultFileBytes
	}
	if o.KeepBytes == 0 {
		o.KeepBytes = defaultKeepBytes
	}
	o.KeepBytes = max(o.KeepBytes, 0)
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	return nil
}

// Spool is an open spool. Its methods may be called from any goroutine.
//
// Three locks, taken in the order syncing, writing, mu: writing is held for as
// long as a write takes, syncing for as long as a disk needs to flush, mu only for
// a few instructions, so that neither a slow disk nor a reader is in the way.
type Spool struct {
	o      Options
	root   *os.Root // every access goes through it: files stay shareable on Windows
	lock   *os.File
	marker *marker
	closed chan struct{} // closed by Close

	syncing sync.Mutex
	spare   []string // the list of files that unsynced is swapped with

	writing  sync.Mutex
	shut     bool     // Close has begun
	file     *os.File // the file that is written; nil: the next Append begins one
	seg      *segment // what file holds
	size     int64    // bytes of file that count
	next     uint64   // the Seq the next record gets
	ceiling  uint64   // Seqs below it may be given
	buf      []byte
	scratch  []Record
	unsynced []string // files with records since the last Sync
	noted    bool     // unsynced has file in it
	newFiles bool     // the folder itself has to be flushed
	unsafe   chan struct{}

	mu       sync.Mutex
	segs     []*segment // oldest first
	total    int64      // bytes of segs
	last     uint64     // the highest Seq known to have been given
	released uint64
	synced   uint64
	waiting  []*Reader // to be woken by the next Append

	removing sync.Mutex // one goroutine at a time unlinks files; taken before mu
}

// segment is what is known about one spool file. Spool.mu guards all
// but the name and the header, which never change.
type segment struct {
	name string
	header

	last   uint64 // Seq of its last record; below first: it has none
	end    int64  // bytes that count
	stops  []stop // places to begin reading at, in ascending order
	sealed bool   // nothing is appended any more
}

// stop is the place of a record in a file.
type stop struct {
	seq uint64
	off int64
}

// stopEvery is the distance of stops, in bytes: what a reader that begins in the
// middle of a file has to go through in vain, at the most.
const stopEvery = 1 << 20

// grow notes records up to last that end at end; the first of them is at from.
func (g *segment) grow(from stop, last uint64, end int64) {
	if n := len(g.stops); n == 0 || from.off-g.stops[n-1].off >= stopEvery {
		g.stops = append(g.stops, from)
	}
	g.last, g.end = last, end
}

// stopBefore is where to begin reading to come to a record. Spool.mu is held.
func (g *segment) stopBefore(seq uint64) stop {
	if i := sort.Search(len(g.stops), func(i int) bool { return g.stops[i].seq > seq }); i > 0 {
		return g.stops[i-1]
	}
	return stop{g.first, headerSize}
}

// Open opens the spool in dir, which it creates if need be, and repairs what a
// crash left behind. It reads the newest file from end to end and the headers of
// the others; damage elsewhere is found when a Reader passes. Nothing is thrown
// away: what cannot be read is moved to *.damaged files (see Report).
//
// It returns ErrInUse if another process has the spool open, ErrVersion if a newer
// LinkLog wrote it, and a *datafile.Error if the folder or its lock cannot be used.
func Open(dir string, o Options) (*Spool, Report, error) {
	s, report, err := open(dir, o)
	if err != nil {
		return nil, report, fmt.Errorf("open spool %s: %w", dir, err)
	}
	return s, report, nil
}

func open(dir string, o Options) (*Spool, Report, error) {
	if err := o.fill(); err != nil {
		return nil, Report{}, err
	}
	if err := datafile.MakeFolder(dir); err != nil {
		return nil, Report{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, Report{}, err
	}
	s := &Spool{
		o:      o,
		root:   root,
		closed: make(chan struct{}),
		unsafe: make(chan struct{}, 1),
	}
	report, err := s.start()
	if err != nil {
		s.abandon()
		return nil, report, err
	}
	return s, report, nil
}

func (s *Spool) start() (report Report, err error) {
	if err := datafile.File(s.path("lock"), true); err != nil {
		return report, err
	}
	if s.lock, err = s.root.OpenFile("lock", os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return report, datafile.Explain(s.path("lock"), err)
	}
	if err := lockFile(s.lock); err != nil {
		return report, err
	}
	return s.recover()
}

// First is the Seq of the oldest record that is still here, or, if there is none,
// Last()+1.
func (s *Spool) First() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.segs) > 0 {
		return s.segs[0].first
	}
	return s.last + 1
}

// Before is a Seq that has at least n records between it, included, and another, as far as there are
// so many: Seqs alone do not tell, as they leap after a crash.
func (s *Spool) Before(seq uint64, n uint64) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.segs) - 1; i >= 0; i-- {
		g := s.segs[i]
		if g.first >= seq {
			continue
		}
		here := min(seq-1, g.last) - g.first + 1
		if here >= n || i == 0 {
			return g.first + here - min(here, n)
		}
		n -= here
	}
	return seq
}

// Last is the highest Seq that is known to have been given: that of the newest
// record, or Options.MinSeq; 0: none yet. A Reader from Last()+1 hands out what is
// appended from now on.
func (s *Spool) Last() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Synced is the Seq up to which everything survives power loss, as far as this
// process has made sure.
func (s *Spool) Synced() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.synced
}

// Size is the size of the spool files together, in bytes, without *.damaged.
func (s *Spool) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Close flushes everything, notes that nothing is missing and lets go of the
// folder. Readers that wait return ErrClosed; they still have to be closed. Close
// returns the error of the last flush; a second call does nothing.
func (s *Spool) Close() error {
	s.writing.Lock()
	if s.shut {
		s.writing.Unlock()
		return nil
	}
	s.shut = true
	s.writing.Unlock()

	err := s.sync()
	if err == nil {
		err = s.marker.write(mark{next: s.next, last: s.Last(), clean: true})
	}
	close(s.closed)
	s.abandon()
	if err != nil {
		return fmt.Errorf("close spool: %w", err)
	}
	return nil
}

// abandon lets go of everything that is open, as the end of the process would.
func (s *Spool) abandon() {
	if s.file != nil {
		s.file.Close()
	}
	if s.marker != nil {
		s.marker.close()
	}
	if s.lock != nil {
		s.lock.Close() // and with it the lock goes
	}
	s.root.Close()
}
