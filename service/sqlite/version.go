package sqlite

import (
	"fmt"
	"path/filepath"
)

// Version reads what the file says of itself. A file without any table is new:
// a crash between creating and filling it leaves such a one.
func Version(c *Conn, id int64) (steps int, err error) {
	app, _, err := c.Int("PRAGMA application_id")
	if err != nil {
		return 0, err
	}
	v, _, err := c.Int("PRAGMA user_version")
	if err != nil {
		return 0, err
	}
	if app == 0 && v == 0 {
		_, some, err := c.Int("SELECT 1 FROM sqlite_schema LIMIT 1")
		if err != nil {
			return 0, err
		}
		if !some {
			return 0, nil
		}
	}
	if app != id {
		return 0, Damaged(c.path, "it is not a LinkLog file (application id %#x)", app)
	}
	return int(v), nil
}

// Migrate brings a file to the newest version. Each step is a transaction: a
// crash leaves one version or the next. id, the application id, tells the program's files
// from other SQLite files (file(1) shows it).
func Migrate(c *Conn, id int64, steps []string) error {
	have, err := Version(c, id)
	if err != nil {
		return err
	}
	if have > len(steps) {
		return Newer(c.path, have, len(steps))
	}
	for ; have < len(steps); have++ {
		err := c.Transaction(func() error {
			if err := c.Exec(steps[have]); err != nil {
				return err
			}
			return c.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", id, have+1))
		})
		if err != nil {
			return fmt.Errorf("bring to version %d: %w", have+1, err)
		}
	}
	return nil
}

// Newer is the error of a file that a later program wrote.
func Newer(path string, have, know int) error {
	return fmt.Errorf("%s: %w: its version is %d, this program knows versions up to %d; the file was left alone",
		filepath.Base(path), ErrNewer, have, know)
}
