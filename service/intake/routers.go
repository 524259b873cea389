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
		if list, err = routersOf(ctx, h); err != nil && ctx.Err() == nil {
			in.o.Log.Warn("the routers cannot be read from the history", "error", err)
		}
	}
	in.heard.add(list, in.clock.Calm())
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
		if r.Last.After(now) {
			r.Last = now
		}
		if r.Addr.IsValid() {
			h.before[r.Addr] = r
		}
	}
}

// routersOf finds who sent the events that are stored, those with most events.
func routersOf(ctx context.Context, h *history.History) (list []Router, err error) {
	groups, err := h.Group(ctx, history.Query{}, history.Grouping{By: history.ByRouter, Limit: maxShown})
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
// latest first.
func (in *Intake) routersBefore(now []Router) []Router {
	in.heard.mu.Lock()
	before := maps.Clone(in.heard.before)
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
