package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a caller may want to tell apart, with errors.Is.
var (
	// ErrFull: the disk is full. Nothing of the batch is stored; the same call
	// works once there is room. Such errors are syscall.ENOSPC, too.
	ErrFull = errors.New("the disk is full")

	// ErrReadOnly: the file or its folder must not be written.
	ErrReadOnly = errors.New("the file cannot be written")

	// ErrInUse: another process, or another part of this one, has the lock.
	ErrInUse = errors.New("in use: LinkLog's service is already running with this folder")

	// ErrOpen: somebody reads the file by hand.
	ErrOpen = errors.New("another program has the file open")

	// ErrDamaged: a file does not hold what we wrote.
	ErrDamaged = errors.New("the file is damaged")

	// ErrNewer: a file was written by a newer LinkLog.
	ErrNewer = errors.New("the file was written by a newer LinkLog")
)

// Classify makes a sentinel of SQLite's codes.
func Classify(err error) error {
	var coded *sqlite.Error
	if !errors.As(err, &coded) || errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly) || errors.Is(err, ErrDamaged) {
		return err
	}
	switch coded.Code() & 0xff { // the rest of the code tells where in SQLite
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w (%w)", ErrFull, syscall.ENOSPC, err)
	case sqlite3.SQLITE_IOERR:
		if coded.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // no room for the index of the write-ahead log
			return fmt.Errorf("%w: %w (%w)", ErrFull, syscall.ENOSPC, err)
		}
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w (%w)", ErrReadOnly, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	return err
}

// named is Classify with the name of the file.
func named(path string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%s: %w", filepath.Base(path), Classify(err))
}

// NoRoom reports whether SQLite could not make or extend the files beside a file.
func NoRoom(err error) bool {
	var coded *sqlite.Error
	return errors.Is(err, ErrFull) || errors.As(err, &coded) && coded.Code()&0xff == sqlite3.SQLITE_CANTOPEN
}

// Damaged is an error that is ErrDamaged, with what was found.
func Damaged(path, what string, args ...any) error {
	return fmt.Errorf("%s: %w: %s", filepath.Base(path), ErrDamaged, fmt.Sprintf(what, args...))
}
