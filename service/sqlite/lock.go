package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"linklog/service/datafile"
)

// The bytes that SQLite locks in a file. Earlier versions of LinkLog kept others out
// with SQLite's own lock on the file "lock", so these are the bytes to lock: whichever
// of two versions comes second finds that the other is there.
const (
	lockFirst = 0x40000000
	lockBytes = 512
)

// Lock keeps others out of a folder with a file in it, until that is closed or the process ends,
// in whatever way. It takes no room on the disk. The databases themselves stay open to
// sqlite3 and backups.
func Lock(path string) (*os.File, error) {
	if err := datafile.File(path, true); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, datafile.Explain(path, err)
	}
	if err := lockFile(f); err != nil {
		f.Close()
		if errors.Is(err, ErrInUse) {
			return nil, fmt.Errorf("%s: %w", filepath.Dir(path), ErrInUse)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}
