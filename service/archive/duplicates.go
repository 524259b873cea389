package archive

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// nearby is how far the time of an event in a capture or log may be from when the service
// received it, to be the same event: it took its time when much came at once, and logs have
// whole seconds.
const nearby = 2 * time.Second

// again is how long after an attempt the same line is a repeat that reception only counts, and so
// how far from it the line of a log can be and be nothing new; see capture.Repeats.
const again = time.Minute

// isLine reports whether an attempt came in a line of a system log: traps neither name a rule nor
// say what it did.
func isLine(e *capture.Event) bool {
	return e.Kind == capture.Traffic && (e.Verdict != 0 || e.Text != "")
}

// likeReceived leaves out of a batch, which is in the order of time, the events that the
// service itself received, and gives the Seqs of those: whoever imports what he exported
// here, a capture of what came in, or what a log daemon wrote of the same lines, must not have it
// twice. Such an event has the same content, is from the same router, unless the log does not say
// from which, and from about the same time. Of lines, those that repeat what was received are left
// out, too, as reception does.
func (a *Archive) likeReceived(ctx context.Context, s *session, batch []capture.Event, old *Old) (rest []capture.Event, met []uint64, err error) {
	if len(batch) == 0 || !a.overlaps(batch[0].Time.Add(-again), batch[len(batch)-1].Time.Add(again)) {
		return batch, nil, ctx.Err()
	}
	content := func(e *capture.Event) capture.Event {
		key := same(old.of(e))
		key.Time = time.Time{}
		return key
	}
	open := make(map[capture.Event][]int, len(batch)) // those that were not met yet, in the order of time
	seconds, minutes := make(map[int64]bool, len(batch)), make(map[int64]bool)
	for i := range batch {
		key, t := content(&batch[i]), batch[i].Time
		open[key] = append(open[key], i)
		if isLine(&batch[i]) {
			for at := t.Add(-again).Unix() / 60; at <= t.Add(again).Unix()/60; at++ {
				minutes[at] = true
			}
			continue
		}
		for at := t.Add(-nearby).Unix(); at <= t.Add(nearby).Unix(); at++ {
			seconds[at] = true
		}
	}
	known, line := make([]bool, len(batch)), make([]bool, len(batch)) // line: as that of what was received
	for _, span := range spans(batch) {
		q := history.Query{
			Since: span.from.Add(-again), Until: span.to.Add(again + 1), Second: func(unix int64) bool { return seconds[unix] || minutes[unix/60] },
			OldestFirst: true, WithoutNames: true,
		}
		err := a.o.Received.Each(ctx, q, func(e *capture.Event) error {
			key := content(e)
			found := s.received.has(e.Seq)
			for range 2 {
				list := open[key]
				for len(list) > 0 && e.Time.Sub(batch[list[0]].Time) > again { // what is received is nearly in order
					list = list[1:]
				}
				open[key] = slices.DeleteFunc(list, func(n int) bool {
					after := batch[n].Time.Sub(e.Time)
					switch {
					case !found && after.Abs() <= nearby:
						found = true
						met = append(met, e.Seq)
					case after.Abs() > again || !isLine(e) || !isLine(&batch[n]):
						return false
					}
					known[n], line[n] = true, isLine(e)
					return true
				})
				key.Router = netip.Addr{} // of lines that do not say from which they are
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if s.lines == nil {
		s.lines = make(map[capture.Event]time.Time)
	}
	newest := batch[len(batch)-1].Time
	rest = batch[:0]
	for i := range batch {
		if isLine(&batch[i]) {
			key := content(&batch[i])
			if before, ok := s.lines[key]; line[i] || ok && batch[i].Time.Sub(before).Abs() <= again {
				known[i], s.lines[key] = true, batch[i].Time // it goes on
			}
		}
		if !known[i] {
			rest = append(rest, batch[i])
		}
	}
	maps.DeleteFunc(s.lines, func(_ capture.Event, at time.Time) bool { return newest.Sub(at).Abs() > again })
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
func (a *Archive) match(ctx context.Context, s *session, batch []capture.Event, old *Old) (missing []capture.Event, met []uint64, err error) {
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
			if key := same(old.of(e)); open[key] > 0 && !s.used.has(e.Seq) {
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

// same is what two events have in common that are one: everything but Seq and New, what the router calls itself, which earlier versions did not read,
// and the names and devices of addresses. A name may have come from DNS between two exports of
// the same events; only where a log has no address is it who it was. Of an attempt what
// the rule says does not count either, as older versions did not read it everywhere, nor the
// direction, which depends on what was known of the own networks.
func same(e *capture.Event) capture.Event {
	key := *e
	key.Seq, key.Import, key.New, key.RouterName = 0, 0, false, ""
	if key.Kind == capture.Traffic {
		key.Verdict, key.Text, key.Dir = 0, "", 0
	}
	key.Src.Sent, key.Dst.Sent = capture.Volume{}, capture.Volume{} // of one that lasts it grows
	key.Src.MAC, key.Dst.MAC = capture.MAC{}, capture.MAC{}         // whose address it was is known of neither or both
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
