package spool

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile: see os_unix.go.
func lockFile(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return ErrInUse
	}
	return err
}

// syncFolder has nothing to do: NTFS writes names to its journal by itself.
func syncFolder(*os.Root) error { return nil }

// isBadBlock reports whether a drive could not read a block.
func isBadBlock(err error) bool {
	return errors.Is(err, windows.ERROR_CRC) || errors.Is(err, windows.ERROR_IO_DEVICE)
}
