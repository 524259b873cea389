package book

import (
	"database/sql"
	"fmt"
)

// applicationID tells our file from other SQLite files (file(1) shows it): "LLhs".
const applicationID = 0x4c4c6873

// migrations are the steps from each version of the schema to the next; the version
// (PRAGMA user_version) is the number of steps taken. A step that was released is
// never changed.
func migrations() []string { return []string{schemaV1} }

// schemaV1 is the first schema. Times are ns since 1970; dir is 1 for in and 2 for
// out, protocols are IANA's numbers. The view known is for people.
const schemaV1 = `
CREATE TABLE state (
	id          INTEGER PRIMARY KEY CHECK (id = 1),
	seq         INTEGER NOT NULL,           -- of the last event that is in here
	installed   INTEGER NOT NULL,
	mark        INTEGER NOT NULL,           -- hosts that began after this Seq are new to the user
	muted       INTEGER NOT NULL,           -- until then
	next_alert  INTEGER NOT NULL,
	next_device INTEGER NOT NULL,
	forgotten   INTEGER NOT NULL,
	opened      INTEGER NOT NULL,           -- 1: it was not closed
	coalescing  TEXT NOT NULL               -- JSON: what will be told together
);
CREATE TABLE hosts (
	host        TEXT PRIMARY KEY,           -- address, or the router's name for it where it told no address
	first_seq   INTEGER NOT NULL,
	first       INTEGER NOT NULL,
	last        INTEGER NOT NULL,
	ins         INTEGER NOT NULL,
	outs        INTEGER NOT NULL,
	ports       TEXT NOT NULL,              -- "dir proto port count;…"
	other_ports INTEGER NOT NULL,           -- attempts at ports that are not listed
	devices     TEXT NOT NULL,              -- "id count;…", devices.id
	router_name TEXT NOT NULL,
	dns_name    TEXT NOT NULL,
	dns_first   INTEGER NOT NULL,
	dns_last    INTEGER NOT NULL,
	pending     INTEGER NOT NULL,           -- 1: to be told
	dir         INTEGER NOT NULL,           -- from here on: of the first attempt
	proto       INTEGER NOT NULL,
	host_port   INTEGER NOT NULL,
	device_port INTEGER NOT NULL,
	swapped     INTEGER NOT NULL,           -- 1: the host is the end that should be at home
	device      TEXT NOT NULL,
	router      TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX hosts_first_seq ON hosts (first_seq);
CREATE INDEX hosts_pending ON hosts (pending) WHERE pending = 1;
CREATE TABLE devices (
	id          INTEGER PRIMARY KEY,
	addr        TEXT NOT NULL UNIQUE,
	first_seq   INTEGER NOT NULL,
	first       INTEGER NOT NULL,
	last        INTEGER NOT NULL,
	ins         INTEGER NOT NULL,
	outs        INTEGER NOT NULL,
	hosts       INTEGER NOT NULL,
	router_name TEXT NOT NULL,
	dns_name    TEXT NOT NULL,
	dns_first   INTEGER NOT NULL,
	dns_last    INTEGER NOT NULL
);
CREATE TABLE labels (
	host  TEXT PRIMARY KEY,                 -- as in hosts, or a device's address
	label TEXT NOT NULL,
	since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE ignores (
	query TEXT PRIMARY KEY,
	since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE wan (
	router TEXT PRIMARY KEY,
	addr   TEXT NOT NULL,
	told   TEXT NOT NULL,                   -- what the user knows
	since  INTEGER NOT NULL,
	alert  INTEGER NOT NULL,
	seq    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE alerts (
	id          INTEGER PRIMARY KEY,
	time        INTEGER NOT NULL,
	kind        TEXT NOT NULL,
	host        TEXT NOT NULL,
	name        TEXT NOT NULL,
	device      TEXT NOT NULL,
	device_name TEXT NOT NULL,
	dir         INTEGER NOT NULL,
	proto       INTEGER NOT NULL,
	port        INTEGER NOT NULL,
	service     TEXT NOT NULL,
	seq         INTEGER NOT NULL,
	router      TEXT NOT NULL,
	count       INTEGER NOT NULL,
	hosts       TEXT NOT NULL,              -- JSON: the first few of several
	since       INTEGER NOT NULL,
	old_addr    TEXT NOT NULL,
	new_addr    TEXT NOT NULL,
	muted       INTEGER NOT NULL
);
CREATE TABLE cursors (
	name  TEXT PRIMARY KEY,                 -- of who reads alerts
	alert INTEGER NOT NULL                  -- the last one he is done with
) WITHOUT ROWID;
CREATE VIEW known AS
SELECT hosts.host AS host, coalesce(labels.label, nullif(router_name, ''), dns_name) AS name,
	datetime(first / 1000000000, 'unixepoch') AS first_seen, datetime(last / 1000000000, 'unixepoch') AS last_seen,
	ins, outs, ports
FROM hosts LEFT JOIN labels ON labels.host = hosts.host;
`

// migrate brings a file to the newest version. Each step is a transaction: a crash
// leaves one version or the next.
func migrate(db *sql.DB, steps []string) error {
	var app, have int
	if err := db.QueryRow("PRAGMA application_id").Scan(&app); err != nil {
		return classify(err)
	}
	if err := db.QueryRow("PRAGMA user_version").Scan(&have); err != nil {
		return classify(err)
	}
	if app != applicationID {
		var tables int
		if err := db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
			return classify(err)
		}
		// A crash between creating and filling a file leaves one without any table.
		if app != 0 || have != 0 || tables != 0 {
			return fmt.Errorf("%w: it is none of ours (application id %#x)", ErrDamaged, app)
		}
	}
	if have > len(steps) {
		return fmt.Errorf("%w: its version is %d, this program knows versions up to %d", ErrNewer, have, len(steps))
	}
	for ; have < len(steps); have++ {
		if err := migrateStep(db, steps[have], have+1); err != nil {
			return fmt.Errorf("bring to version %d: %w", have+1, classify(err))
		}
	}
	return nil
}

func migrateStep(db *sql.DB, statements string, version int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(statements); err != nil {
		return err
	}
	if _, err := tx.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, version)); err != nil {
		return err
	}
	return tx.Commit()
}
