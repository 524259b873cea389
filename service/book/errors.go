package book

import (
	"errors"
	"fmt"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a caller may want to tell apart, with errors.Is.
var (
	// ErrFull: the disk is full. Nothing was written; the same call works once there
	// is room. Such errors are syscall.ENOSPC, too.
	ErrFull = errors.New("the disk is full")

	// ErrReadOnly: the file or its folder must not be written.
	ErrReadOnly = errors.New("the file cannot be written")

	// ErrDamaged: the file does not hold what we wrote. Open sets such a file aside.
	ErrDamaged = errors.New("the file is damaged")

	// ErrNewer: a newer LinkLog wrote the file. It was left alone.
	ErrNewer = errors.New("the file was written by a newer LinkLog")

	// ErrLimit: the caller wants to have more kept, or longer, than there is room for.
	ErrLimit = errors.New("too much")

	// ErrClosed: the Store is closed.
	ErrClosed = errors.New("the file is closed")
)

// classify makes a sentinel of SQLite's codes.
func classify(err error) error {
	var coded *sqlite.Error
	if !errors.As(err, &coded) {
		return err
	}
	switch coded.Code() & 0xff { // the rest of the code tells where in SQLite
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w (%w)", ErrFull, syscall.ENOSPC, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w (%w)", ErrReadOnly, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	case sqlite3.SQLITE_IOERR:
		if coded.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // the index of the write-ahead log could not be made larger
			return fmt.Errorf("%w: %w (%w)", ErrFull, syscall.ENOSPC, err)
		}
	}
	return err
}

func isDamaged(err error) bool { return errors.Is(err, ErrDamaged) }
