package rows

import (
	"sort"

	"linklog/capture"
)

const (
	chunkBits = 16
	chunkSize = 1 << chunkBits
	chunkMask = chunkSize - 1
)

// chunk holds the events whose positions have the same number above chunkBits, by
// columns. Rows are written once and never changed: a Snapshot reads those it
// knows while others are added.
type chunk struct {
	*columns
	runs runs
	side []extra
	sent []sent
}

// columns take 24 bytes an event.
type columns struct {
	time         [chunkSize]int64 // nanoseconds since 1970
	src, dst     [chunkSize]uint32
	head         [chunkSize]uint32
	sport, dport [chunkSize]uint16
}

// runs are the Seqs: usually each is one above that of the row before it, and one
// run is all there is. Seq is base plus row, in a run from row on until the next.
type runs []struct {
	row  int32
	base uint64
}

// extra is what few events have.
type extra struct {
	row   int32
	text  uint32
	raw   uint32
	since int64
	lost  uint64
}

// sent is how much was sent, of those rows of which it is known.
type sent struct {
	row      int32
	src, dst capture.Volume
}

// put writes the event at a position. Rows come in order.
func (c *chunk) put(pos int64, d *dictionary, ev *capture.Event) {
	i := int(pos & chunkMask)
	c.time[i] = nanoseconds(ev.Time)
	c.src[i], c.dst[i] = d.host(&ev.Src), d.host(&ev.Dst)
	c.head[i] = d.head(ev)
	c.sport[i], c.dport[i] = ev.Src.Port, ev.Dst.Port

	if base := ev.Seq - uint64(i); len(c.runs) == 0 || c.runs[len(c.runs)-1].base != base {
		c.runs = append(c.runs, struct {
			row  int32
			base uint64
		}{int32(i), base})
	}
	if ev.Text != "" || ev.Raw != "" || !ev.Since.IsZero() || ev.Lost != 0 {
		text, raw := d.texts(ev)
		c.side = append(c.side, extra{int32(i), text, raw, nanoseconds(ev.Since), ev.Lost})
	}
	if ev.Src.Sent != (capture.Volume{}) || ev.Dst.Sent != (capture.Volume{}) {
		c.sent = append(c.sent, sent{int32(i), ev.Src.Sent, ev.Dst.Sent})
	}
}

// seq finds the Seq of a row.
func (c *chunk) seq(i int) uint64 {
	n := sort.Search(len(c.runs), func(k int) bool { return int(c.runs[k].row) > i })
	return c.runs[n-1].base + uint64(i)
}

// extra finds what else a row has; nil: nothing.
func (c *chunk) extra(i int) *extra {
	if n := sort.Search(len(c.side), func(k int) bool { return int(c.side[k].row) >= i }); n < len(c.side) && int(c.side[n].row) == i {
		return &c.side[n]
	}
	return nil
}

// event rebuilds a row.
func (c *chunk) event(i int, d *dictionary, ev *capture.Event) {
	h := &d.heads[c.head[i]]
	src, dst := &d.hosts[c.src[i]], &d.hosts[c.dst[i]]
	*ev = capture.Event{
		Seq: c.seq(i), Time: fromNanoseconds(c.time[i]),
		Router: h.router, RouterName: h.name, Kind: h.kind, Reason: h.reason, Dir: h.dir, Proto: h.proto, Verdict: h.verdict, New: h.fresh,
		Src: capture.Endpoint{Addr: src.Addr, MAC: src.MAC, Name: src.name, Port: c.sport[i]},
		Dst: capture.Endpoint{Addr: dst.Addr, MAC: dst.MAC, Name: dst.name, Port: c.dport[i]},
	}
	if x := c.extra(i); x != nil {
		ev.Text, ev.Raw = d.strings[x.text], d.strings[x.raw]
		ev.Since, ev.Lost = fromNanoseconds(x.since), x.lost
	}
	if some := c.sentWithin(i, i+1); len(some) > 0 {
		ev.Src.Sent, ev.Dst.Sent = some[0].src, some[0].dst
	}
}

// sentWithin is what is known to have been sent in rows from low up to high.
func (c *chunk) sentWithin(low, high int) []sent {
	from := sort.Search(len(c.sent), func(k int) bool { return int(c.sent[k].row) >= low })
	to := from + sort.Search(len(c.sent)-from, func(k int) bool { return int(c.sent[from+k].row) >= high })
	return c.sent[from:to]
}

// within are the entries of the sparse list whose rows are from low up to high.
func (c *chunk) within(low, high int) []extra {
	from := sort.Search(len(c.side), func(k int) bool { return int(c.side[k].row) >= low })
	to := sort.Search(len(c.side), func(k int) bool { return int(c.side[k].row) >= high })
	return c.side[from:to]
}
