package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/sqlite"
)

// Later is how much was sent of an event that was stored before: Seq is a number of the report, behind
// that of the event, Of. A report counts once, however often it is given.
type Later struct {
	Seq, Of  uint64
	Src, Dst capture.Volume
}

// AddLater adds what was reported later to events. It stands in the newest file, also for an event in
// another one: files that are complete are not written again. Reports of events that are not there,
// as they were removed, count nothing. They must be in the order of Seq.
func (h *History) AddLater(ctx context.Context, list []Later) error {
	h.appending.Lock()
	defer h.appending.Unlock()
	if h.ctx.Err() != nil {
		return ErrClosed
	}
	segments := h.list()
	var to *segment // the newest that can be written
	for _, seg := range segments {
		if seg.fixed == nil {
			to = seg
		}
	}
	var rest []Later
	carried := false
	for _, l := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		i := slices.IndexFunc(segments, func(seg *segment) bool { return seg.stats.first <= l.Of && l.Of <= seg.stats.last })
		if i < 0 || to == nil || to.number < segments[i].number {
			continue
		}
		there, err := h.lacks(segments[i:], l)
		if err != nil {
			return fmt.Errorf("add to history: %w", err)
		}
		if there {
			rest = append(rest, l)
			carried = carried || segments[i] != to
		}
	}
	if len(rest) == 0 {
		return nil
	}
	if err := h.insertLater(to, rest); err != nil {
		return fmt.Errorf("add to history: %w", err)
	}
	if carried {
		return h.carry()
	}
	return nil
}

// lacks reports whether the first of some segments has the event, and none of them the report.
func (h *History) lacks(segments []*segment, l Later) (is bool, err error) {
	for i, seg := range segments {
		err := h.read(seg, func(r *reader) error {
			if i == 0 {
				if err := r.each("SELECT 1 FROM log WHERE seq = ?", func(sqlite.Row) error {
					is = true
					return nil
				}, int64(l.Of)); err != nil || !is || r.version < 4 {
					return err
				}
			}
			if r.version < 4 {
				return nil
			}
			return r.each("SELECT through FROM volumes WHERE seq = ?", func(v sqlite.Row) error {
				is = is && uint64(v.Int(0)) < l.Seq
				return nil
			}, int64(l.Of))
		})
		if err != nil || !is {
			return false, err
		}
	}
	return is, nil
}

// insertLater stores reports in a segment. The caller holds appending.
func (h *History) insertLater(seg *segment, list []Later) error {
	seg.mu.Lock()
	defer seg.mu.Unlock()
	w, err := seg.writer(&h.o)
	if err != nil {
		return err
	}
	return w.transaction(func() error {
		for _, l := range list {
			if _, err := w.addLater.Exec(int64(l.Of), int64(l.Seq), number(l.Src.Bytes), number(l.Src.Packets), number(l.Dst.Bytes), number(l.Dst.Packets)); err != nil {
				return err
			}
		}
		return nil
	})
}

// laterStatement adds a report to what is known; what is too large for a number is the largest.
const laterStatement = "INSERT INTO volumes (seq, through, src_bytes, src_packets, dst_bytes, dst_packets) VALUES (?,?,?,?,?,?) ON CONFLICT (seq) DO UPDATE SET through = excluded.through," +
	" src_bytes = src_bytes + min(excluded.src_bytes, 9223372036854775807 - src_bytes), src_packets = src_packets + min(excluded.src_packets, 9223372036854775807 - src_packets)," +
	" dst_bytes = dst_bytes + min(excluded.dst_bytes, 9223372036854775807 - dst_bytes), dst_packets = dst_packets + min(excluded.dst_packets, 9223372036854775807 - dst_packets)" +
	" WHERE excluded.through > through"

// carried is how much was sent in an event, as a later file has it.
type carried struct {
	seq      uint64
	src, dst capture.Volume
}

// carry finds what segments have of events in others. The caller holds appending, or nobody else has
// the History.
func (h *History) carry() error {
	segments := h.list()
	of := make([][]carried, len(segments))
	for n, seg := range segments {
		if n == 0 {
			continue // those before it were removed
		}
		first := seg.stats.first
		if seg.stats.rows == 0 {
			first = maxSeq
		}
		var earlier []uint64
		err := h.read(seg, func(r *reader) error {
			earlier = nil
			return r.ownVolumes(0, first-1, func(seq uint64, src, dst capture.Volume) error {
				earlier = append(earlier, seq)
				if i := slices.IndexFunc(segments[:n], func(s *segment) bool { return s.stats.first <= seq && seq <= s.stats.last }); i >= 0 {
					of[i] = append(of[i], carried{seq, src, dst})
				}
				return nil
			})
		})
		if err == errGone {
			continue
		}
		if err != nil {
			return err
		}
		h.mu.Lock()
		seg.earlier = earlier
		h.mu.Unlock()
	}
	for i, list := range of {
		slices.SortFunc(list, func(a, b carried) int { return cmp.Compare(a.seq, b.seq) })
		sums := list[:0]
		for _, c := range list {
			if n := len(sums); n > 0 && sums[n-1].seq == c.seq {
				sums[n-1].src.Add(c.src)
				sums[n-1].dst.Add(c.dst)
				continue
			}
			sums = append(sums, c)
		}
		segments[i].carried.Store(&sums)
	}
	return nil
}

