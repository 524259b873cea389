// Package past is the part of the log that is not in memory: what matches a filter in the
// history, by index, as far as a search has found it. It knows where to read on for
// each page of matches, and has the few pages that are in sight; whoever owns it asks
// the service for what it says.
package past

import (
	"slices"
	"sort"
	"time"

	"linklog/app/log/rows"
	"linklog/capture"
)

// PageRows is how many rows a page has.
const PageRows = 500

// Past is the matches, by index from 0, oldest first. It belongs to one goroutine.
//
// What the search finds, the newest first, comes in front of the first row: IDs are
// counted down from where memory begins and stay the same. What memory drops
// comes behind the last row, and keeps its ID.
type Past struct {
	base    int64    // the position in memory of the first event behind what is searched
	ids     int64    // the ID behind those of what is searched
	cursors []string // where the pages of what is searched begin, from the newest
	times   []int64  // of the row before each of them, in seconds since 1970
	count   int      // rows that were found
	found   int      // rows that this search has found, which may be done again
	marked  int      // cursors that it has given
	ended   bool

	dropped []dropped // by ID

	pages map[Key]*page
	asked map[Key]int // how many rows were asked for and have not come
	sight []Key       // what is to be here
	clock uint64      // for page.used
	bytes int
	stale bool
}

// dropped are rows that memory dropped.
type dropped struct {
	*rows.Dropped
	start int // the index of the first, behind what was searched
}

// Key names a page: 0 and its number among what is searched, counted from the newest; or which of
// what memory dropped, from 1, and its number there, counted from the oldest.
type Key struct{ dropped, page int }

// page is rows that are here, the newest first.
type page struct {
	events []capture.Event
	asked  int // how many were asked for; fewer came if the history has no more
	bytes  int
	used   uint64
}

// Request is a page to be read, the newest row first.
type Request struct {
	Key    Key
	Limit  int
	Cursor string // where it begins
	Before uint64 // the Seq before which all of it is, of live events alone; 0: it is what is searched
}

// maxBytes bounds the pages that are here, but for those in sight.
const maxBytes = 4 << 20

// New returns a Past that is searched from what memory has at the position base. No two may
// have the same generation, from 0: it sees to it that no ID is given twice, nor one that is a
// position.
func New(base int64, generation int) *Past {
	const most = 40 // bits for the rows of one
	return &Past{base: base, ids: -int64(generation) << most, pages: make(map[Key]*page), asked: make(map[Key]int)}
}

// Base is the position that New was told.
func (p *Past) Base() int64 { return p.base }

// Again takes that the search begins once more, as it was left or the history has changed: the rows
// stay, and are counted anew.
func (p *Past) Again() { p.found, p.marked, p.ended, p.stale = 0, 0, false, false }

// Mark takes where a page begins: after so many rows, at first none, and the time of the one before it. It
// reports whether it was one that is expected.
func (p *Past) Mark(count int, cursor string, before time.Time) bool {
	if count != p.marked*PageRows || p.ended {
		return false
	}
	if p.marked < len(p.cursors) {
		p.cursors[p.marked], p.times[p.marked] = cursor, before.Unix()
	} else {
		p.cursors, p.times = append(p.cursors, cursor), append(p.times, before.Unix())
	}
	p.marked++
	p.Found(count)
	return true
}

// Found takes how many rows were found. More than what is behind the last mark cannot be
// reached yet, and does not count.
func (p *Past) Found(count int) {
	p.found = max(p.found, min(count, p.marked*PageRows))
	p.count = max(p.count, p.found)
}

// End takes that the search is at its end.
func (p *Past) End() {
	p.ended = true
	p.cursors, p.times = p.cursors[:p.marked], p.times[:p.marked]
	if p.count > p.found { // some are no more
		p.count = p.found
		p.Forget()
	}
}

// Ended reports whether all that matches was found.
func (p *Past) Ended() bool { return p.ended }

// Stale reports whether the history has changed: a page has fewer rows than the search found.
func (p *Past) Stale() bool { return p.stale }

// Drop takes rows that memory dropped.
func (p *Past) Drop(d *rows.Dropped) {
	if d.Len() > 0 {
		p.dropped = append(p.dropped, dropped{d, p.Len() - p.count})
	}
}

// maxDropped bounds what Drop keeps, about 9 kB each.
const maxDropped = 1000

// Full reports whether Drop has taken so much that it is better to search anew.
func (p *Past) Full() bool { return len(p.dropped) >= maxDropped }

