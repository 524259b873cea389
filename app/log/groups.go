package log

import (
	"net/netip"
	"slices"
	"sort"
	"time"

	"linklog/app/log/view"
	"linklog/capture"
)

// groups are rows where what repeats is one row: events in a row of the same device, host, port,
// direction and verdict. It is a view.Source, as what it groups.
//
// The history may be long, and its rows are not here: only those around what is in sight are grouped,
// from one row on in both directions; the others stand for themselves until they come into sight.
// Places are counted from the row that was grouped first.
type groups struct {
	*shown
	alone func(*capture.Event) bool // reports whether an event is always a row of its own

	any       bool
	low, high int   // the places that are grouped: from, and up to which
	first     int64 // the ID of the row at low
	front     edge
	back      edge
	runs      []run // those of two rows or more
	opened    map[int64]struct{}
}

// run is a group.
type run struct {
	at, n int           // its place, and how many rows
	id    int64         // that of one of its rows, which stays: of the whole
	since time.Time     // of its oldest
	last  capture.Event // its newest
	open  bool
	below int // rows that the runs before it hide, from the first run on
}

// hidden is how many rows of a run are not shown.
func (r *run) hidden() int {
	if r.open {
		return 0
	}
	return r.n - 1
}

// edge is the row at an end of what is grouped.
type edge struct {
	key alike
	id  int64
	ev  capture.Event
}

// alike is what is the same for all rows of a group; not ok: it repeats nothing.
type alike struct {
	ok       bool
	dir      capture.Direction
	proto    capture.Protocol
	verdict  capture.Verdict
	src, dst netip.Addr
	from, to string // names, where there is no address
	port     uint16
}

func (g *groups) alikeOf(ev *capture.Event) alike {
	if ev.Kind != capture.Traffic || g.alone(ev) {
		return alike{}
	}
	a := alike{ok: true, dir: ev.Dir, proto: ev.Proto, verdict: ev.Verdict, src: ev.Src.Addr, dst: ev.Dst.Addr, port: ev.Dst.Port}
	if !a.src.IsValid() {
		a.from = ev.Src.Name
	}
	if !a.dst.IsValid() {
		a.to = ev.Dst.Name
	}
	return a
}

// The bounds of what is grouped.
const (
	groupAround = 512     // rows on each side of those in sight
	groupAtOnce = 20_000  // in one go, which is a few milliseconds
	groupMost   = 200_000 // in all
	openedMost  = 1000    // groups that are open
)

func newGroups(of *shown, alone func(*capture.Event) bool) *groups {
	return &groups{shown: of, alone: alone, opened: make(map[int64]struct{})}
}

// reset groups nothing, until it is in sight.
func (g *groups) reset() {
	g.any, g.low, g.high, g.runs = false, 0, 0, g.runs[:0]
}

// start is the index of the first row that is grouped.
func (g *groups) start() int {
	if !g.any {
		return 0
	}
	i := g.shown.Find(g.first)
	if i >= g.shown.Len() || g.shown.ID(i) != g.first { // rows went
		g.reset()
		return 0
	}
	return i
}

// all is how many rows are hidden.
func (g *groups) all() int {
	if n := len(g.runs); n > 0 {
		return g.runs[n-1].below + g.runs[n-1].hidden()
	}
	return 0
}

// sum counts what is hidden before each run.
func (g *groups) sum() {
	below := 0
	for i := range g.runs {
		g.runs[i].below = below
		below += g.runs[i].hidden()
	}
}

// runAt is the last run that begins at a place or before; nil: there is none.
func (g *groups) runAt(place int) *run {
	n := sort.Search(len(g.runs), func(i int) bool { return g.runs[i].at > place })
	if n == 0 {
		return nil
	}
	return &g.runs[n-1]
}

// row is where a row of what is grouped is seen, by its index there.
func (g *groups) row(i int) int {
	start := g.start()
	switch {
	case !g.any || i < start:
		return i
	case i >= start+g.high-g.low:
		return i - g.all()
	}
	place := i - start + g.low
	r := g.runAt(place)
	switch {
	case r == nil:
		return i
	case !r.open && place < r.at+r.n:
		return start + r.at - g.low - r.below
	}
	return i - r.below - r.hidden()
}

// base is the first of what is seen in a row; group: all that is, if it repeats.
func (g *groups) base(row int) (i int, group *run) {
	start := g.start()
	switch {
	case !g.any || row < start:
		return row, nil
	case row >= start+g.high-g.low-g.all():
		return row + g.all(), nil
	}
	at := func(r *run) int { return start + r.at - g.low - r.below } // where it is seen
	n := sort.Search(len(g.runs), func(i int) bool { return at(&g.runs[i]) > row })
	if n == 0 {
		return row, nil
	}
	r := &g.runs[n-1]
	i = row + r.below
	if row > at(r) {
		i += r.hidden()
	}
	if place := i - start + g.low; place < r.at+r.n {
		return i, r
	}
	return i, nil
}

// Len implements view.Source.
func (g *groups) Len() int {
	g.start()
	return g.shown.Len() - g.all()
}

// ID implements view.Source.
func (g *groups) ID(row int) int64 {
	i, r := g.base(row)
	if r != nil && !r.open {
		return r.id
	}
	return g.shown.ID(i)
}

// Find implements view.Source.
func (g *groups) Find(id int64) int {
	i := g.shown.Find(id)
	row := g.row(i)
	if i < g.shown.Len() {
		if _, r := g.base(row); r != nil && !r.open && id > r.id {
			return row + 1
		}
	}
	return row
}

// Event implements view.Source: of a group it is the newest.
func (g *groups) Event(row int, ev *capture.Event) bool {
	i, r := g.base(row)
	if r != nil && !r.open {
		*ev = r.last
		return true
	}
	return g.shown.Event(i, ev)
}

