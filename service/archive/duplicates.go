package archive

import (
	"context"
	"slices"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// nearby is how far the time of an event in a capture or log may be from when the service
// received it, to be the same event: it took its time when much came at once, and logs have
// whole seconds.
const nearby = 2 * time.Second

// likeReceived leaves out of a batch, which is in the order of time, the events that the
// service itself received, and gives the Seqs of those: whoever imports what he exported
// here, or a capture of what came in, must not have it twice. Such an event has the same
// content, is from the same router and from about the same time; which direction it has
// depends on what was known of the own networks.
func (a *Archive) likeReceived(ctx context.Context, s *session, batch []capture.Event) (rest []capture.Event, met []uint64, err error) {
	if len(batch) == 0 || !a.overlaps(batch[0].Time.Add(-nearby), batch[len(batch)-1].Time.Add(nearby)) {
		return batch, nil, ctx.Err()
	}
	content := func(e *capture.Event) capture.Event {
		key := same(e)
		key.Time, key.Dir = time.Time{}, 0
		return key
	}
	open := make(map[capture.Event][]int, len(batch)) // those that were not met yet, in the order of time
	seconds := make(map[int64]bool, len(batch))
	for i := range batch {
		key, t := content(&batch[i]), batch[i].Time
		open[key] = append(open[key], i)
		for at := t.Add(-nearby).Unix(); at <= t.Add(nearby).Unix(); at++ {
			seconds[at] = true
		}
	}
	known := make([]bool, len(batch))
	for _, span := range spans(batch) {
		q := history.Query{
			Since: span.from.Add(-nearby), Until: span.to.Add(nearby + 1), Second: func(unix int64) bool { return seconds[unix] },
			OldestFirst: true, WithoutNames: true,
		}
		err := a.o.Received.Each(ctx, q, func(e *capture.Event) error {
			if s.received.has(e.Seq) {
				return nil
			}
			key := content(e)
			list := open[key]
			for len(list) > 0 && e.Time.Sub(batch[list[0]].Time) > time.Minute { // what is received is nearly in order
				list = list[1:]
			}
			open[key] = list
			for i, n := range list {
				if after := batch[n].Time.Sub(e.Time); after > nearby {
					break
				} else if after >= -nearby {
					known[n] = true
					met = append(met, e.Seq)
					open[key] = slices.Delete(list, i, i+1)
					break
				}
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if len(met) == 0 {
		return batch, nil, nil
	}
	rest = batch[:0]
	for i := range batch {
		if !known[i] {
			rest = append(rest, batch[i])
		}
	}
	return rest, met, nil
}

// overlaps reports whether the service received anything within some time.
func (a *Archive) overlaps(from, to time.Time) bool {
	return a.o.Received != nil && slices.ContainsFunc(a.o.Received.Segments(), func(s history.SegmentInfo) bool {
		return s.Rows > 0 && !s.Until.Before(from) && !s.Since.After(to)
	})
}

// match divides a batch, which is in the order of time, into the events that are
// missing and the Seqs of those that are there.
func (a *Archive) match(ctx context.Context, s *session, batch []capture.Event) (missing []capture.Event, met []uint64, err error) {
	h := a.there()
	if h == nil || s.last == 0 || len(batch) == 0 {
		return batch, nil, ctx.Err()
	}
	open := make(map[capture.Event]int, len(batch)) // how many were not met yet
	seconds := make(map[int64]bool, len(batch))
	for i := range batch {
		open[same(&batch[i])]++
		seconds[batch[i].Time.Unix()] = true
	}
	for _, span := range spans(batch) {
		q := history.Query{
			Since: span.from, Until: span.to.Add(1), Second: func(unix int64) bool { return seconds[unix] }, Before: s.last + 1,
			OldestFirst: true, WithoutNames: true,
		}
		err := h.Each(ctx, q, func(e *capture.Event) error {
			if key := same(e); open[key] > 0 && !s.used.has(e.Seq) {
				open[key]--
				met = append(met, e.Seq)
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if len(met) == 0 {
		return batch, nil, nil
	}
	missing = batch[:0]
	for i := range batch {
		if key := same(&batch[i]); open[key] > 0 {
			open[key]--
			missing = append(missing, batch[i])
		}
	}
	return missing, met, nil
}

// span is a range of time, inclusive.
type span struct{ from, to time.Time }

// spans gives the times that a batch covers, without the wide gaps in it: one line
// with a wrong year must not make us read all years in between.
func spans(batch []capture.Event) []span {
	all := batch[len(batch)-1].Time.Sub(batch[0].Time)
	wide := max(24*time.Hour, all/16) // so there are 16 spans at most
	list := []span{{batch[0].Time, batch[0].Time}}
	for i := 1; i < len(batch); i++ {
		t, last := batch[i].Time, &list[len(list)-1]
		if t.Sub(last.to) > wide {
			list = append(list, span{t, t})
		} else {
			last.to = t
		}
	}
	return list
}

// same is what two events have in common that are one: everything but Seq and New,
// and the names of addresses. A name may have come from DNS between two exports of
// the same events; only where a log has no address is it who it was. Of an attempt what
// the rule says does not count either: older versions did not read it everywhere.
func same(e *capture.Event) capture.Event {
	key := *e
	key.Seq, key.Import, key.New = 0, 0, false
	if key.Kind == capture.Traffic {
		key.Verdict, key.Text = 0, ""
	}
	if key.Src.Addr.IsValid() {
		key.Src.Name = ""
	}
	if key.Dst.Addr.IsValid() {
		key.Dst.Name = ""
	}
	return key
}

// seqSet is a set of Seqs, of which many are neighbours.
type seqSet struct {
	blocks map[uint64]*[256]uint64 // by Seq / 16384
}

func (s *seqSet) has(seq uint64) bool {
	b := s.blocks[seq>>14]
	return b != nil && b[seq>>6&255]>>(seq&63)&1 != 0
}

func (s *seqSet) add(seq uint64) {
	b := s.blocks[seq>>14]
	if b == nil {
		if s.blocks == nil {
			s.blocks = make(map[uint64]*[256]uint64)
		}
		b = new([256]uint64)
		s.blocks[seq>>14] = b
	}
	b[seq>>6&255] |= 1 << (seq & 63)
}
