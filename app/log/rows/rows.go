// Package rows keeps the events of the log view in memory: about 24 bytes each,
// with hosts and texts kept once, and a bound on their number. A filter over a
// million of them takes a few milliseconds: it is tried on each different host,
// port and text, not on each event.
package rows

import (
	"math"
	"slices"
	"time"

	"linklog/capture"
)

// DefaultMax is the number of events a Store keeps unless told otherwise.
const DefaultMax = 1_000_000

// Store is a list of events, oldest first. It belongs to one goroutine, the one
// that draws: others work on a Snapshot.
//
// Every event has a position, a number that is one higher than that of the event
// before it. It stays the same while others come and the oldest are dropped, and is
// never used for another event.
type Store struct {
	// OnDrop is called before events are dropped for want of room, with the position of
	// the first that stays; nil: it is not.
	OnDrop func(kept int64)

	max         int
	first, next int64 // positions: of the oldest event, and of the next to come
	chunks      []*chunk
	dict        dictionary
}

// New returns a Store for at most max events; 0: DefaultMax. It drops the oldest
// by chunks of 65,536, never fewer, so that a full one holds max less up to that.
func New(limit int) *Store {
	if limit <= 0 {
		limit = DefaultMax
	}
	s := &Store{max: max(limit, chunkSize)}
	s.dict.reset()
	return s
}

// Len is the number of events.
func (s *Store) Len() int { return int(s.next - s.first) }

// First is the position of the oldest event, if there is one.
func (s *Store) First() int64 { return s.first }

// Next is the position that the next event will have.
func (s *Store) Next() int64 { return s.next }

// FirstSeq is the Seq of the oldest event, 0 without one.
func (s *Store) FirstSeq() uint64 { return s.Seq(s.first) }

// Seq is that of the event at a position, 0 if there is none.
func (s *Store) Seq(pos int64) uint64 {
	if pos < s.first || pos >= s.next {
		return 0
	}
	c, i := s.at(pos)
	return c.seq(i)
}

// LastSeq is the Seq of the newest event, 0 without one.
func (s *Store) LastSeq() uint64 { return s.Seq(s.next - 1) }

// Append adds events behind the newest, oldest first. Those that no longer have
// room are dropped at the other end.
func (s *Store) Append(events []capture.Event) {
	for i := range events {
		if len(s.chunks) == 0 || s.next&chunkMask == 0 {
			s.chunks = append(s.chunks, &chunk{columns: new(columns)})
		}
		s.chunks[len(s.chunks)-1].put(s.next, &s.dict, &events[i])
		s.next++
		if s.Len() > s.max {
			s.drop()
		}
	}
}

// Clear drops all events. Names are kept.
func (s *Store) Clear() {
	s.first, s.chunks = s.next, nil
	s.dict.clear()
}

// drop drops the oldest chunk.
func (s *Store) drop() {
	kept := min((s.first|chunkMask)+1, s.next)
	if s.OnDrop != nil {
		s.OnDrop(kept)
	}
	s.first = kept
	s.chunks = slices.Delete(s.chunks, 0, 1)
	s.dict.compact(s.chunks, s.first, s.next)
}

// at finds the chunk of a position and the row in it.
func (s *Store) at(pos int64) (*chunk, int) {
	return s.chunks[pos>>chunkBits-s.first>>chunkBits], int(pos & chunkMask)
}

// Event rebuilds the event at a position; false if there is none.
func (s *Store) Event(pos int64, ev *capture.Event) bool {
	if pos < s.first || pos >= s.next {
		*ev = capture.Event{}
		return false
	}
	c, i := s.at(pos)
	c.event(i, &s.dict, ev)
	return true
}

// nothing stands for the zero time.Time, which has no nanoseconds since 1970.
const nothing = math.MinInt64

func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return nothing
	}
	return t.UnixNano()
}

func fromNanoseconds(ns int64) time.Time {
	if ns == nothing {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
