package service

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
	"linklog/service/history"
)

// heard remembers who sent before this start, in the file "routers": after a restart
// the first question is whether the router was ever heard, and when.
type heard struct {
	mu     sync.Mutex
	before map[netip.Addr]Router // nil: not read yet
	saved  []Router              // what the file has
}

func (e *Engine) routersFile() string { return filepath.Join(e.config.DataDir, "routers") }

// readRouters reads the file. Where there is none, as an earlier LinkLog leaves it, or
// one that cannot be read, the history is asked.
func (e *Engine) readRouters(ctx context.Context) {
	var list []Router
	text, err := datafile.Read(e.routersFile())
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			e.log.Warn("the routers of earlier starts cannot be read; the history is asked", "file", e.routersFile(), "error", err)
		}
		if list, err = e.routersOfHistory(ctx); err != nil && ctx.Err() == nil {
			e.log.Warn("the history does not say which routers it is from", "error", err)
		}
	}
	e.heard.add(list, e.clock.calm())
}

// add takes routers in that were heard before. No time is in the future: a clock that
// was ahead had it.
func (h *heard) add(list []Router, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.before == nil {
		h.before = make(map[netip.Addr]Router)
	}
	for _, r := range list[:min(len(list), shownSources)] {
		if r.Last.After(now) {
			r.Last = now
		}
		if r.Addr.IsValid() {
			h.before[r.Addr] = r
		}
	}
}

// routersOfHistory finds who sent the events that are stored, those with most events.
func (e *Engine) routersOfHistory(ctx context.Context) (list []Router, err error) {
	groups, err := e.history.Group(ctx, history.Query{}, history.Grouping{By: history.ByRouter, Limit: shownSources})
	if err != nil {
		return nil, err
	}
	for _, g := range groups.List {
		if !g.Router.IsValid() {
			continue // a gap has none
		}
		f := filter.Filter{Router: g.Router.String()}
		m, err := f.Compile(nil)
		if err != nil {
			continue // an address with a zone cannot be asked for
		}
		r := Router{Addr: g.Router, Count: uint64(g.Count)}
		err = e.history.Each(ctx, history.Query{Filter: m, Limit: 1, WithoutNames: true}, func(ev *capture.Event) error {
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
func (e *Engine) routersBefore(now []Router) []Router {
	e.heard.mu.Lock()
	before := maps.Clone(e.heard.before)
	e.heard.mu.Unlock()
	for _, r := range now {
		delete(before, r.Addr)
	}
	return slices.SortedFunc(maps.Values(before), latestFirst)
}

func latestFirst(a, b Router) int { return b.Last.Compare(a.Last) }

// writeRouters keeps who was heard for the next start. Of too many those stay that
// sent most: addresses that were forged once do not push the router out.
func (e *Engine) writeRouters() {
	now, _, _, _ := e.sources.snapshot()
	e.heard.mu.Lock()
	defer e.heard.mu.Unlock()
	if e.heard.before == nil {
		return // what the file has is not known yet
	}
	all := maps.Clone(e.heard.before)
	for _, r := range now {
		r.Count += all[r.Addr].Count
		all[r.Addr] = r
	}
	list := slices.SortedFunc(maps.Values(all), func(a, b Router) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), a.Addr.Compare(b.Addr))
	})
	list = list[:min(len(list), shownSources)]
	if slices.Equal(list, e.heard.saved) {
		return
	}
	text, err := json.Marshal(list)
	if err == nil {
		err = datafile.Replace(e.routersFile(), text, 0o600)
	}
	if err == nil {
		e.heard.saved = list
	}
	e.trouble("list of routers", err)
}

// used is how many bytes the data folder has: history, imports, spool, and the small
// files beside them.
func (e *Engine) used() (total int64) {
	dir, err := filepath.EvalSymlinks(e.config.DataDir) // systemd makes it a link, and a link is not walked into
	if err != nil {
		return 0
	}
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what cannot be read is not ours to complain of here
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}
