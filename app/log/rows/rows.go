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

// OlderRoom is how many events Prepend may add to a full Store.
const OlderRoom = 4 * chunkSize

// Store is a list of events, oldest first. It belongs to one goroutine, the one
// that draws: others work on a Snapshot.
//
// Every event has a position, a number that is one higher than that of the event
// before it. It stays the same while events are added at either end and the oldest
// are dropped, and is never used for another event but by Prepend after a drop.
type Store struct {
	max         int
	first, next int64 // positions: of the oldest event, and of the next to come
	chunks      []*chunk
	older       bool  // some were prepended since the last Clear
	drops       int   // how often events were dropped
	dropped     int64 // the position up to which they ever were
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
func (s *Store) FirstSeq() uint64 {
	if s.Len() == 0 {
		return 0
	}
	c, i := s.at(s.first)
	return c.seq(i)
}

// LastSeq is the Seq of the newest event, 0 without one.
func (s *Store) LastSeq() uint64 {
	if s.Len() == 0 {
		return 0
	}
	c, i := s.at(s.next - 1)
	return c.seq(i)
}

// Append adds events behind the newest, oldest first. Those that no longer have
// room are dropped at the other end.
func (s *Store) Append(events []capture.Event) {
	for i := range events {
		if len(s.chunks) == 0 || s.next&chunkMask == 0 {
			s.chunks = append(s.chunks, newChunk(s.next))
		}
		s.chunks[len(s.chunks)-1].put(s.next, &s.dict, &events[i], false)
		s.next++
		if s.Len() > s.limit() {
			s.drop()
		}
	}
}

// Prepend adds events in front of the oldest; they are oldest first among
// themselves, too. If there is not room for all it takes the newest of them; it
// returns how many it took.
func (s *Store) Prepend(events []capture.Event) (taken int) {
	taken = min(len(events), max(s.max+OlderRoom-s.Len(), 0))
	events = events[len(events)-taken:]
	for i := len(events) - 1; i >= 0; i-- {
		if len(s.chunks) == 0 || s.first&chunkMask == 0 {
			s.chunks = append([]*chunk{newChunk(s.first - 1)}, s.chunks...)
		}
		s.first--
		s.chunks[0].put(s.first, &s.dict, &events[i], true)
		s.older = true
	}
	return taken
}

// Clear drops all events. Names are kept.
func (s *Store) Clear() {
	s.first, s.chunks, s.older = s.next, nil, false
	s.drops, s.dropped = s.drops+1, s.next
	s.dict.clear()
}

// limit is how many events are too many to drop none.
func (s *Store) limit() int {
	if s.older {
		return s.max + OlderRoom
	}
	return s.max
}

// drop drops the oldest chunk.
func (s *Store) drop() {
	s.first = min((s.first|chunkMask)+1, s.next)
	s.drops, s.dropped = s.drops+1, max(s.dropped, s.first)
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
