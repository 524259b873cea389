package alerts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/service/book"
	"linklog/service/settings"
	"linklog/service/sqlite"
)

// inUse are the rules in use.
type inUse struct {
	builtin map[string]*watch
	watches []*watch // the user's
	groups  []group
	named   bool     // some look at names
	gone    []string // keys of rules that the file still has
}

// group are rules with the same filter, which is asked once.
type group struct {
	matcher *filter.Matcher
	of      []*watch
	names   bool // it looks at names
}

// newInUse makes the rules of the settings, which are not asked before group.
func newInUse(rules []settings.Rule, names filter.Services) inUse {
	u := inUse{builtin: newBuiltins(rules)}
	for _, r := range rules {
		if r.Builtin == "" {
			u.watches = append(u.watches, newWatch(r, names))
		}
	}
	return u
}

// take takes over what the rules before know.
func (u *inUse) take(before *inUse) {
	u.gone = before.gone
	for _, old := range before.all() {
		w := u.find(old.key)
		if w == nil {
			u.gone = append(u.gone, old.key)
			continue
		}
		w.take(old)
		w.own = old.own
	}
	u.gone = slices.DeleteFunc(u.gone, func(key string) bool { return u.find(key) != nil })
}

// find finds a rule by its key in the file; nil: there is none.
func (u *inUse) find(key string) *watch {
	for _, w := range u.all() {
		if w.key == key {
			return w
		}
	}
	return nil
}

// all are all rules.
func (u *inUse) all() (list []*watch) {
	for _, name := range settings.BuiltinRules {
		if w := u.builtin[name]; w != nil {
			list = append(list, w)
		}
	}
	return append(list, u.watches...)
}

// group puts rules together that ask the same.
func (u *inUse) group() {
	u.groups, u.named = nil, false
	at := make(map[string]int)
	for _, w := range u.watches {
		if w.off() {
			continue
		}
		i, known := at[w.rule.Filter]
		if !known {
			i = len(u.groups)
			at[w.rule.Filter] = i
			names := w.matcher.NeedsNames()
			u.groups = append(u.groups, group{matcher: w.matcher, names: names})
			u.named = u.named || names
		}
		u.groups[i].of = append(u.groups[i].of, w)
	}
}

// Happened lets the rules see an event. It does not allocate unless there is an alert to keep.
func (a *Alerts) Happened(ev *capture.Event, host, device *capture.Endpoint) {
	s := &a.subject
	s.about(ev, host, device)
	a.builtinEvent(s)
	if len(a.groups) == 0 {
		return
	}
	if a.named {
		s.name(a.world.call)
	}
	var late *namelessEvent // asked again when its host has a name
	waits := a.named && a.o.NameWait > 0 && ev.Kind == capture.Traffic && s.host != nil && s.host.Addr.IsValid() && s.host.Name == ""
	var m *moment
	for i := range a.groups {
		g := &a.groups[i]
		if !g.matcher.Match(s.ev) {
			if waits && g.names && i < maxGroups {
				if late == nil {
					late = a.nameless.wait(s, a.at.Steady().Add(a.o.NameWait))
					late.of = &a.groups[0]
				}
				late.asks[i/64] |= 1 << (i % 64)
			}
			continue
		}
		if m == nil {
			m = a.moment(a.at.Steady())
		}
		for _, w := range g.of {
			w.happened(s, m, &a.world)
		}
	}
}

// moment is now for tellers. The book is locked.
func (a *Alerts) moment(now time.Time) *moment {
	a.now.now, a.now.wall, a.now.muted = now, a.at.Now(), a.state.muted
	return &a.now
}