// group says which group a row is, or is of.
func (g *groups) group(row int) view.Group {
	i, r := g.base(row)
	if r == nil {
		return view.Group{}
	}
	return view.Group{N: r.n, Since: r.since, Open: r.open, Head: !r.open || i-g.start()+g.low == r.at}
}

// set opens or closes the group of a row, and returns the row where it is then; false: there is none.
func (g *groups) set(row int, open bool) (at int, changed bool) {
	_, r := g.base(row)
	if r == nil || r.open == open {
		return row, false
	}
	r.open = open
	if open && len(g.opened) < openedMost {
		g.opened[r.id] = struct{}{}
	} else {
		start := g.start() + r.at - g.low
		for id := range g.opened {
			if i := g.shown.Find(id); i >= start && i < start+r.n {
				delete(g.opened, id)
			}
		}
	}
	place := r.at
	g.sum()
	return g.row(g.start() + place - g.low), true
}

// reveal opens the group of what is shown at an index, also if it is not found yet.
func (g *groups) reveal(i int) {
	if _, r := g.base(g.row(i)); r != nil {
		g.set(g.row(i), true)
	} else if len(g.opened) < openedMost && i < g.shown.Len() {
		g.opened[g.shown.ID(i)] = struct{}{}
	}
}

// look groups the rows around those in sight, and reports whether that changed anything.
func (g *groups) look(first, last int) (changed bool) {
	if g.shown.Len() == 0 {
		return false
	}
	from, _ := g.base(first)
	to, r := g.base(last)
	if r != nil && !r.open {
		to += r.n - 1
	}
	before, hidden := len(g.runs), g.all()
	start := g.start()
	far := g.any && (to < start-1 || from > start+g.high-g.low)
	many := g.high-g.low > groupMost && to-from < groupMost/2
	if !g.any || far || many {
		g.reset()
		if !g.begin(from, to) {
			return before > 0
		}
	}
	g.extendBack(to + groupAround)
	g.extendFront(from - groupAround)
	return len(g.runs) != before || g.all() != hidden
}

// grow groups what was added, if that is near.
func (g *groups) grow() {
	if n := g.shown.Len(); g.any && n-g.start()-(g.high-g.low) < groupAtOnce {
		g.extendBack(n)
	}
}

// begin begins with the first row that is here; false: none is.
func (g *groups) begin(from, to int) bool {
	var ev capture.Event
	for i := from; i <= to && i < g.shown.Len(); i++ {
		if g.shown.Event(i, &ev) {
			g.any, g.low, g.high, g.first = true, 0, 1, g.shown.ID(i)
			g.back = edge{g.alikeOf(&ev), g.first, ev}
			g.front = g.back
			return true
		}
	}
	return false
}

// extendBack groups newer rows, up to one that is not here.
func (g *groups) extendBack(to int) {
	i := g.start() + g.high - g.low
	to = min(to, g.shown.Len(), i+groupAtOnce)
	if g.high-g.low > 2*groupMost { // of which one group is more than half
		return
	}
	var ev capture.Event
	for ; i < to && g.shown.Event(i, &ev); i++ {
		next := edge{g.alikeOf(&ev), g.shown.ID(i), ev}
		if next.key.ok && next.key == g.back.key {
			n := len(g.runs)
			if n == 0 || g.runs[n-1].at+g.runs[n-1].n != g.high {
				g.runs = append(g.runs, run{at: g.high - 1, n: 1, id: g.back.id, since: g.back.ev.Time, last: g.back.ev, below: g.all(), open: g.isOpened(g.back.id)})
				n++
			}
			r := &g.runs[n-1]
			r.n++
			next.ev.New = next.ev.New || r.last.New
			r.last, r.open = next.ev, r.open || g.isOpened(next.id)
		}
		g.back = next
		g.high++
	}
}

// extendFront groups older rows, down to one that is not here.
func (g *groups) extendFront(from int) {
	i := g.start() - 1
	from = max(from, 0, i-groupAtOnce)
	if g.high-g.low > 2*groupMost {
		return
	}
	var more []run // the newest first
	var ev capture.Event
	changed := false
	for ; i >= from && g.shown.Event(i, &ev); i-- {
		next := edge{g.alikeOf(&ev), g.shown.ID(i), ev}
		if next.key.ok && next.key == g.front.key {
			r := (*run)(nil)
			switch {
			case len(more) > 0:
				r = &more[len(more)-1]
			case len(g.runs) > 0:
				r = &g.runs[0]
			}
			if r == nil || r.at != g.low {
				more = append(more, run{at: g.low, n: 1, id: g.front.id, last: g.front.ev, open: g.isOpened(g.front.id)})
				r = &more[len(more)-1]
			}
			r.at--
			r.n++
			r.since, r.last.New, r.open = ev.Time, r.last.New || ev.New, r.open || g.isOpened(next.id)
			changed = true
		}
		g.front, g.first = next, next.id
		g.low--
	}
	if !changed {
		return
	}
	slices.Reverse(more)
	g.runs = slices.Insert(g.runs, 0, more...)
	g.sum()
}

func (g *groups) isOpened(id int64) bool {
	if len(g.opened) == 0 {
		return false
	}
	_, is := g.opened[id]
	return is
}

// missing are the rows among those in sight that are not here: the first, and the last of those near it.
func (g *groups) missing(first, last, near int) (from, to int, some bool) {
	var ev capture.Event
	for row := first; row <= last && row < g.Len(); row++ {
		if g.Event(row, &ev) {
			continue
		}
		i, _ := g.base(row)
		if !some {
			from, some = i, true
		}
		if i < from+near {
			to = i
		}
	}
	return from, to, some
}
