package book

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	modernc "modernc.org/sqlite"

	"linklog/service/datafile"
	"linklog/service/sqlite"
)

// pageCache bounds what SQLite keeps of the file in memory, in KiB per connection.
const pageCache = 512

// openDB opens the file for a number of connections.
//
// how is sqlite.Alone where the disk is full, of all connections.
func openDB(path string, how sqlite.Mode, connections int, settings ...string) (*sql.DB, error) {
	query := "mode=rw&_txlock=immediate"
	// No mmap: an I/O error there is a signal that ends the process.
	for _, p := range append([]string{
		"busy_timeout(5000)", fmt.Sprintf("cache_size(-%d)", pageCache), "mmap_size(0)", "trusted_schema(0)",
	}, settings...) {
		query += "&_pragma=" + p
	}
	uri, err := sqlite.URI(path, query+string(how))
	if err != nil {
		return nil, err
	}
	connector, err := modernc.NewConnector(uri)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(persistent{connector})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(1)
	return db, nil
}

// persistent leaves the log, empty, and its index beside the file when it is closed: so
// the next start needs no new files, for which the disk may have no room.
type persistent struct{ driver.Connector }

func (p persistent) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.(modernc.FileControl).FileControlPersistWAL("main", 1); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// openWriter opens the file for writing, created if need be, in the newest version.
func openWriter(path string, how sqlite.Mode) (*sql.DB, error) {
	if err := sqlite.Usable(path, true); err != nil {
		return nil, err
	}
	// SQLite would create it for everybody to read; its companions get the same mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, datafile.Explain(path, err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	db, err := openDB(path, how, 1, "synchronous(FULL)", "journal_size_limit(4194304)")
	if err != nil {
		return nil, err
	}
	var mode string
	if err = db.QueryRow("PRAGMA journal_mode = WAL").Scan(&mode); err == nil && mode != "wal" {
		err = fmt.Errorf("the file system does not allow a write-ahead log")
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", filepath.Base(path), sqlite.Classify(err))
	} else {
		err = migrate(path, db)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// migrate brings the file to the newest version.
func migrate(path string, db *sql.DB) error {
	c, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	err = c.Raw(func(raw any) error {
		return sqlite.Migrate(sqlite.Wrap(path, raw.(driver.Conn)), applicationID, migrations())
	})
	return errors.Join(err, c.Close())
}