// Len is the number of rows.
func (p *Past) Len() int {
	if n := len(p.dropped); n > 0 {
		return p.count + p.dropped[n-1].start + p.dropped[n-1].Len()
	}
	return p.count
}

// ID names a row for good; i is 0 to Len-1.
func (p *Past) ID(i int) int64 {
	if i < p.count {
		return p.ids - int64(p.count-i)
	}
	d := p.droppedAt(i)
	return p.dropped[d].ID(i - p.count - p.dropped[d].start)
}

// Find is the index of the first row with this ID or a higher one; Len if there is none.
func (p *Past) Find(id int64) int {
	if id < p.ids {
		return int(max(id-(p.ids-int64(p.count)), 0))
	}
	n := sort.Search(len(p.dropped), func(n int) bool { return p.dropped[n].ID(p.dropped[n].Len()-1) >= id })
	if n == len(p.dropped) {
		return p.Len()
	}
	return p.count + p.dropped[n].start + p.dropped[n].Find(id)
}

// At is the first of the rows that were searched which is not older than a time; known: the search has come
// that far; exact: its page is here, else it is on the page that begins with that row.
func (p *Past) At(t time.Time) (i int, known, exact bool) {
	page := 0
	for page+1 < p.marked && p.times[page+1] >= t.Unix() {
		page++
	}
	if page+1 >= p.marked && !p.ended {
		return 0, false, false
	}
	pg := p.pages[Key{0, page}]
	n := p.rowsOf(Key{0, page})
	if pg == nil || len(pg.events) < n {
		return max(p.count-page*PageRows-max(n, 0), 0), true, false
	}
	older := slices.IndexFunc(pg.events[:max(n, 0)], func(ev capture.Event) bool { return ev.Time.Before(t) })
	if older < 0 {
		older = max(n, 0)
	}
	return p.count - page*PageRows - older, true, true
}

// Row is the index of an event among the rows that are here.
func (p *Past) Row(ev *capture.Event) (i int, here bool) {
	for key, pg := range p.pages {
		for at := range pg.events {
			if e := &pg.events[at]; e.Seq != ev.Seq || !e.Time.Equal(ev.Time) || e.Src.Addr != ev.Src.Addr || e.Src.Port != ev.Src.Port {
				continue
			}
			if key.dropped == 0 {
				return p.count - 1 - key.page*PageRows - at, true
			}
			return p.count + p.dropped[key.dropped-1].start + key.page*PageRows + p.rowsOf(key) - 1 - at, true
		}
	}
	return 0, false
}

// droppedAt finds what a row behind what was searched is of.
func (p *Past) droppedAt(i int) int {
	return sort.Search(len(p.dropped), func(n int) bool { return p.dropped[n].start > i-p.count }) - 1
}

// place finds the page of a row, and its place there, from the newest.
func (p *Past) place(i int) (Key, int) {
	if i < p.count {
		k := p.count - 1 - i
		return Key{0, k / PageRows}, k % PageRows
	}
	n := p.droppedAt(i)
	j := i - p.count - p.dropped[n].start
	key := Key{n + 1, j / PageRows}
	return key, p.rowsOf(key) - 1 - j%PageRows
}

// rowsOf is how many rows a page has, as far as that is known.
func (p *Past) rowsOf(k Key) int {
	n := p.count
	if k.dropped > 0 {
		n = p.dropped[k.dropped-1].Len()
	}
	return min(n-k.page*PageRows, PageRows)
}

// Event fills ev with a row; false: it is not here.
func (p *Past) Event(i int, ev *capture.Event) bool {
	key, at := p.place(i)
	if pg := p.pages[key]; pg != nil && at < len(pg.events) {
		*ev = pg.events[at]
		return true
	}
	*ev = capture.Event{}
	return false
}

// See says what has to be asked for to have the rows from first to last here, and a page on
// each side, and what need no longer be asked for.
func (p *Past) See(first, last int) (ask []Request, leave []Key) {
	p.clock++
	p.sight = p.sight[:0]
	for i, end := max(first-PageRows, 0), min(last+PageRows, p.Len()-1); i <= end; {
		key, at := p.place(i)
		p.sight = append(p.sight, key)
		i += at + 1
	}
	for _, key := range p.sight {
		n := p.rowsOf(key)
		if pg := p.pages[key]; pg != nil {
			pg.used = p.clock
			if len(pg.events) >= n || pg.asked >= n {
				continue
			}
		}
		if _, asked := p.asked[key]; !asked {
			ask = append(ask, p.request(key, n))
		}
	}
	for key := range p.asked {
		if !slices.Contains(p.sight, key) && key != (Key{}) { // the newest are shown as they are found
			delete(p.asked, key)
			leave = append(leave, key)
		}
	}
	for i := range ask {
		p.asked[ask[i].Key] = ask[i].Limit
	}
	return ask, leave
}

