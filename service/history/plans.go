package history

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"linklog/filter"
	"linklog/service/sqlite"
)

// plans keeps what the latest filters found in dictionaries. Whoever types a search text wants
// to know how many events match, a page of them and bars over time at once, and then one page after
// the other: each would try the filter on every host of every segment.
type plans struct {
	mu     sync.Mutex
	kept   []*kept // the one used last at the end
	unused *time.Timer
}

// kept is the plans of a filter, with the names that make a difference to it.
type kept struct {
	filter filter.Filter
	names  foundNames

	mu       sync.Mutex
	segments map[*segment]*madePlan
}

// madePlan is a plan for a segment, or that one is being made.
type madePlan struct {
	made  chan struct{} // closed when plan is there, or nil if it could not be made
	sizes sizes
	plan  *plan
}

// sizes are the highest ids of the dictionaries: nothing in them ever changes.
type sizes struct{ shapes, hosts, texts int64 }

// What is kept, and for how long after it was used: a few hundred kB for a filter and a segment. Where
// more names make a difference, it is less work to make a plan again than to compare them.
const (
	keptPlans  = 4
	keepPlans  = time.Minute
	maxPlanned = 20_000 // names
)

// of gives what is kept for a search.
func (ps *plans) of(s *search) *kept {
	k := &kept{names: s.foundNames, segments: make(map[*segment]*madePlan)}
	var known bool
	if k.filter, known = s.q.Filter.Untimed(); !known || k.names.len() > maxPlanned {
		return k
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	i := slices.IndexFunc(ps.kept, func(have *kept) bool { return have.filter == k.filter && have.names.equal(&k.names) })
	if i >= 0 {
		k = ps.kept[i]
		ps.kept = slices.Delete(ps.kept, i, i+1)
	}
	if ps.kept = append(ps.kept, k); len(ps.kept) > keptPlans {
		ps.kept = slices.Delete(ps.kept, 0, 1)
	}
	if ps.unused != nil {
		ps.unused.Stop()
	}
	ps.unused = time.AfterFunc(keepPlans, ps.forget)
	return k
}

// forget lets all go, also for those who use them: ids may come to mean something else.
func (ps *plans) forget() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.unused != nil {
		ps.unused.Stop()
	}
	for _, k := range ps.kept {
		k.mu.Lock()
		clear(k.segments)
		k.mu.Unlock()
	}
	ps.kept = nil
}

func (n *foundNames) len() int {
	return len(n.given) + len(n.known) + len(n.learned) + len(n.holders)
}

func (n *foundNames) equal(o *foundNames) bool {
	return maps.Equal(n.given, o.given) && maps.Equal(n.known, o.known) && maps.Equal(n.learned, o.learned) &&
		maps.EqualFunc(n.holders, o.holders, slices.Equal[[]holder])
}

// planOf is plan, or what it gave to an earlier query that asked the same, or to one that asks it now.
func (s *search) planOf(r *reader) (*plan, error) {
	if s.kept == nil {
		return s.plan(r)
	}
	now, err := r.sizes()
	if err != nil {
		return nil, err
	}
	k := s.kept
	var wrong *madePlan
	for {
		k.mu.Lock()
		p := k.segments[r.seg]
		if p == nil || p == wrong {
			p = &madePlan{made: make(chan struct{}), sizes: now}
			k.segments[r.seg] = p
			k.mu.Unlock()
			defer close(p.made)
			p.plan, err = s.plan(r)
			return p.plan, err
		}
		k.mu.Unlock()
		select {
		case <-p.made:
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		}
		if p.plan != nil && p.sizes == now && s.stillCalled(p.plan) {
			return p.plan, nil
		}
		wrong = p
	}
}

// stillCalled reports whether hosts whose names another name could stand in place of are called what
// they were when the plan was made.
func (s *search) stillCalled(p *plan) bool {
	if len(p.asked) > maxPlanned {
		return false
	}
	for h, before := range p.asked {
		if now, _ := s.nameOf(h); now != before {
			return false
		}
	}
	return true
}

func (r *reader) sizes() (n sizes, err error) {
	err = r.each("SELECT (SELECT max(id) FROM shapes), (SELECT max(id) FROM hosts), (SELECT max(id) FROM texts)", func(row sqlite.Row) error {
		n = sizes{row.Int(0), row.Int(1), row.Int(2)}
		return nil
	})
	return n, err
}

// planAhead makes plans of segments that a query comes to, on the processors that are there. It ends with stop.
func (s *search) planAhead(list []*segment) (stop func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	var workers sync.WaitGroup
	next := make(chan *segment, len(list))
	for _, seg := range list {
		next <- seg
	}
	close(next)
	for range min(runtime.GOMAXPROCS(0)-1, maxAhead, len(list)) {
		ahead := *s
		ahead.ctx, ahead.ports = ctx, nil
		workers.Go(func() {
			for seg := range next {
				if ctx.Err() != nil {
					return
				}
				_ = s.h.read(seg, func(r *reader) error { // the query meets the same error
					_, err := ahead.planOf(r)
					return err
				})
			}
		})
	}
	return func() { cancel(); workers.Wait() }
}

// maxAhead plans are made at a time beside that of the query itself.
const maxAhead = 3
