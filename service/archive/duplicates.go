package archive

import (
	"context"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

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
	key.Seq, key.New = 0, false
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