// Part is rows of one page: those from up to to, which is not included, counted from the
// newest. They are in Here, or Request gets the page.
type Part struct {
	Request  Request
	From, To int
	Here     []capture.Event // the page; nil: it is not here
}

// Parts are the pages of the rows from first up to end, which is not included, oldest first. It takes no
// more than some rows.
func (p *Past) Parts(first, end, most int) (parts []Part) {
	for i := first; i < min(end, first+most); {
		key, at := p.place(i)
		n := min(at+1, end-i)
		part := Part{From: at + 1 - n, To: at + 1}
		if pg := p.pages[key]; pg != nil && len(pg.events) > at {
			part.Here = slices.Clone(pg.events) // which Rename changes
		} else {
			part.Request = p.request(key, p.rowsOf(key))
		}
		parts = append(parts, part)
		i += n
	}
	return parts
}

// First is the request for the newest page, which need not wait for more than the first mark.
func (p *Past) First() Request {
	r := p.request(Key{}, PageRows)
	p.asked[r.Key] = r.Limit
	return r
}

func (p *Past) request(k Key, n int) Request {
	r := Request{Key: k, Limit: n}
	if k.dropped > 0 {
		r.Before = p.dropped[k.dropped-1].End(k.page) + 1
	} else {
		r.Cursor = p.cursors[k.page]
	}
	return r
}

// Put takes rows of a page, from the newest on; whole: as many as there are, else more
// follow. Those of the newest page may be more than the search has found.
func (p *Past) Put(r Request, events []capture.Event, whole bool) {
	if _, asked := p.asked[r.Key]; !asked {
		return
	}
	events = events[:min(len(events), PageRows)]
	if r.Key == (Key{}) {
		p.Found(len(events))
	}
	pg := p.pages[r.Key]
	if pg == nil {
		pg = &page{used: p.clock}
		p.pages[r.Key] = pg
	}
	p.bytes -= pg.bytes
	pg.events, pg.bytes = events, size(events)
	p.bytes += pg.bytes
	if whole {
		pg.asked = r.Limit
		delete(p.asked, r.Key)
		p.stale = p.stale || r.Key.dropped == 0 && p.ended && len(events) < p.rowsOf(r.Key)
	}
	p.evict()
}

// Failed takes that a page could not be read; it is asked for again by See.
func (p *Past) Failed(k Key) { delete(p.asked, k) }

// evict lets pages go that were in sight longest ago.
func (p *Past) evict() {
	for p.bytes > maxBytes {
		oldest := Key{-1, 0}
		for k, pg := range p.pages {
			if !slices.Contains(p.sight, k) && (oldest.dropped < 0 || pg.used < p.pages[oldest].used) {
				oldest = k
			}
		}
		if oldest.dropped < 0 {
			return
		}
		p.bytes -= p.pages[oldest].bytes
		delete(p.pages, oldest)
	}
}

// size is about what events take.
func size(events []capture.Event) (n int) {
	const one = 320 // the event itself
	for i := range events {
		ev := &events[i]
		n += one + len(ev.Text) + len(ev.Raw) + len(ev.Src.Name) + len(ev.Dst.Name)
	}
	return n
}

// Forget lets all pages go, to be asked for again.
func (p *Past) Forget() {
	clear(p.pages)
	clear(p.asked)
	p.bytes = 0
}

// Rename gives addresses other names, each while it had the same owner. It reports whether a
// row here changed.
func (p *Past) Rename(names map[rows.Owner]string) (changed bool) {
	for _, pg := range p.pages {
		for i := range pg.events {
			for _, e := range []*capture.Endpoint{&pg.events[i].Src, &pg.events[i].Dst} {
				if name, ok := names[rows.Owner{Addr: e.Addr, MAC: e.MAC}]; ok && e.Addr.IsValid() && e.Name != name {
					e.Name, changed = name, true
				}
			}
		}
	}
	return changed
}
