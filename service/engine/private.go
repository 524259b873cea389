package engine

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/service/book"
	"linklog/service/settings"
)

// private are the attempts that the settings do not want recorded, and those that were
// received and are still to be erased from the spool.
type private struct {
	rules atomic.Pointer[privateRules] // nil: there are none

	mu      sync.Mutex
	counts  map[string]*atomic.Uint64 // attempts that a rule of the settings kept from being recorded, by its name
	pending []uint64                  // Seqs
	flows   []uint64                  // of datagrams of flows, to be erased when all attempts are made of them
}

type privateRules struct {
	all   []privateRule
	named bool // some look at names
}

// privateRule is about attempts that are not to be recorded.
type privateRule struct {
	matcher *filter.Matcher
	hours   settings.Hours // of the day; zero: all
	left    *atomic.Uint64 // attempts that were not recorded; nil: that is not counted
}

// configure takes other settings. A filter that cannot be used, as the system lost the name of a
// service, stands for nothing.
func (p *private) configure(s *settings.Settings, known *services.Table) {
	var r privateRules
	add := func(m *filter.Matcher, err error, hours settings.Hours, left *atomic.Uint64) {
		if err == nil {
			r.all = append(r.all, privateRule{m, hours, left})
			r.named = r.named || m.NeedsNames()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := make(map[string]*atomic.Uint64)
	for i := range s.Rules {
		rule := &s.Rules[i]
		if !rule.Record.Not {
			continue
		}
		left := p.counts[rule.Name]
		if left == nil {
			left = new(atomic.Uint64)
		}
		counts[rule.Name] = left
		if !rule.Off {
			m, err := rule.Matcher(known)
			add(m, err, rule.Hours, left)
		}
	}
	p.counts = counts
	for _, q := range s.Privacy.DoNotRecord {
		m, err := settings.NotRecorded(q, settings.Hours{}, known)
		add(m, err, settings.Hours{}, nil)
	}
	if len(r.all) > 0 {
		p.rules.Store(&r)
	} else {
		p.rules.Store(nil)
	}
}

// some reports whether some attempts are not to be recorded.
func (p *private) some() bool { return p.rules.Load() != nil }

// find gives the rule by which an attempt is not to be recorded; nil: it is to be.
func (r *privateRules) find(ev *capture.Event) *privateRule {
	for i := range r.all {
		if rule := &r.all[i]; rule.matcher.Match(ev) && rule.now(ev) {
			return rule
		}
	}
	return nil
}

func (r *privateRules) match(ev *capture.Event) bool { return r.find(ev) != nil }

// now reports whether an attempt came in the hours of the rule.
func (r *privateRule) now(ev *capture.Event) bool {
	if r.hours.IsZero() {
		return true
	}
	_, in := r.hours.Until(ev.Time.Local())
	return in
}

// count counts an attempt that is not recorded.
func (r *privateRule) count() {
	if r.left != nil {
		r.left.Add(1)
	}
}

// Unrecorded gives how many attempts a rule of the settings kept from being recorded since the start.
func (e *Engine) Unrecorded(rule string) uint64 {
	e.private.mu.Lock()
	defer e.private.mu.Unlock()
	if n := e.private.counts[rule]; n != nil {
		return n.Load()
	}
	return 0
}

// leaveOut notes a record that is to be erased.
func (p *private) leaveOut(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = append(p.pending, seq)
}

// leaveOutFlows notes a datagram of flows: while some attempts are not to be recorded, each is erased
// as soon as nothing is to be made of it any more.
func (p *private) leaveOutFlows(seq uint64) {
	if p.rules.Load() == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flows = append(p.flows, seq)
}

// settle notes that nothing is to be made any more of datagrams of flows before one.
func (p *private) settle(before uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flows = slices.DeleteFunc(p.flows, func(seq uint64) bool {
		if seq < before {
			p.pending = append(p.pending, seq)
		}
		return seq < before
	})
}

// isPrivate gives the rule by which an attempt is not to be recorded; nil: it is to be. known: it was
// observed, and has its names already. Else each name counts that the book would note of it: once it is
// observed, it has a host, a device and alerts.
func (e *Engine) isPrivate(ev *capture.Event, known bool) *privateRule {
	r := e.private.rules.Load()
	if r == nil {
		return nil
	}
	shown, asked := *ev, ""
	if !known {
		asked = e.book.Recognize(&shown)
	}
	if !r.named {
		return r.find(&shown)
	}
	src, dst := shown.Src.Name, cmp.Or(shown.Dst.Name, asked)
	e.fillNames(&shown, nil)
	by := r.find(&shown)
	if src, dst = cmp.Or(src, shown.Src.Name), cmp.Or(dst, shown.Dst.Name); by == nil && !known && (src != shown.Src.Name || dst != shown.Dst.Name) {
		shown.Src.Name, shown.Dst.Name = src, dst
		by = r.find(&shown)
	}
	return by
}

// notImported gives what reports whether an event of an old log is not to be recorded, nil: each is to be.
// What addresses are called, and whose they were, is that of its time.
func (e *Engine) notImported() func(*capture.Event) bool {
	r := e.private.rules.Load()
	if r == nil {
		return nil
	}
	cache := make(map[netip.Addr]book.Call)
	return func(ev *capture.Event) bool {
		if ev.Kind != capture.Traffic {
			return false
		}
		shown := *ev
		e.fillNames(&shown, cache)
		return r.match(&shown) || r.match(ev) // as the log has it
	}
}

// ofPrivate looks at an answer that a DNS server logged. private: it is about an attempt that
// would not be recorded, and is to be erased. known: it must be known nevertheless, in memory,
// as attempts with a host are not recorded by its name, whoever makes them. Where that is so of
// one device alone, it is known of that, so that no other shows what it asked for.
func (e *Engine) ofPrivate(s *capture.Sighting) (private, known bool) {
	r := e.private.rules.Load()
	if r == nil || s.Kind != capture.Answer {
		return false, true
	}
	ev := capture.Event{
		Time: s.Time, Router: s.Router, Kind: capture.Traffic, Dir: capture.Out,
		Src: capture.Endpoint{Addr: s.Client}, Dst: capture.Endpoint{Addr: s.Addr, Name: s.Name},
	}
	e.book.Recognize(&ev)
	if r.named {
		e.fillNames(&ev, nil)
		ev.Dst.Name = s.Name // as it was asked for
	}
	by := r.find(&ev)
	if by == nil {
		return false, true
	}
	ev.Src = capture.Endpoint{}
	if r.named && r.match(&ev) {
		return true, true
	}
	s.Own = by.matcher.NeedsNames()
	return true, s.Own
}

// leaveOutNamed takes out the attempts that got a name only after they were observed, and are
// not to be recorded with that.
func (e *Engine) leaveOutNamed(events []capture.Event) []capture.Event {
	if r := e.private.rules.Load(); r == nil || !r.named {
		return events
	}
	return slices.DeleteFunc(events, func(ev capture.Event) bool {
		if ev.Kind != capture.Traffic {
			return false
		}
		by := e.isPrivate(&ev, true)
		if by == nil {
			return false
		}
		by.count()
		e.private.leaveOut(ev.Seq)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.counts.LeaveOut(&ev)
		return true
	})
}

// erase overwrites in the spool what is not to be recorded.
func (e *Engine) erase() error {
	p := &e.private
	p.settle(e.flows.Settled())
	p.mu.Lock()
	seqs := p.pending
	p.pending = nil
	p.mu.Unlock()
	if len(seqs) == 0 {
		return nil
	}
	slices.Sort(seqs)
	err := e.spool.Erase(slices.Compact(seqs))
	if err != nil {
		p.mu.Lock()
		p.pending = append(seqs, p.pending...)
		p.mu.Unlock()
	}
	return err
}
