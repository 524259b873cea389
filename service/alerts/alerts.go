// Package alerts says what the user is told: new hosts, which are told one by one, or
// several together where there are many, unless a filter ignores them or alerts are
// muted; and that a router has a different public address.
//
// It follows the book: a host that is to be told about is marked so in the transaction
// that makes it known, until the one that has its alert. Alerts can be read only when
// they are written. So each host is told once, whenever the process ends. Who reads
// alerts keeps the ID of the last one he is done with, here if he likes (Cursor).
package alerts

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"linklog/capture"
	"linklog/format/services"
	"linklog/service/book"
	"linklog/service/settings"
	"linklog/service/sqlite"
)

// Options says what is told. The zero value has no learning period and ignores nobody.
type Options struct {
	// Learning is how long after the first Open of the file new hosts are
	// recorded, but not told. 0: not at all.
	Learning time.Duration

	// Ignore are filters (see package filter). A new host is not told if its first
	// attempt matches one of them. One that is wrong is an error of Configure, but not
	// of Open: Ignores tells of it. The user's own ones are in the file; see
	// Alerts.Ignore.
	Ignore []string

	// Services gives the names of ports to alerts and to the filters. nil: none.
	Services *services.Table

	// NameWait is how long an alert waits for the name of its host; 0:
	// DefaultNameWait, negative: not at all (nobody looks names up).
	NameWait time.Duration

	// Rules are those of the settings. One with a filter that is wrong is an error of
	// Configure, but not of Open; see Rules.
	Rules []settings.Rule

	// Alive is until when the service received before it was opened; zero: that is not known.
	// What did not come meanwhile is not missed by rules.
	Alive time.Time

	// Keep is how many alerts can be read; 0: 10,000. Older ones are deleted.
	Keep int
}

// forever is longer than anything lasts.
const forever = 100 * 365 * 24 * time.Hour

// The defaults of Options.
const (
	DefaultNameWait = 3 * time.Second
	defaultKeep     = 10_000
)

func (o *Options) complete() error {
	switch {
	case o.Learning < 0:
		return fmt.Errorf("the learning period must not be negative, is %v", o.Learning)
	case o.Keep < 0:
		return fmt.Errorf("the number of alerts to keep must not be negative, is %d", o.Keep)
	case o.Keep == 0:
		o.Keep = defaultKeep
	}
	if o.NameWait == 0 {
		o.NameWait = DefaultNameWait
	}
	return nil
}

// Alerts makes the alerts of a book. Its methods may be called from any goroutine.
type Alerts struct {
	o  Options
	at book.Access

	// All of this under the lock of the book, which is locked when it calls.
	ignores ignoreList
	inUse
	state     state
	now       moment  // see moment
	subject   subject // the event that rules look at
	world     world
	daily     daily
	nameless  nameless
	outerTold [outerMost]time.Time       // when the last alerts about public addresses were made, the oldest first
	waiting   []waiting                  // hosts to be told that may still get a name, the longest waiting first
	outbox    []Alert                    // made, not yet written
	last      uint64                     // the ID of the newest that can be read
	wakes     map[chan struct{}]struct{} // of those who wait for alerts
}

// heldByRule stands where earlier builds kept which new hosts are to be told about later, before
// the rule about them had a row as others have.
const heldByRule = "{}"

// state are the single values in the file. Times are steady ones, ns since 1970, 0 for
// never.
type state struct {
	installed int64
	muted     int64
	next      uint64 // ID of the next alert
}

// Open opens the file of a book, which makes its alerts.
func Open(path string, of book.Options, o Options) (*book.Store, *Alerts, error) {
	if err := o.complete(); err != nil {
		return nil, nil, fmt.Errorf("open hosts: %w", err)
	}
	a := &Alerts{o: o, wakes: make(map[chan struct{}]struct{})}
	a.now.stuck, a.now.emit = a.stuck, a.emit
	a.world = world{
		call:    func(end *capture.Endpoint) { a.at.Call(end) },
		service: func(port uint16, proto capture.Protocol) string { return a.o.Services.Name(port, proto) },
	}
	of.Alerts = a
	b, err := book.Open(path, of)
	return b, a, err
}

