package archive

import (
	"context"
	"errors"
	"iter"

	"linklog/capture"
)

// Merge calls f with the events of two readings, each in the order of time, in the
// order of time over both; of events of the same time the live one comes first. limit
// is the highest number of events; 0: all. It takes no memory but that of the
// readings, which take turns and never run at the same time; both have ended when
// it returns, also early. It ends with the first error: of f, of the context or of a
// reading. A reading that goes back in time is merged as it comes.
//
// A reading calls its function with each event, ends when that gives an error, and
// returns it; History.Each and Archive.Each with a query are such.
func Merge(ctx context.Context, live, imported func(ctx context.Context, f func(*capture.Event) error) error,
	newestFirst bool, limit int, f func(*capture.Event) error) error {
	var one, other reading
	nextLive, stopLive := iter.Pull(one.events(ctx, live))
	defer stopLive()
	nextImported, stopImported := iter.Pull(other.events(ctx, imported))
	defer stopImported()

	a, more := nextLive()
	if !more && one.err != nil {
		return one.err
	}
	b, moreB := nextImported()
	if !moreB && other.err != nil {
		return other.err
	}
	for n := 0; more || moreB; {
		if err := ctx.Err(); err != nil {
			return err
		}
		first := more
		if more && moreB {
			order := a.Time.Compare(b.Time)
			if newestFirst {
				order = -order
			}
			first = order <= 0
		}
		e := a
		if !first {
			e = b
		}
		if err := f(e); err != nil {
			return err
		}
		if n++; n == limit {
			return nil
		}
		if first {
			if a, more = nextLive(); !more && one.err != nil {
				return one.err
			}
		} else if b, moreB = nextImported(); !moreB && other.err != nil {
			return other.err
		}
	}
	return ctx.Err()
}

// errStopped ends a reading that nobody wants to go on with.
var errStopped = errors.New("stopped")

// reading is one that is pulled from.
type reading struct{ err error }

// events makes a sequence of a reading; err is set when it ends.
func (r *reading) events(ctx context.Context, read func(ctx context.Context, f func(*capture.Event) error) error) iter.Seq[*capture.Event] {
	return func(yield func(*capture.Event) bool) {
		r.err = read(ctx, func(e *capture.Event) error {
			if !yield(e) {
				return errStopped
			}
			return nil
		})
	}
}
