//go:build !windows

package spool

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// lockFile takes the lock on an open file, which ends when the file is closed, at
// the latest with the process. It returns ErrInUse if another has it.
func lockFile(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}

// syncFolder makes the names of new files safe from power loss.
func syncFolder(root *os.Root) error {
	f, err := root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) {
		return nil // a file system that knows no such thing
	}
	return err
}

// isBadBlock reports whether a drive could not read a block.
func isBadBlock(err error) bool { return errors.Is(err, syscall.EIO) }
