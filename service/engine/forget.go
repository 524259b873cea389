package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/api"
	"linklog/service/book"
	"linklog/service/health"
	"linklog/service/history"
)

// ErrForgetting: something is being forgotten already.
var ErrForgetting = errors.New("something else is being removed just now")

// forgets is what is being forgotten.
type forgets struct {
	begun chan struct{} // holds a token when there is something to do

	mu    sync.Mutex
	state api.Forgetting
}

// change changes the state, and gives it as it is then.
func (f *forgets) change(by func(*api.Forgetting)) api.Forgetting {
	f.mu.Lock()
	defer f.mu.Unlock()
	by(&f.state)
	return f.state
}

// begin reports whether nothing else is being forgotten; then this is.
func (f *forgets) begin() (ok bool) {
	f.change(func(s *api.Forgetting) {
		if ok = !s.Running; ok {
			*s = api.Forgetting{Running: true, Ended: s.Ended, Removed: s.Removed}
		}
	})
	return ok
}

// Forgetting is how far it is with what is being forgotten.
func (e *Engine) Forgetting() api.Forgetting { return e.forgets.change(func(*api.Forgetting) {}) }

// Forget removes what is stored about the events that match: them, received and imported; the
// hosts and devices of which nothing else is stored, with all that is known of them; the alerts
// about these; and the newest that was received, from which else a damaged history would be
// mended. It returns how much that is, and goes on in the background, also after the next start:
// see Forgetting. With dry it only says how much it is.
func (e *Engine) Forget(ctx context.Context, m *filter.Matcher, dry bool) (found api.Forgotten, err error) {
	if !e.forgets.begin() {
		return found, ErrForgetting
	}
	began := false
	defer func() {
		if !began {
			e.forgets.change(func(s *api.Forgetting) { s.Running = false })
		}
	}()
	settled, through := uint64(0), e.spool.Last()
	if !dry {
		if settled, through, err = e.flows.Finish(); err != nil {
			return found, err
		}
		e.await(ctx, through)
	}
	e.Settle(ctx)
	if err = e.SettleImports(ctx); err != nil {
		return found, err
	}
	what, found, err := e.about(ctx, m, through)
	what.Flows = settled
	if err == nil {
		var r *book.Removal
		if r, err = e.removal(ctx, &what, true); err == nil {
			var n book.Forgotten
			n, err = e.book.Forget(r, true)
			found.Hosts, found.Devices = n.Hosts, n.Devices
		}
	}
	if err != nil || dry || found.Empty() {
		return found, err
	}
	if err = what.write(e.forgetFile()); err != nil {
		return found, fmt.Errorf("forget: %w", err)
	}
	began = true
	e.forgets.change(func(s *api.Forgetting) { s.Of = what.steps() })
	e.forgets.begun <- struct{}{}
	return found, nil
}

// keepForgetting forgets what it is asked to, and goes on with what the end of the service
// interrupted.
func (e *Engine) keepForgetting(ctx context.Context) {
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		select {
		case <-e.forgets.begun:
		case <-retry.C:
		case <-ctx.Done():
			return
		}
		what, err := readForgetting(e.forgetFile())
		if what == nil && err == nil {
			continue
		}
		if err == nil {
			err = e.forget(ctx, what)
		}
		if ctx.Err() != nil {
			return // the next start goes on with it
		}
		e.health.Check(health.ForgetFailed, err)
		if err != nil {
			e.forgets.change(func(s *api.Forgetting) { s.Error = err.Error() })
			retry.Reset(forgetAgain)
		}
	}
}

// forgetAgain is how long after a failure it is tried again to forget something.
const forgetAgain = 30 * time.Second

