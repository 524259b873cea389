package book

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"

	"linklog/service/datafile"
)

// pageCache bounds what SQLite keeps of the file in memory, in KiB per connection.
const pageCache = 512

// openDB opens the file for a number of connections.
//
// alone is for a full disk: what SQLite keeps in the file -shm, for which there is no
// room, is kept in memory. Then no other process can open the file, and all
// connections of this one must be alone.
func openDB(path string, alone bool, connections int, settings ...string) (*sql.DB, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	slashed := filepath.ToSlash(full)
	if slashed[0] != '/' { // C:/…
		slashed = "/" + slashed
	}
	q := url.Values{"mode": {"rw"}, "_txlock": {"immediate"}}
	if alone {
		q.Set("vfs", aloneVFS)
	}
	// No mmap: an I/O error there is a signal that ends the process.
	for _, p := range append([]string{
		"busy_timeout(5000)", fmt.Sprintf("cache_size(-%d)", pageCache), "mmap_size(0)", "trusted_schema(0)",
	}, settings...) {
		q.Add("_pragma", p)
	}
	// As a URI, for a path may hold a question mark.
	uri := url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: q.Encode()}
	connector, err := sqlite.NewConnector(uri.String())
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
	if _, err := c.(sqlite.FileControl).FileControlPersistWAL("main", 1); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// openWriter opens the file for writing, created if need be, in the newest version.
func openWriter(path string, alone bool) (*sql.DB, error) {
	for _, suffix := range append([]string{""}, companions()...) {
		if err := datafile.File(path+suffix, true); err != nil {
			return nil, err
		}
	}
	// SQLite would create it for everybody to read; its companions get the same mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, datafile.Explain(path, err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	db, err := openDB(path, alone, 1, "synchronous(FULL)", "journal_size_limit(4194304)")
	if err != nil {
		return nil, err
	}
	var mode string
	if err = db.QueryRow("PRAGMA journal_mode = WAL").Scan(&mode); err == nil && mode != "wal" {
		err = fmt.Errorf("the file system does not allow a write-ahead log")
	}
	if err == nil {
		err = migrate(db, migrations())
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), classify(err))
	}
	return db, nil
}

// companions are the suffixes of the files SQLite puts beside a file.
func companions() []string { return []string{"-wal", "-shm", "-journal"} }
