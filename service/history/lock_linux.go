package history

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile locks the bytes of an open file. The lock is the file's and not the
// process's, so that a second History in this process is kept out, too.
func lockFile(f *os.File) error {
	err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Start: lockFirst, Len: lockBytes})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return ErrInUse
	}
	return err
}
