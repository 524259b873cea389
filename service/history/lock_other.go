//go:build unix && !linux

package history

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile locks the bytes of an open file. The lock is the process's: it goes when
// the process closes any handle of the file, and nobody else opens it here.
func lockFile(f *os.File) error {
	err := unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Start: lockFirst, Len: lockBytes})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return ErrInUse
	}
	return err
}
