package history

import (
	"linklog/capture"
	"linklog/filter"
	"linklog/service/sqlite"
)

// volumeQuery reads how much was sent in events with Seqs from one up to another.
const volumeQuery = "SELECT seq, src_bytes, src_packets, dst_bytes, dst_packets FROM volumes WHERE seq BETWEEN ? AND ? ORDER BY seq"

// eachVolume calls f with the events with Seqs from low to high of which it is known how much was
// sent, in their order.
func (r *reader) eachVolume(low, high uint64, f func(seq uint64, src, dst capture.Volume) error) error {
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
