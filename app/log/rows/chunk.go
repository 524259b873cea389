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
// knows while others are added at both ends.
type chunk struct {
	*columns

	// start is the row that was first. The sparse lists below grow upwards from
	// it, those of prepended rows downwards.
	start int
	runs  [2]runs
	side  [2][]extra
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

func newChunk(pos int64) *chunk {
	return &chunk{columns: new(columns), start: int(pos & chunkMask)}
}

// side numbers of the sparse lists.
const (
	appended = iota
	prepended
)

// put writes the event at a position. Rows come in order, or downwards from start
// if they are prepended.
func (c *chunk) put(pos int64, d *dictionary, ev *capture.Event, before bool) {
	i := int(pos & chunkMask)
	c.time[i] = nanoseconds(ev.Time)
	c.src[i], c.dst[i] = d.host(&ev.Src), d.host(&ev.Dst)
	c.head[i] = d.head(ev)
	c.sport[i], c.dport[i] = ev.Src.Port, ev.Dst.Port

	list := appended
	if before && i < c.start {
		list = prepended
	}
	r := &c.runs[list]
	if base := ev.Seq - uint64(i); len(*r) == 0 || (*r)[len(*r)-1].base != base {
		*r = append(*r, struct {
			row  int32
			base uint64
		}{int32(i), base})
	}
	if ev.Text != "" || ev.Raw != "" || !ev.Since.IsZero() || ev.Lost != 0 {
		text, raw := d.texts(ev)
		c.side[list] = append(c.side[list], extra{int32(i), text, raw, nanoseconds(ev.Since), ev.Lost})
	}
}

// seq finds the Seq of a row.
func (c *chunk) seq(i int) uint64 {
	if r := c.runs[appended]; i >= c.start {
		n := sort.Search(len(r), func(k int) bool { return int(r[k].row) > i })
		return r[n-1].base + uint64(i)
	}
	r := c.runs[prepended]
	n := sort.Search(len(r), func(k int) bool { return int(r[k].row) < i })
	return r[n-1].base + uint64(i)
}

// extra finds what else a row has; nil: nothing.
func (c *chunk) extra(i int) *extra {
	list := c.side[appended]
	n := 0
	if i >= c.start {
		n = sort.Search(len(list), func(k int) bool { return int(list[k].row) >= i })
	} else {
		list = c.side[prepended]
		n = sort.Search(len(list), func(k int) bool { return int(list[k].row) <= i })
	}
	if n < len(list) && int(list[n].row) == i {
		return &list[n]
	}
	return nil
}

// event rebuilds a row.
func (c *chunk) event(i int, d *dictionary, ev *capture.Event) {
	h := &d.heads[c.head[i]]
	src, dst := &d.hosts[c.src[i]], &d.hosts[c.dst[i]]
	*ev = capture.Event{
		Seq: c.seq(i), Time: fromNanoseconds(c.time[i]),
		Router: h.router, Kind: h.kind, Reason: h.reason, Dir: h.dir, Proto: h.proto, Verdict: h.verdict, New: h.fresh,
		Src: capture.Endpoint{Addr: src.addr, Name: src.name, Port: c.sport[i]},
		Dst: capture.Endpoint{Addr: dst.addr, Name: dst.name, Port: c.dport[i]},
	}
	if x := c.extra(i); x != nil {
		ev.Text, ev.Raw = d.strings[x.text], d.strings[x.raw]
		ev.Since, ev.Lost = fromNanoseconds(x.since), x.lost
	}
}

// within returns the indices of the entries of a sparse list whose rows are from low
// up to high. The list is in order one way or the other.
func within(list []extra, low, high int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		if len(list) == 0 {
			return
		}
		up := list[0].row <= list[len(list)-1].row
		k := sort.Search(len(list), func(k int) bool {
			if up {
				return int(list[k].row) >= low
			}
			return int(list[k].row) < high
		})
		for ; k < len(list); k++ {
			row := int(list[k].row)
			if row < low || row >= high || !yield(k) {
				return
			}
		}
	}
}
