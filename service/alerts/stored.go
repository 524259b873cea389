package alerts

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"linklog/service/book"
	"linklog/service/sqlite"
)

// After gives the alerts after an ID, in the order of their IDs, at most limit (0:
// book.DefaultLimit). The ID of the last one is where to go on; alerts that are made
// later have higher ones. It only gives what is safe in the file.
func (a *Alerts) After(id uint64, limit int) (list []Alert, err error) {
	if limit <= 0 {
		limit = book.DefaultLimit
	}
	if id >= a.Last() { // the usual answer, without a look at the file
		return nil, nil
	}
	err = a.each(func(one Alert) {
		list = append(list, one)
	}, "WHERE id > ? ORDER BY id LIMIT ?", int64(id), limit)
	return list, err
}

// Newest gives the newest alerts, at most so many, in the order of their IDs.
func (a *Alerts) Newest(most int) (list []Alert, err error) {
	err = a.each(func(one Alert) {
		list = append(list, one)
	}, "WHERE id <= ? ORDER BY id DESC LIMIT ?", int64(a.Last()), most)
	slices.Reverse(list)
	return list, err
}

// Last is the ID of the newest alert that can be read: where somebody begins who wants
// to be told only what happens from now on.
func (a *Alerts) Last() uint64 {
	a.at.Lock()
	defer a.at.Unlock()
	return a.last
}

// each calls f with alerts.
func (a *Alerts) each(f func(Alert), query string, args ...any) error {
	err := a.at.Each(func(rows *sql.Rows) error {
		one, err := scan(rows)
		if err == nil {
			f(one)
		}
		return err
	}, "SELECT "+columns+" FROM alerts "+query, args...)
	if err != nil {
		return fmt.Errorf("read alerts: %w", err)
	}
	return nil
}

// columns are what scan reads and writeRows writes.
const columns = `id, time, kind, host, name, device, device_name, dir, proto, port, service, seq, router, count, hosts, since, old_addr, new_addr, muted, rule, outlets, message, verdict`

func scan(rows *sql.Rows) (Alert, error) {
	var a Alert
	var at, since int64
	var kind, host, device, router, hosts, oldAddr, newAddr, outlets string
	err := rows.Scan(&a.ID, &at, &kind, &host, &a.Name, &device, &a.DeviceName, &a.Dir, &a.Proto, &a.Port,
		&a.Service, &a.Seq, &router, &a.Count, &hosts, &since, &oldAddr, &newAddr, &a.Muted, &a.Rule, &outlets, &a.Message, &a.Verdict)
	if err != nil {
		return a, err
	}
	a.Time, a.Since, a.Kind = nanos(at), nanos(since), parseAlertKind(kind)
	a.Host, a.Device, a.Router = book.ParseAddr(host), book.ParseAddr(device), book.ParseAddr(router)
	a.OldAddr, a.NewAddr = book.ParseAddr(oldAddr), book.ParseAddr(newAddr)
	if outlets != "" {
		a.Outlets = strings.Split(outlets, " ")
	}
	if err := json.Unmarshal([]byte(hosts), &a.Hosts); err != nil {
		return a, fmt.Errorf("%w: alert %d: %w", sqlite.ErrDamaged, a.ID, err)
	}
	return a, nil
}

// writeRows adds alerts, and deletes the oldest beyond those to keep.
func writeRows(tx *sql.Tx, list []Alert, keep int) error {
	for _, a := range list {
		hosts, err := json.Marshal(a.Hosts)
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT OR REPLACE INTO alerts ("+columns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			int64(a.ID), a.Time.UnixNano(), a.Kind.String(), book.AddrText(a.Host), a.Name, book.AddrText(a.Device), a.DeviceName, int64(a.Dir), int64(a.Proto), int64(a.Port),
			a.Service, int64(a.Seq), book.AddrText(a.Router), int64(a.Count), string(hosts), a.Since.UnixNano(), book.AddrText(a.OldAddr), book.AddrText(a.NewAddr), a.Muted,
			a.Rule, strings.Join(a.Outlets, " "), a.Message, int64(a.Verdict))
		if err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	_, err := tx.Exec("DELETE FROM alerts WHERE id <= (SELECT id FROM alerts ORDER BY id DESC LIMIT 1 OFFSET ?)", keep)
	return err
}

func nanos(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// Wake gives a channel that gets a value when there may be new alerts to read. It
// holds one: whoever is slow misses nothing, as After has them all. Call stop when
// done.
func (a *Alerts) Wake() (wake <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	a.at.Lock()
	defer a.at.Unlock()
	a.wakes[c] = struct{}{}
	return c, func() {
		a.at.Lock()
		defer a.at.Unlock()
		delete(a.wakes, c)
	}
}

// wake wakes those who wait. The book is locked.
func (a *Alerts) wake() {
	for c := range a.wakes {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
