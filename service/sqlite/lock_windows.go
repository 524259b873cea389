package sqlite

import (
	"errors"
	"os"

	win "golang.org/x/sys/windows"
)

// lockFile locks the bytes of an open file.
func lockFile(f *os.File) error {
	err := win.LockFileEx(win.Handle(f.Fd()), win.LOCKFILE_EXCLUSIVE_LOCK|win.LOCKFILE_FAIL_IMMEDIATELY, 0, lockBytes, 0, &win.Overlapped{Offset: lockFirst})
	if errors.Is(err, win.ERROR_LOCK_VIOLATION) || errors.Is(err, win.ERROR_IO_PENDING) {
		return ErrInUse
	}
	return err
}
