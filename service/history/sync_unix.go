//go:build unix

package history

import (
	"errors"
	"os"
	"syscall"
)

// syncDir makes the names of new files safe from a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// isReadOnlyFS reports whether a file system is mounted for reading only.
func isReadOnlyFS(err error) bool { return errors.Is(err, syscall.EROFS) }
