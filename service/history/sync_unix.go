//go:build unix

package history

import (
	"errors"
	"os"
)

// syncDir makes the names of new files safe from a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// alone makes SQLite keep the index of its log in memory, and not in the file -shm.
// Then no other process can open the file.
const alone mode = "&vfs=unix-excl"
