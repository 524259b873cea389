package alerts

import (
	"database/sql"
	"errors"
	"fmt"

	"linklog/service/book"
)

// What is kept of readers is bounded by these.
const (
	maxCursors    = 1_000
	maxCursorName = 200 // bytes
)

// ErrOwn: the caller wants to change what is the service's alone.
var ErrOwn = errors.New("the service's own")

// ProgramCursor is the name by which the program of the settings reads alerts: who may
// only look must not silence it.
const ProgramCursor = "on_alert"

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

// SetCursor keeps what Cursor gives, for a client. The names of outlets are their own.
func (a *Alerts) SetCursor(name string, id uint64) error {
	switch _, known, err := a.Cursor(name); {
	case name == ProgramCursor:
		return fmt.Errorf("write cursor: the reader %s is %w", name, ErrOwn)
	case len(name) > maxCursorName:
		return fmt.Errorf("write cursor: %w: the name of a reader may have %d bytes, this one has %d", book.ErrLimit, maxCursorName, len(name))
	case id > a.Last():
		return fmt.Errorf("write cursor: %w: there is no alert %d yet, the newest is %d", book.ErrLimit, id, a.Last())
	case err != nil:
		return err
	case !known:
		n := 0
		err := a.at.Each(func(rows *sql.Rows) error { return rows.Scan(&n) }, "SELECT count(*) FROM cursors")
		if err != nil {
			return fmt.Errorf("count cursors: %w", err)
		}
		if n >= maxCursors {
			return fmt.Errorf("write cursor: %w: there are %d readers already", book.ErrLimit, n)
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