// Attach is called by the book, with its file: also again, with a new one, if that is
// damaged.
func (a *Alerts) Attach(at book.Access) error {
	a.at = at
	a.waiting, a.outbox, a.nameless = nil, nil, nameless{}
	a.ignores, _ = newIgnoreList(a.o.Ignore, a.o.Services) // a wrong one is no reason to forget all others: see Ignores
	var held string
	err := at.Each(func(rows *sql.Rows) error {
		return rows.Scan(&a.state.installed, &a.state.muted, &a.state.next, &held)
	}, "SELECT installed, muted, next_alert, coalescing FROM state")
	if err != nil {
		return err
	}
	down := time.Duration(0)
	if now := at.Now(); !a.o.Alive.IsZero() && a.o.Alive.Before(now) {
		down = now.Sub(a.o.Alive)
	} else if a.o.Alive.IsZero() {
		down = forever
	}
	if err := a.readRules(down); err != nil {
		return err
	}
	if held != heldByRule {
		newHosts := a.builtin[settings.NewHost]
		newHosts.coalescing, newHosts.unsaved = coalescing{}, true
		if err := json.Unmarshal([]byte(held), &newHosts.coalescing); err != nil {
			return fmt.Errorf("%w: %w", sqlite.ErrDamaged, err)
		}
	}
	a.last = a.state.next - 1
	err = at.Each(func(rows *sql.Rows) error {
		var r ignored
		err := rows.Scan(&r.query)
		a.ignores.user = append(a.ignores.user, r)
		return err
	}, "SELECT query FROM ignores ORDER BY since, query")
	if err != nil {
		return err
	}
	a.ignores.compile(a.o.Services)
	a.notFromTheFuture(at.Steady())
	// An earlier build let readers be done with alerts far beyond what there is: they were
	// told nothing any more.
	err = at.Exec("UPDATE cursors SET alert = ? WHERE alert > ?", int64(a.last), int64(a.last))
	if errors.Is(err, sqlite.ErrFull) {
		err = nil // all else can go on
	}
	return err
}

// Configure changes Learning, Ignore, Rules and Services to those of o; the rest of o is not
// looked at. An error changes nothing.
func (a *Alerts) Configure(o Options) error {
	err := o.complete()
	var ignores ignoreList
	if err == nil {
		ignores, err = newIgnoreList(o.Ignore, o.Services)
	}
	if err != nil {
		return fmt.Errorf("configure hosts: %w", err)
	}
	use := newInUse(o.Rules, filterServices(o.Services))
	if err := use.wrong(); err != nil {
		return fmt.Errorf("configure alerts: %w", err)
	}
	a.at.Lock()
	defer a.at.Unlock()
	use.take(&a.inUse)
	use.group()
	a.inUse = use
	for _, w := range a.watches {
		if w.still == (stillness{}) {
			w.still.Heard = a.at.Steady().UnixNano()
		}
	}
	a.at.Changed()
	ignores.user = a.ignores.user
	ignores.compile(o.Services)
	a.ignores = ignores
	a.o.Learning, a.o.Services, a.o.Rules = o.Learning, o.Services, o.Rules
	return nil
}

// Take is what the next transaction writes.
func (a *Alerts) Take() (write func(tx *sql.Tx) error, done func(ok bool), err error) {
	outbox, state, keep := a.outbox, a.state, a.o.Keep
	rules, gone := a.takeRules()
	days := a.daily.take()
	a.outbox = nil
	write = func(tx *sql.Tx) error {
		if err := writeRows(tx, outbox, keep); err != nil {
			return err
		}
		if err := writeRules(tx, rules, gone); err != nil {
			return err
		}
		if err := writeDaily(tx, days); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE state SET installed = ?, next_alert = ?, coalescing = ?", state.installed, int64(state.next), heldByRule)
		return err
	}
	done = func(ok bool) {
		switch {
		case !ok:
			a.outbox = append(outbox, a.outbox...)
			a.putBack(rules, gone)
			a.daily.putBack(days)
		case len(outbox) > 0:
			a.last = outbox[len(outbox)-1].ID
			a.wake()
		}
	}
	return write, done, nil
}