// about finds the events up to a Seq that match, and who they are about.
func (e *Engine) about(ctx context.Context, m *filter.Matcher, through uint64) (what forgetting, found api.Forgotten, err error) {
	of := make(map[book.Ref]bool)
	add := func(r book.Ref) {
		if !r.IsZero() && !of[r] {
			of[r] = true
			what.Of = append(what.Of, r.String())
		}
	}
	what.Through = through
	find := func(n *int64, list *seqs) func(*capture.Event) error {
		return func(ev *capture.Event) error {
			if ev.Kind == capture.Gap { // it is the service's own
				return nil
			}
			*n++
			list.add(ev.Seq)
			if found.Since.IsZero() || ev.Time.Before(found.Since) {
				found.Since = ev.Time
			}
			if ev.Time.After(found.Until) {
				found.Until = ev.Time
			}
			for _, end := range [...]*capture.Endpoint{&ev.Src, &ev.Dst} {
				add(e.party(end, ev.Time))
			}
			return nil
		}
	}
	q := e.asked(history.Query{Filter: m, OldestFirst: true})
	received := q
	received.Before = min(through, math.MaxInt64-1) + 1
	if err = e.history.Each(ctx, received, find(&found.Events, &what.Received)); err == nil {
		err = e.archive.Each(ctx, q, find(&found.Imported, &what.Imported))
	}
	if err == nil && asksWho(m) {
		cache := make(map[netip.Addr]book.Call)
		err = e.book.EachKnown(func(r book.Ref, ev *capture.Event) error {
			e.fillNames(ev, cache)
			if m.Match(ev) {
				add(r)
			}
			return ctx.Err()
		})
	}
	if err != nil {
		return what, found, err
	}
	for _, text := range what.Of {
		for _, a := range e.book.Addresses(book.ParseRef(text)) {
			what.Addrs = append(what.Addrs, a.Addr)
		}
	}
	what.Files, what.ImportedFiles = e.history.FilesWith(what.Received), e.archive.FilesWith(what.Imported)
	found.Files = len(what.Files) + len(what.ImportedFiles)
	for _, folder := range [...]string{"", "history", "imported"} {
		aside, _ := filepath.Glob(filepath.Join(e.o.DataDir, folder, "*.damaged*"))
		for _, path := range aside {
			found.SetAside = append(found.SetAside, filepath.Join(folder, filepath.Base(path)))
		}
	}
	what.Found = found
	return what, found, nil
}

// asksWho reports whether a filter asks for nothing but who attempts are with: then it is also
// about those of whom no attempt is kept any more.
func asksWho(m *filter.Matcher) bool {
	f, known := m.Untimed()
	since, until := m.Times()
	return known && since.IsZero() && until.IsZero() &&
		f == filter.Filter{IP: f.IP, Host: f.Host, MAC: f.MAC, Owner: f.Owner, Country: f.Country, List: f.List}
}

// party is who an end of an event was.
func (e *Engine) party(end *capture.Endpoint, at time.Time) book.Ref {
	if end.Addr.IsValid() {
		return e.book.Holder(end.Addr, at)
	}
	return book.ByName(end.Name)
}

// forget removes what is to be forgotten, and takes note when that is done. Each step can be
// done again: the file is there until all are.
func (e *Engine) forget(ctx context.Context, what *forgetting) (err error) {
	done := 0
	step := func() {
		e.health.Report(health.New(health.Forgetting, "", "Done", done, "Of", what.steps()))
		e.forgets.change(func(s *api.Forgetting) {
			s.Running, s.Done, s.Of, s.Error = true, done, what.steps(), ""
		})
		done++
	}
	step()
	// The spool first: what is not in the history would be stored again from there.
	if err = e.eraseRanges(what.Received); err != nil {
		return err
	}
	for _, file := range what.Files {
		if _, err = e.history.Forget(ctx, file, what.Received); err != nil {
			return err
		}
		step()
	}
	for _, file := range what.ImportedFiles {
		if _, err = e.archive.Forget(ctx, file, what.Imported); err != nil {
			return err
		}
		step()
	}
	if len(what.ImportedFiles) > 0 {
		if err = e.archive.Recount(ctx); err != nil {
			return err
		}
	}
	e.ring.forget()
	r, err := e.removal(ctx, what, false)
	if err != nil {
		return err
	}
	if err = e.history.ForgetNames(e.addressesOf(r)); err != nil {
		return err
	}
	n, err := e.book.Forget(r, false)
	if err != nil {
		return err
	}
	if err = e.giveUpSpool(ctx, what.Through); err != nil {
		return err
	}
	if err = what.remove(e.forgetFile()); err != nil {
		return err
	}
	if err := e.SettleImports(ctx); err != nil && ctx.Err() == nil {
		e.log.Warn("imported hosts could not be counted", "error", err)
	}
	removed := what.Found
	removed.Hosts, removed.Devices = max(removed.Hosts, n.Hosts), max(removed.Devices, n.Devices)
	e.forgets.change(func(s *api.Forgetting) { *s = api.Forgetting{Ended: e.clock.Wall().UTC(), Removed: removed} })
	e.health.Over(health.Forgetting, "")
	// Not of whom: it is to be nowhere any more.
	e.log.Info("stored events were removed on request", "events", removed.Events, "imported", removed.Imported, "hosts", removed.Hosts, "devices", removed.Devices)
	return nil
}

