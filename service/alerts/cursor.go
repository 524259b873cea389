package alerts

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"linklog/phrase"
	"linklog/service/book"
)

// What is kept of readers is bounded by these.
const (
	maxCursors    = 1_000
	maxCursorName = 200 // bytes
)

// ProgramCursor is the name by which the program of the settings reads alerts: who may
// only look must not silence it.
const ProgramCursor = "on_alert"

// OutletCursor is what the names begin with by which outlets of the settings do.
const OutletCursor = "outlet:"

// Cursor gives the ID of the last alert that a reader with a name of its own is
// done with; false: it never was here.
func (a *Alerts) Cursor(name string) (id uint64, known bool, err error) {
	err = a.at.Each(func(rows *sql.Rows) error {
		known = true
		return rows.Scan(&id)
	}, "SELECT alert FROM cursors WHERE name = ?", name)
	if err != nil {
		err = fmt.Errorf("read cursor: %w", err)
	}
	return id, known, err
}

// Begin gives what Cursor does, for an outlet of the service: one that never was here begins
// with the alerts to come, and is here from now on.
func (a *Alerts) Begin(name string) (id uint64, err error) {
	id, known, err := a.Cursor(name)
	if err == nil && !known {
		id = a.Last()
		if err = a.KeepCursor(name, id); err == nil {
			err = a.at.Exec("UPDATE cursors SET begun = alert WHERE name = ?", name)
		}
	}
	return id, err
}

// Reader is how far somebody is who reads alerts.
type Reader struct {
	Begun uint64 // alerts up to this one were not for him
	Done  uint64 // he is done with alerts up to this one
}

// Readers are all who read alerts, by name.
func (a *Alerts) Readers() (map[string]Reader, error) {
	all := make(map[string]Reader)
	err := a.at.Each(func(rows *sql.Rows) error {
		var name string
		var r Reader
		err := rows.Scan(&name, &r.Begun, &r.Done)
		all[name] = r
		return err
	}, "SELECT name, begun, alert FROM cursors")
	if err != nil {
		err = fmt.Errorf("read cursors: %w", err)
	}
	return all, err
}

// maxWhy bounds what is kept of why an alert was not delivered, in bytes.
const maxWhy = 500

// Undelivered keeps that an outlet never had some alerts, and why.
func (a *Alerts) Undelivered(outlet string, ids []uint64, why string) error {
	text, err := json.Marshal(ids)
	if err == nil {
		err = a.at.Exec("INSERT OR REPLACE INTO undelivered (alert, outlet, why) SELECT value, ?, ? FROM json_each(?)", outlet, book.Tidy(why, maxWhy), string(text))
	}
	if err == nil {
		err = a.at.Exec("DELETE FROM undelivered WHERE alert < (SELECT min(id) FROM alerts)")
	}
	if err != nil {
		return fmt.Errorf("write what was not delivered: %w", err)
	}
	return nil
}

// Failure says that an outlet never had an alert.
type Failure struct {
	Outlet, Why string
}

// Failures are those of alerts after an ID, by alert.
func (a *Alerts) Failures(after uint64) (map[uint64][]Failure, error) {
	all := make(map[uint64][]Failure)
	err := a.at.Each(func(rows *sql.Rows) error {
		var id uint64
		var f Failure
		err := rows.Scan(&id, &f.Outlet, &f.Why)
		all[id] = append(all[id], f)
		return err
	}, "SELECT alert, outlet, why FROM undelivered WHERE alert > ? ORDER BY alert, outlet", int64(after))
	if err != nil {
		err = fmt.Errorf("read what was not delivered: %w", err)
	}
	return all, err
}

// SetCursor keeps what Cursor gives, for a client. The names of outlets are their own.
func (a *Alerts) SetCursor(name string, id uint64) error {
	switch _, known, err := a.Cursor(name); {
	case name == ProgramCursor || strings.HasPrefix(name, OutletCursor):
		return book.Refusal{Why: phrase.Say("the cursor {{.Name}} is the service's own", "Name", name)}
	case len(name) > maxCursorName:
		return book.Refusal{Why: phrase.Say("the name of a cursor may have {{.Limit}} bytes, this one has {{.Bytes}}", "Limit", maxCursorName, "Bytes", len(name))}
	case id > a.Last():
		return book.Refusal{Why: phrase.Say("there is no alert {{.Number}} yet; the newest is {{.Newest}}", "Number", id, "Newest", a.Last())}
	case err != nil:
		return err
	case !known:
		n := 0
		err := a.at.Each(func(rows *sql.Rows) error { return rows.Scan(&n) }, "SELECT count(*) FROM cursors")
		if err != nil {
			return fmt.Errorf("count cursors: %w", err)
		}
		if n >= maxCursors {
			return book.Refusal{Why: phrase.Say("there are already {{.Count}} cursors", "Count", n)}
		}
	}
	return a.KeepCursor(name, id)
}

// KeepCursor is SetCursor for an outlet of the service.
func (a *Alerts) KeepCursor(name string, id uint64) error {
	err := a.at.Exec("INSERT INTO cursors (name, alert) VALUES (?, ?) ON CONFLICT DO UPDATE SET alert = excluded.alert", name, int64(id))
	if err != nil {
		return fmt.Errorf("write cursor: %w", err)
	}
	return nil
}
