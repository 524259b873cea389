package archive

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// MaxBatch is the highest number of events of one Add.
const MaxBatch = 10_000

// ErrMark: the mark is of no import that is still known. What the import stored
// is in the archive; begun again from the start, it adds the rest.
var ErrMark = errors.New("the import is no longer known")

// session is an import that goes on.
type session struct {
	mark uint64 // its name
	last uint64 // the highest Seq there was when it began

	// Guarded by Archive.adding.
	used     seqSet                      // of these, the events that the import has met
	received seqSet                      // those it has met among what the service received
	lines    map[capture.Event]time.Time // those of a system log that were received, of the last minute
	entry    *Import                     // nil: it has stored nothing yet
	known    int                         // before that
	left     int                         // before that; see Added.Unrecorded
}

// Batch is a part of an import.
type Batch struct {
	Mark   uint64 // of the import
	File   string // where the events are from, for people; "": not said
	Events []capture.Event
}

// maxFile bounds a file's name, in bytes.
const maxFile = 1000

// Added is what became of a batch.
type Added struct {
	Import int // the number of the import; 0: it has stored nothing yet
	Added  int // events that are stored now
	Known  int // events that were there before

	Unrecorded int // events that are not to be stored
}

// maxSessions imports are known at a time. The one that was not used for the
// longest time is forgotten for another.
const maxSessions = 64

// Mark begins an import, of one file or of many. All its batches are given to Add
// with the mark. It is a random number from 1 to 2^53-1, no Seq; after the 64th
// Mark or Add of other imports it may be forgotten, and so it is when the archive is
// closed.
func (a *Archive) Mark() uint64 {
	s := &session{mark: 1 + rand.Uint64N(1<<53-1)}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.history != nil {
		s.last = a.history.LastSeq()
	}
	if len(a.sessions) == maxSessions {
		a.sessions = slices.Delete(a.sessions, 0, 1)
	}
	a.sessions = append(a.sessions, s)
	return s.mark
}

// session finds an import, nil if it is not known.
func (a *Archive) session(mark uint64) *session {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.sessions, func(s *session) bool { return s.mark == mark })
	if i < 0 {
		return nil
	}
	s := a.sessions[i]
	a.sessions = append(slices.Delete(a.sessions, i, i+1), s)
	return s
}

func (a *Archive) forget(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions = slices.DeleteFunc(a.sessions, func(other *session) bool { return other == s })
}

// Add stores a batch of an import, of up to MaxBatch events: those that are not
// there yet, but for those that are not to be recorded. Of old ones addresses are shortened before.
//
// Every event that was there when the import began stands for one equal event of
// the import. So a log that is imported twice is there once; two equal lines of
// one log are two events; and a log that goes on where an earlier copy ended adds
// what is new, however it is cut into batches and whatever their order. Afterwards
// there are as many of an event as there were before or as the import has,
// whichever is more. (Two imports of the same log at the same time do not know of
// each other.) Equal is what same compares. An event that the service received stands
// for one of the import in the same way; see likeReceived.
//
// A batch is stored as history.Append does it. An event that cannot be stored is
// an error that says which; then nothing of the batch was stored, and the
// import can go on with others, as it can after an error before the first event is
// stored. When storing itself fails the import is over: begun again with a new
// mark and its first batch, it adds what is missing.
//
// It takes time by the events that are there from the seconds that the batch has.
// Batches should be of neighbouring lines, and large: those of a log in no order at
// all take several times as long.
func (a *Archive) Add(ctx context.Context, b Batch) (done Added, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("import: %w", err)
		}
	}()
	if len(b.File) > maxFile {
		return done, fmt.Errorf("file name of %d bytes, at most %d are kept", len(b.File), maxFile)
	}
	batch, err := prepare(b.Events)
	if err != nil {
		return done, err
	}
	a.adding.Lock()
	defer a.adding.Unlock()
	s := a.session(b.Mark)
	if s == nil {
		return done, ErrMark
	}
	all := len(batch)
	batch = a.recorded(batch)
	done.Unrecorded = all - len(batch)
	all = len(batch)
	old := a.old()
	for i := range batch {
		batch[i] = *old.of(&batch[i])
	}
	batch, received, err := a.likeReceived(ctx, s, batch, &old)
	if err != nil {
		return done, err
	}
	known := all - len(batch)
	missing, met, err := a.match(ctx, s, batch, &old)
	if err != nil {
		return done, err
	}
	if done.Known = known + len(met); len(missing) > 0 {
		done.Added, err = a.store(ctx, s, missing)
		a.changes.Add(1)
		if err != nil {
			a.forget(s)
		}
	}
	if s.entry == nil {
		s.known += done.Known
		s.left += done.Unrecorded
	} else {
		done.Import = s.entry.Number
		// The events are stored or not, whatever becomes of their count.
		if e := a.imports.end(s.entry, capture.Clean(b.File), done.Added, done.Known+s.known, done.Unrecorded+s.left); e != nil {
			a.o.Log.Warn("the list of imports could not be written", "error", e)
		}
		s.known, s.left = 0, 0
	}
	if err != nil {
		return done, err
	}
	for _, seq := range met {
		s.used.add(seq)
	}
	for _, seq := range received {
		s.received.add(seq)
	}
	return done, nil
}

// recorded takes out the events of a batch that are not to be stored.
func (a *Archive) recorded(batch []capture.Event) []capture.Event {
	if a.o.NotRecorded == nil {
		return batch
	}
	private := a.o.NotRecorded()
	if private == nil {
		return batch
	}
	return slices.DeleteFunc(batch, func(e capture.Event) bool { return private(&e) })
}

// store appends events, which are in the order of time, with new Seqs, and gives
// the number of those that were stored, also beside an error.
func (a *Archive) store(ctx context.Context, s *session, events []capture.Event) (int, error) {
	h, err := a.open()
	if err != nil {
		return 0, err
	}
	last := h.LastSeq()
	next := last + 1
	if last > 0 {
		newest, _, err := one(ctx, h, history.Query{})
		if err != nil {
			return 0, err
		}
		if newest.Seq != last || events[0].Time.Before(newest.Time) { // else its run goes on
			next = last | runMask + 1
		}
	}
	next = a.imports.next(next)
	for i := range events {
		events[i].Seq = next + uint64(i)
	}
	entry, err := a.imports.begin(s.entry, events)
	if err != nil {
		return 0, err
	}
	s.entry = entry
	err = h.Append(ctx, events)
	if err == nil {
		return len(events), nil
	}
	if now := h.LastSeq(); now >= next {
		return int(now - next + 1), err
	}
	return 0, err
}
