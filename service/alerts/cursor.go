package alerts

import (
	"database/sql"
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
		err = a.KeepCursor(name, id)
	}
	return id, err
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