// Learn lets rules that tell once for whom an event is about know who that was until now. Until
// then they tell nothing. It takes no longer than the context has it, and is then done with
// what was found.
func (a *Alerts) Learn(ctx context.Context, from Past) error {
	a.at.Lock()
	var asleep []*watch
	for _, w := range a.watches {
		if w.asleep && w.err == nil {
			asleep = append(asleep, w)
		}
	}
	now := a.at.Now()
	a.at.Unlock()
	var failed error
	for _, w := range asleep {
		keys := newPast()
		err := from.Each(ctx, w.matcher, now.Add(-LearnSpan), time.Time{}, true, func(ev *capture.Event) error { return keys.add(ev, w.rule.When.Kind, a.at) })
		if err != nil && !errors.Is(err, errEnough) && ctx.Err() == nil && failed == nil {
			failed = fmt.Errorf("rule %q: %w", w.rule.Name, err)
		}
		a.at.Lock()
		if slices.Contains(a.watches, w) { // not changed meanwhile
			w.met.know(keys)
			w.asleep, w.unsaved = false, true
			a.inUse.group()
			a.at.Changed()
		}
		a.at.Unlock()
	}
	return failed
}

// past are keys of the past.
type past struct {
	set  map[string]struct{}
	list []string
	buf  []byte
}

var errEnough = errors.New("enough")

func newPast() *past { return &past{set: make(map[string]struct{}), buf: make([]byte, 0, 256)} }

func (p *past) add(ev *capture.Event, kind settings.WhenKind, at book.Access) error {
	if ev.Kind != capture.Traffic {
		return nil
	}
	s := subject{ev: ev}
	at.Lock()
	s.host, s.device = at.Who(ev)
	at.Unlock()
	key := keyOf(kind, &s, p.buf)
	if _, known := p.set[string(key)]; known || len(key) == 0 {
		return nil
	}
	if len(p.list) >= maxMet/2 {
		return errEnough
	}
	text := string(key)
	p.set[text] = struct{}{}
	p.list = append(p.list, text)
	return nil
}

// saved is what the file has of a rule, as JSON.
type saved struct {
	Coalescing coalescing
	Count      counter   `json:",omitzero"`
	Still      stillness `json:",omitzero"`
	Own        own       `json:",omitzero"`
	Asleep     bool      `json:",omitempty"`
}

// readRules reads what the file has of rules. down is how long nothing was received.
func (a *Alerts) readRules(down time.Duration) error {
	u := newInUse(a.o.Rules, filterServices(a.o.Services))
	now := a.at.Steady()
	for _, w := range u.all() {
		w.still.Heard = now.UnixNano()
	}
	found := make(map[string]*watch)
	a.daily = newDaily()
	err := a.at.Each(func(rows *sql.Rows) error {
		var key, print, text string
		var told uint64
		var last int64
		if err := rows.Scan(&key, &print, &told, &last, &text); err != nil {
			return err
		}
		if a.daily.read(key, last) {
			return nil
		}
		w := u.find(key)
		if w == nil {
			u.gone = append(u.gone, key)
			return nil
		}
		var s saved
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return fmt.Errorf("%w: rule: %w", sqlite.ErrDamaged, err)
		}
		w.Told, w.Last, w.coalescing = told, last, s.Coalescing
		if w.print != print {
			w.met.clear, w.unsaved = true, true
			return nil
		}
		found[key] = w
		if s.Count.Width == w.count.Width {
			w.count = s.Count
		}
		w.still, w.own, w.asleep = s.Still, s.Own, s.Asleep
		w.wasDown(down, now)
		return nil
	}, "SELECT name, print, told, last, state FROM rules")
	if err != nil {
		return err
	}
	err = a.at.Each(func(rows *sql.Rows) error {
		var rule string
		var key sql.RawBytes
		if err := rows.Scan(&rule, &key); err != nil {
			return err
		}
		if w := found[rule]; w != nil {
			w.met.keep(hashOf(key))
		}
		return nil
	}, "SELECT rule, key FROM met ORDER BY id")
	if err != nil {
		return err
	}
	u.group()
	a.inUse = u
	return nil
}

// wasDown lets time pass in which nothing could be received.
func (w *watch) wasDown(down time.Duration, now time.Time) {
	n := now.UnixNano()
	w.still.Heard = min(w.still.Heard+int64(down), n)
	w.own.Routers = slices.Clone(w.own.Routers)
	for i := range w.own.Routers {
		r := &w.own.Routers[i]
		r.First, r.Last = min(r.First+int64(down), n), min(r.Last+int64(down), n)
	}
}

