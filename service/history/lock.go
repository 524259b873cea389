package history

import (
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// lock keeps others out of the folder until the connection is closed or the
// process ends, in whatever way. It is SQLite's own lock on an empty file, the
// same on every system; the segments themselves stay open to sqlite3 and backups.
func lock(path string) (*conn, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err // more telling than SQLite's
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	c, err := open(path, true, 0)
	if err == nil {
		if err = c.exec("BEGIN EXCLUSIVE"); err == nil {
			return c, nil
		}
		c.close()
	}
	var coded *sqlite.Error
	if errors.As(err, &coded) && coded.Code()&0xff == sqlite3.SQLITE_BUSY {
		return nil, fmt.Errorf("%s: %w", path, ErrInUse)
	}
	return nil, err
}