// volumeQuery reads how much was sent in events with Seqs from one up to another.
const volumeQuery = "SELECT seq, src_bytes, src_packets, dst_bytes, dst_packets FROM volumes WHERE seq BETWEEN ? AND ? ORDER BY seq"

// eachVolume calls f with the events with Seqs from low to high of which it is known how much was
// sent, in their order.
func (r *reader) eachVolume(low, high uint64, f func(seq uint64, src, dst capture.Volume) error) error {
	var more []carried // by later files
	if list := r.seg.carried.Load(); list != nil {
		order := func(c carried, seq uint64) int { return cmp.Compare(c.seq, seq) }
		from, _ := slices.BinarySearchFunc(*list, low, order)
		to, has := slices.BinarySearchFunc(*list, high, order)
		if has {
			to++
		}
		more = (*list)[from:max(from, to)]
	}
	if len(more) == 0 {
		return r.ownVolumes(low, high, f)
	}
	err := r.ownVolumes(low, high, func(seq uint64, src, dst capture.Volume) error {
		for len(more) > 0 && more[0].seq < seq {
			if err := f(more[0].seq, more[0].src, more[0].dst); err != nil {
				return err
			}
			more = more[1:]
		}
		if len(more) > 0 && more[0].seq == seq {
			src.Add(more[0].src)
			dst.Add(more[0].dst)
			more = more[1:]
		}
		return f(seq, src, dst)
	})
	for _, c := range more {
		if err == nil {
			err = f(c.seq, c.src, c.dst)
		}
	}
	return err
}

// ownVolumes is eachVolume as far as the file itself has it.
func (r *reader) ownVolumes(low, high uint64, f func(seq uint64, src, dst capture.Volume) error) error {
	if r.version < 4 {
		return nil
	}
	return r.each(volumeQuery, func(v sqlite.Row) error {
		return f(uint64(v.Int(0)), capture.Volume{Bytes: uint64(v.Int(1)), Packets: uint64(v.Int(2))}, capture.Volume{Bytes: uint64(v.Int(3)), Packets: uint64(v.Int(4))})
	}, int64(low), int64(high))
}

// fetchVolumes reads how much was sent in events, which are in either order of their Seqs.
func (r *reader) fetchVolumes(events []capture.Event) error {
	if len(events) == 0 {
		return nil
	}
	at, step := 0, 1
	first, last := events[0].Seq, events[len(events)-1].Seq
	if max(first, last)-min(first, last) >= 10*uint64(len(events)) { // far between, as in events
		for i := range events {
			e := &events[i]
			err := r.eachVolume(e.Seq, e.Seq, func(_ uint64, src, dst capture.Volume) error {
				e.Src.Sent, e.Dst.Sent = src, dst
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if first > last {
		at, step = len(events)-1, -1
	}
	return r.eachVolume(min(first, last), max(first, last), func(seq uint64, src, dst capture.Volume) error {
		for at >= 0 && at < len(events) && events[at].Seq < seq {
			at += step
		}
		if at >= 0 && at < len(events) && events[at].Seq == seq {
			events[at].Src.Sent, events[at].Dst.Sent = src, dst
		}
		return nil
	})
}

// testVolume marks the slots of which a condition says something for how much was sent.
func (c *planned) testVolume(r *reader, b *block, m, wanted, not *bitmap) error {
	ev := capture.Event{Kind: capture.Traffic}
	return r.eachVolume(b.base+uint64(b.first), b.base+uint64(b.slots)-1, func(seq uint64, src, dst capture.Volume) error {
		slot := seq - b.base
		if m[slot>>6]>>(slot&63)&1 == 0 {
			return nil
		}
		ev.Src.Sent, ev.Dst.Sent = src, dst
		v := c.Verdict(filter.Amount, &ev)
		if v&filter.Wanted != 0 {
			wanted[slot>>6] |= 1 << (slot & 63)
		}
		if v&filter.Excluded != 0 {
			not[slot>>6] |= 1 << (slot & 63)
		}
		return nil
	})
}