// removal finds out of whom something is left; with dry, what would be without the events that
// are to be forgotten. What came since is about somebody new.
func (e *Engine) removal(ctx context.Context, what *forgetting, dry bool) (*book.Removal, error) {
	type known struct {
		left  bool
		names map[string]bool // by which events came
	}
	r := &book.Removal{Seq: what.Received.has}
	all, addrs := make(map[book.Ref]*known, len(what.Of)), make(map[netip.Addr]bool)
	for _, a := range what.Addrs {
		addrs[a], all[book.ByAddr(a)] = true, new(known)
	}
	for _, text := range what.Of {
		ref := book.ParseRef(text)
		if all[ref] = new(known); ref.Addr.IsValid() {
			addrs[ref.Addr] = true
		}
		r.Of = append(r.Of, ref)
	}
	beside := func(list seqs) func(*capture.Event) error {
		return func(ev *capture.Event) error {
			for len(list) > 0 && list[0].Last < ev.Seq {
				list = list[1:]
			}
			if dry && len(list) > 0 && ev.Seq >= list[0].First {
				return nil
			}
			for _, end := range [...]*capture.Endpoint{&ev.Src, &ev.Dst} {
				if end.Addr.IsValid() && !addrs[book.ByAddr(end.Addr).Addr] {
					continue // nearly always
				}
				k := all[e.party(end, ev.Time)]
				if k == nil {
					continue
				}
				k.left = true
				if end.Addr.IsValid() && end.Name != "" {
					if k.names == nil {
						k.names = make(map[string]bool)
					}
					k.names[end.Name] = true
				}
			}
			return nil
		}
	}
	q := history.Query{OldestFirst: true, WithoutNames: true}
	err := error(nil)
	if len(all) > 0 {
		if err = e.archive.Each(ctx, q, beside(what.Imported)); err == nil {
			q.Before = min(what.Through, math.MaxInt64-1) + 1
			err = e.history.Each(ctx, q, beside(what.Received))
		}
	}
	r.Left = func(ref book.Ref) bool { k := all[ref]; return k == nil || k.left }
	r.Named = func(ref book.Ref, name string) bool { k := all[ref]; return name == "" || k == nil || k.names[name] }
	return r, err
}

// addressesOf are the addresses that those have and had who are forgotten.
func (e *Engine) addressesOf(r *book.Removal) []netip.Addr {
	gone := make(map[netip.Addr]bool)
	for _, ref := range r.Of {
		if r.Left(ref) {
			continue
		}
		if ref.Addr.IsValid() {
			gone[ref.Addr] = true
		}
		for _, a := range e.book.Addresses(ref) {
			gone[a.Addr] = true
		}
	}
	return slices.SortedFunc(maps.Keys(gone), netip.Addr.Compare)
}

// giveUpSpool removes from the spool all that was received when it began: what logs of DNS and
// DHCP servers say of those who are forgotten is in it, too.
func (e *Engine) giveUpSpool(ctx context.Context, through uint64) error {
	last := uint64(0)
	for {
		gone, err := e.spool.GiveUp(through)
		if gone || err != nil {
			return err
		}
		if last == 0 {
			last = e.spool.Last() // the file with the last of them ends there, or before
		}
		e.flows.GiveUp(last) // half an hour later else
		e.commit()
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *Engine) eraseRanges(list seqs) error {
	var all []uint64
	for _, r := range list {
		for seq := max(r.First, e.spool.First()); seq <= r.Last; seq++ {
			all = append(all, seq)
		}
	}
	return e.spool.Erase(all)
}
