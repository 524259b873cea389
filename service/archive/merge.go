package archive

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/netip"
	"slices"

	"linklog/capture"
	"linklog/service/history"
)

// Merge calls f with the events of two readings, each in the order of time, in the
// order of time over both; of events of the same time the live one counts as earlier. limit
// is the highest number of events; 0: all. It takes no memory but that of the
// readings, which take turns and never run at the same time; both have ended when
// it returns, also early. It ends with the first error: of f, of the context or of a
// reading. A reading that goes back in time is merged as it comes.
//
// A reading calls its function with each event, ends when that gives an error, and
// returns it; History.Each and Archive.Each with a query are such.
func Merge(ctx context.Context, live, imported func(ctx context.Context, f func(*capture.Event) error) error,
	newestFirst bool, limit int, f func(*capture.Event) error) error {
	one, stopOne := pull(ctx, live)
	defer stopOne()
	other, stopOther := pull(ctx, imported)
	defer stopOther()
	if err := cmp.Or(one.advance(), other.advance()); err != nil {
		return err
	}
	for n := 0; one.more || other.more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := one
		if !one.more {
			r = other
		} else if other.more {
			order := one.event.Time.Compare(other.event.Time)
			if order > 0 && !newestFirst || order <= 0 && newestFirst {
				r = other
			}
		}
		if err := f(r.event); err != nil {
			return err
		}
		if n++; n == limit {
			return nil
		}
		if err := r.advance(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// MergeGroups adds up the groups of two countings that were grouped alike, and keeps the
// limit largest; 0: all. Where one of them has left out groups, the sums may be too low.
func MergeGroups(live, imported history.Groups, g history.Grouping) history.Groups {
	all := history.Groups{Rest: live.Rest + imported.Rest, RestVolume: live.RestVolume, Exact: live.Exact && imported.Exact && live.Rest+imported.Rest == 0}
	all.RestVolume.Add(imported.RestVolume)
	places := make(map[history.Group]int, len(live.List))
	for _, group := range slices.Concat(live.List, imported.List) {
		key := group
		key.Count, key.Allowed, key.Blocked, key.Volume = 0, 0, 0, history.Volume{}
		for _, h := range [...]*history.Host{&key.Source, &key.Dest, &key.Remote, &key.Local} {
			if h.Addr.IsValid() {
				h.Name = ""
			}
			if h.MAC != (capture.MAC{}) {
				h.Addr = netip.Addr{}
			}
		}
		i, known := places[key]
		if !known {
			places[key] = len(all.List)
			all.List = append(all.List, group)
			continue
		}
		sum := &all.List[i]
		sum.Count += group.Count
		sum.Allowed += group.Allowed
		sum.Blocked += group.Blocked
		sum.Volume.Add(group.Volume)
	}
	slices.SortStableFunc(all.List, func(a, b history.Group) int {
		return cmp.Or(cmp.Compare(g.Size(b.Count, b.Volume), g.Size(a.Count, a.Volume)), cmp.Compare(b.Count, a.Count))
	})
	if g.Limit > 0 && len(all.List) > g.Limit {
		for _, left := range all.List[g.Limit:] {
			all.Rest += left.Count
			all.RestVolume.Add(left.Volume)
		}
		all.List = all.List[:g.Limit]
	}
	if g.By&history.ByTime != 0 {
		slices.SortStableFunc(all.List, func(a, b history.Group) int { return a.Time.Compare(b.Time) })
	}
	return all
}

// errStopped ends a reading that nobody wants to go on with.
var errStopped = errors.New("stopped")

// reading is one that is pulled from.
type reading struct {
	next  func() (*capture.Event, bool)
	event *capture.Event // the one that comes next; there is more
	more  bool
	err   error // set when it has ended
}

func pull(ctx context.Context, read func(ctx context.Context, f func(*capture.Event) error) error) (r *reading, stop func()) {
	r = &reading{}
	r.next, stop = iter.Pull(func(yield func(*capture.Event) bool) {
		r.err = read(ctx, func(e *capture.Event) error {
			if !yield(e) {
				return errStopped
			}
			return nil
		})
	})
	return r, stop
}

// advance goes to the next event; at the end it returns what ended the reading.
func (r *reading) advance() error {
	if r.event, r.more = r.next(); r.more {
		return nil
	}
	return r.err
}
