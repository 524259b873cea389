package history

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/sqlite"
)

// Query says which events to read, and in which order.
type Query struct {
	// Filter says which events; nil: all. A filter on host names looks at the name by which
	// Names wins, else at the one that the event came with, else at what Names calls the
	// address, else at the name SetName told; where an address changed hands, at those of who
	// had it at the time of the event.
	Filter *filter.Matcher

	// Names may be nil: nobody calls addresses otherwise. What it says is not put into
	// the events.
	Names Names

	// After and Before bound the Seqs, both exclusive; 0: no bound. The Seq of the
	// last event of one page is the bound of the next.
	After, Before uint64

	// Since and Until bound the time: from Since on, before Until; zero: no bound.
	Since, Until time.Time

	// Second, if not nil, says which seconds since 1970 are wanted: of events that
	// are few among many it is much quicker than the times around them all.
	Second func(unix int64) bool

	// Limit is the highest number of events; 0: all.
	Limit int

	// OldestFirst turns the order round: newest first is the usual one.
	OldestFirst bool

	// Plans, if not nil, is for several queries that differ only in their bounds, one after
	// the other: the filter is tried on each file once.
	Plans *Plans

	// WithoutNames leaves names empty that the router did not send. The filter
	// looks at them all the same.
	WithoutNames bool
}

// Narrowed is the query with the times of its filter in Since and Until.
func (q Query) Narrowed() Query {
	if q.Filter == nil {
		return q
	}
	since, until := q.Filter.Times()
	if since.After(q.Since) {
		q.Since = since
	}
	if !until.IsZero() && (q.Until.IsZero() || until.Before(q.Until)) {
		q.Until = until
	}
	return q
}

// Names says what addresses are called now.
type Names interface {
	// Called gives the name of an address, "" if it has none. It wins over the one that an
	// event came with, or is for events without.
	Called(addr netip.Addr) (name string, wins bool)

	// EachName calls f with the addresses that have a name, and that.
	EachName(f func(addr netip.Addr, name string, wins bool) error) error

	// EachHolder calls f for the addresses that were those of devices, one after the other, with
	// all who had it in the order of time: from when on, in ns since 1970; the hardware address
	// of the device, zero: nobody is known; and what that is called now. Of these addresses the
	// other methods say only what they are called now. f is quick.
	EachHolder(f func(addr netip.Addr, since int64, mac capture.MAC, name string, wins bool))
}

// pageSize events are read at once. Between pages nothing of SQLite is held, so
// that whoever reads slowly, or never goes on, holds up neither the writer nor
// retention.
const pageSize = 512

// Each calls f with the events that match, in the order of Seq, in constant
// memory. Events that are stored after the call began are not among them. The
// event is valid during the call only.
//
// It ends with the error of f, of the context, or of a file. One that is ErrDamaged
// is set aside and reported; the next query does without it.
func (h *History) Each(ctx context.Context, q Query, f func(*capture.Event) error) error {
	s, err := h.search(ctx, q)
	if err != nil {
		return err
	}
	p := pager{search: s, f: f, left: math.MaxInt}
	if q.Limit > 0 {
		p.left = q.Limit
	}
	return s.segments(p.segment)
}

// callerError keeps an error of the caller's function apart from our own.
type callerError struct{ error }

// Count gives the number of events that Each would call its function with.
func (h *History) Count(ctx context.Context, q Query) (int64, error) {
	s, err := h.search(ctx, q)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	err = s.segments(func(seg *segment) error {
		err := s.scan(seg, func(_ *reader, b *block, m *bitmap) error {
			n += int64(m.count())
			return nil
		}, nil)
		if err == nil && q.Limit > 0 && n >= int64(q.Limit) {
			n = int64(q.Limit)
			err = sqlite.ErrStop
		}
		return err
	})
	return n, err
}

// search is a query that is being run.
type search struct {
	ctx        context.Context
	h          *History
	q          Query
	low, high  uint64 // Seqs, inclusive
	from, to   int64  // time in ns since 1970, inclusive
	conditions []filter.Condition
	kept       *kept // nil: there are no conditions
	foundNames
	ports map[portKey]*ports

	without, with capture.Event // of matters

	searched func(rows int64) // see EachMatch
}

// foundNames are the names that make a difference to the conditions of a search.
type foundNames struct {
	given   map[netip.Addr]string // of Query.Names, that win
	known   map[netip.Addr]string // those that do not win
	learned map[netip.Addr]string // and those SetName told

	holders map[netip.Addr][]holder // of addresses that were those of devices
}

func (h *History) search(ctx context.Context, q Query) (*search, error) {
	s := h.bounds(ctx, q)
	return s, s.findNames()
}

// bounds is search without names: good for where there is no filter to be tried.
func (h *History) bounds(ctx context.Context, q Query) *search {
	q = q.Narrowed()
	s := &search{ctx: ctx, h: h, q: q, low: q.After + 1, high: h.stored(), from: math.MinInt64, to: math.MaxInt64}
	if q.After == math.MaxUint64 {
		s.low = q.After
	}
	if q.Before > 0 {
		s.high = min(s.high, q.Before-1)
	}
	if !q.Since.IsZero() {
		s.from = nanoseconds(q.Since)
	}
	if !q.Until.IsZero() {
		s.to = nanoseconds(q.Until)
		if s.to == math.MinInt64 { // nothing is before it
			s.low, s.high = 1, 0
		} else {
			s.to--
		}
	}
	if q.Filter != nil {
		s.conditions = q.Filter.Conditions()
	}
	return s
}

// stored is the highest Seq that can be read.
func (h *History) stored() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	last := uint64(0)
	for _, seg := range h.segments {
		last = max(last, seg.stats.last)
	}
	return last
}

// segments calls f with the segments that may hold events within the bounds, in
// the order of the query. One that retention removes meanwhile is passed over.
func (s *search) segments(f func(seg *segment) error) error {
	if s.low > s.high {
		return s.ctx.Err()
	}
	s.h.mu.Lock()
	list := slices.DeleteFunc(slices.Clone(s.h.segments), func(seg *segment) bool { return !s.within(&seg.stats) })
	s.h.mu.Unlock()
	if !s.q.OldestFirst {
		slices.Reverse(list)
	}
	if s.kept != nil && s.q.Limit == 0 && len(list) > 1 { // else it may end before it comes to the next
		defer s.planAhead(list[1:])()
	}
	for _, seg := range list {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		err := f(seg)
		var own callerError
		switch {
		case errors.As(err, &own):
			return own.error
		case err == sqlite.ErrStop:
			return nil
		case err == errGone:
			if s.h.ctx.Err() != nil {
				return ErrClosed
			}
		case err != nil:
			return err
		}
	}
	return nil
}

// within reports whether a segment may hold events within the bounds.
func (s *search) within(st *stats) bool {
	return st.rows > 0 && st.last >= s.low && st.first <= s.high && st.end >= s.from && st.start <= s.to
}
