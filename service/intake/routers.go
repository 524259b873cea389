package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/datafile"
	"linklog/service/health"
	"linklog/service/history"
)

// heard remembers who sent before this start, in the file "routers": after a restart
// the first question is whether the router was ever heard, and when.
type heard struct {
	mu     sync.Mutex
	before map[netip.Addr]Router // nil: not read yet
	saved  []Router              // what the file has
	said   map[netip.Addr]Said   // before this start and since
}

// Said is what a router said of names, and when it did so last; zero: never.
type Said struct {
	Lease  time.Time `json:"lease,omitzero"`  // what a device calls itself
	Answer time.Time `json:"answer,omitzero"` // what a device asked DNS for
}

// NoteNames notes whose names a sighting has: names of a test are in the book like all others.
func (in *Intake) NoteNames(s *capture.Sighting) {
	switch {
	case s.Name == "":
	case s.Kind == capture.Lease:
		in.heard.note(s.Router, Said{Lease: s.Time})
	case s.Kind == capture.Answer:
		in.heard.note(s.Router, Said{Answer: s.Time})
	}
}

func (h *heard) note(router netip.Addr, x Said) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noteHeld(router, x)
}

// noteHeld is note where mu is held.
func (h *heard) noteHeld(router netip.Addr, x Said) {
	said, known := h.said[router]
	if x == (Said{}) || !known && len(h.said) == maxShown {
		return
	}
	if h.said == nil {
		h.said = make(map[netip.Addr]Said)
	}
	if x.Lease.After(said.Lease) {
		said.Lease = x.Lease.Round(0).UTC()
	}
	if x.Answer.After(said.Answer) {
		said.Answer = x.Answer.Round(0).UTC()
	}
	h.said[router] = said
}

func (in *Intake) routersFile() string { return filepath.Join(in.o.DataDir, "routers") }

// ReadRouters finds out who sent before this start. Where there is no file, as an earlier
// LinkLog leaves it, or one that cannot be read, the history is asked.
func (in *Intake) ReadRouters(ctx context.Context, h *history.History) {
	var list []Router
	text, err := datafile.Read(in.routersFile())
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			in.o.Log.Warn("the routers of earlier starts cannot be read; using the history instead", "file", in.routersFile(), "error", err)
		}
		list = nil
	}
	later, err := routersOf(ctx, h, latest(list)) // all; or what was sent until a kill, after the file was written
	if err != nil && ctx.Err() == nil {
		in.o.Log.Warn("the routers cannot be read from the history", "error", err)
	}
	for _, r := range later {
		if i := slices.IndexFunc(list, func(l Router) bool { return l.Addr == r.Addr }); i >= 0 {
			list[i].Count, list[i].Last = list[i].Count+r.Count, r.Last
		} else {
			list = append(list, r)
		}
	}
	in.heard.add(list, in.clock.Calm())
}

// latest is when the last message of routers came; zero: there are none.
func latest(list []Router) (last time.Time) {
	for _, r := range list {
		if r.Last.After(last) {
			last = r.Last
		}
	}
	return last
}

// add takes routers in that were heard before. No time is in the future: a clock that
// was ahead had it.
func (h *heard) add(list []Router, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.before == nil {
		h.before = make(map[netip.Addr]Router)
	}
	for _, r := range list[:min(len(list), maxShown)] {
		for _, t := range []*time.Time{&r.Last, &r.Lease, &r.Answer} {
			if t.After(now) {
				*t = now
			}
		}
		if r.Addr.IsValid() {
			h.before[r.Addr] = r
			h.noteHeld(r.Addr, r.Said)
		}
	}
}

// routersOf finds who sent the events that are stored and came after a time, those with most events.
func routersOf(ctx context.Context, h *history.History, after time.Time) (list []Router, err error) {
	var since time.Time
	if !after.IsZero() {
		since = after.Add(1)
	}
	groups, err := h.Group(ctx, history.Query{Since: since}, history.Grouping{By: history.ByRouter, Limit: maxShown})
	if err != nil {
		return nil, err
	}
	for _, g := range groups.List {
		if !g.Router.IsValid() {
			continue // a gap has none
		}
		f := filter.Filter{Router: g.Router.String()}
		m, err := f.Compile(nil, time.Time{})
		if err != nil {
			continue // an address with a zone cannot be asked for
		}
		r := Router{Addr: g.Router, Count: uint64(g.Count)}
		err = h.Each(ctx, history.Query{Filter: m, Limit: 1, WithoutNames: true}, func(ev *capture.Event) error {
			r.Last = ev.Time
			return nil
		})
		if err != nil {
			return list, err
		}
		list = append(list, r)
	}
	return list, nil
}

// routersBefore are those that were heard before this start, and not since, the
// latest first. It gives all of both what they said.
func (in *Intake) routersBefore(now []Router) []Router {
	in.heard.mu.Lock()
	before := maps.Clone(in.heard.before)
	for a, r := range before {
		r.Said = in.heard.said[a]
		before[a] = r
	}
	for i := range now {
		now[i].Said = in.heard.said[now[i].Addr]
	}
	in.heard.mu.Unlock()
	for _, r := range now {
		delete(before, r.Addr)
	}
	return slices.SortedFunc(maps.Values(before), latestFirst)
}

func latestFirst(a, b Router) int { return b.Last.Compare(a.Last) }

// WriteRouters keeps who was heard for the next start. Of too many those stay that
// sent most: addresses that were forged once do not push the router out.
func (in *Intake) WriteRouters() {
	now, _, _, _ := in.sources.snapshot()
	in.heard.mu.Lock()
	defer in.heard.mu.Unlock()
	if in.heard.before == nil {
		return // what the file has is not known yet
	}
	all := maps.Clone(in.heard.before)
	for _, r := range now {
		r.Count += all[r.Addr].Count
		all[r.Addr] = r
	}
	for a, r := range all {
		r.Said = in.heard.said[a]
		all[a] = r
	}
	list := slices.SortedFunc(maps.Values(all), func(a, b Router) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), a.Addr.Compare(b.Addr))
	})
	list = list[:min(len(list), maxShown)]
	if slices.Equal(list, in.heard.saved) {
		return
	}
	text, err := json.Marshal(list)
	if err == nil {
		err = datafile.Replace(in.routersFile(), text, 0o600)
	}
	if err == nil {
		in.heard.saved = list
	}
	in.health.Check(health.RoutersUnkept, err)
}