// ruleRow is a rule to be written: a copy.
type ruleRow struct {
	of    *watch
	saved saved
	told  uint64
	last  int64
	fresh []string
	clear bool
}

// takeRules gives what is to be written of rules.
func (a *Alerts) takeRules() (rows []ruleRow, gone []string) {
	for _, w := range a.inUse.all() {
		if !w.unsaved && len(w.met.fresh) == 0 && !w.met.clear {
			continue
		}
		r := ruleRow{of: w, saved: saved{w.coalescing, w.count, w.still, w.own, w.asleep}, told: w.Told, last: w.Last, fresh: w.met.fresh, clear: w.met.clear}
		r.saved.Own.Scans = slices.Clone(w.own.Scans)
		for i := range r.saved.Own.Scans {
			r.saved.Own.Scans[i].Tried = slices.Clone(r.saved.Own.Scans[i].Tried)
		}
		r.saved.Own.Scanned = slices.Clone(w.own.Scanned)
		w.unsaved, w.met.fresh, w.met.clear = false, nil, false
		rows = append(rows, r)
	}
	gone = a.inUse.gone
	a.inUse.gone = nil
	return rows, gone
}

// putBack is for what could not be written.
func (a *Alerts) putBack(rows []ruleRow, gone []string) {
	for _, r := range rows {
		r.of.unsaved = true
		r.of.met.fresh = append(r.fresh, r.of.met.fresh...)
		r.of.met.clear = r.of.met.clear || r.clear
	}
	a.inUse.gone = append(gone, a.inUse.gone...)
}

func writeRules(tx *sql.Tx, rows []ruleRow, gone []string) error {
	for _, key := range gone {
		for _, query := range []string{"DELETE FROM rules WHERE name = ?", "DELETE FROM met WHERE rule = ?"} {
			if _, err := tx.Exec(query, key); err != nil {
				return err
			}
		}
	}
	for _, r := range rows {
		text, err := json.Marshal(&r.saved)
		if err != nil {
			return err
		}
		w := r.of
		if _, err := tx.Exec("INSERT OR REPLACE INTO rules (name, print, told, last, state) VALUES (?, ?, ?, ?, ?)", w.key, w.print, int64(r.told), r.last, string(text)); err != nil {
			return err
		}
		if r.clear {
			if _, err := tx.Exec("DELETE FROM met WHERE rule = ?", w.key); err != nil {
				return err
			}
		}
		for _, key := range r.fresh {
			if _, err := tx.Exec("INSERT OR IGNORE INTO met (rule, key) VALUES (?, ?)", w.key, []byte(key)); err != nil {
				return err
			}
		}
		if len(r.fresh) > 0 {
			if _, err := tx.Exec("DELETE FROM met WHERE rule = ?1 AND id <= (SELECT id FROM met WHERE rule = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)", w.key, maxMet); err != nil {
				return err
			}
		}
	}
	return nil
}

// filterServices are the names of ports for filters.
func filterServices(names *services.Table) filter.Services {
	if names == nil {
		return nil
	}
	return names
}

// RuleState is a rule with what became of it.
type RuleState struct {
	settings.Rule
	Told uint64    // alerts, ever
	Last time.Time // zero: never
	Err  error     // why it cannot be used
}

// Rules are all rules, those that are built in first.
func (a *Alerts) Rules() (list []RuleState) {
	a.at.Lock()
	defer a.at.Unlock()
	for _, w := range a.inUse.all() {
		s := RuleState{Rule: w.rule, Told: w.Told, Err: w.err}
		if w.Last != 0 {
			s.Last = nanos(w.Last)
		}
		list = append(list, s)
	}
	return list
}

// wrong says which rules cannot be used.
func (u *inUse) wrong() error {
	var all []string
	for _, w := range u.watches {
		if w.err != nil {
			all = append(all, fmt.Sprintf("rule %q: %v", w.rule.Name, w.err))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return errors.New(strings.Join(all, "; "))
}
