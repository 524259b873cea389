package spool

import (
	"errors"
	"fmt"

	"linklog/phrase"
	"linklog/service/datafile"
)

var (
	// ErrInUse is returned by Open while another process has the spool open.
	ErrInUse = errors.New("in use by another linklog service")

	// ErrVersion is returned by Open for files of a form this program does not
	// know. They are left as they are.
	ErrVersion = errors.New("written by a newer linklog")

	// ErrClosed is returned after Close, also by calls that were waiting.
	ErrClosed = errors.New("the spool is closed")

	// ErrFull is returned by Append when Options.MaxBytes is reached and nothing
	// may be removed. Nothing of the batch was kept; a later one may find room.
	ErrFull = errors.New("the spool is full: its records were not released")

	// ErrRecord is returned by Append for a record that has no form on disk: a
	// Kind of 0, more than MaxData bytes or a zone of more than 255. Nothing of the
	// batch was kept.
	ErrRecord = errors.New("not a valid record")
)

// WriteError says that the system did not take a batch: disk full, a failing
// drive. Nothing of the batch was kept, nothing before it was harmed, and the next
// Append tries again. errors.Is finds the cause, such as syscall.ENOSPC.
type WriteError struct {
	Err error
}

func (e *WriteError) Error() string { return "write spool: " + e.Err.Error() }

// Phrase says it in plain words where the disk is full, as that is what people can change.
func (e *WriteError) Phrase() phrase.Phrase {
	if datafile.IsFull(e.Err) {
		return phrase.Say("the disk is full")
	}
	return phrase.Say("{{.Error}}", "Error", e.Error())
}

func (e *WriteError) Unwrap() error { return e.Err }

// GoneError says that records a reader wanted were removed: by Release, or for
// want of room. They may be in the history.
type GoneError struct {
	Range
	Oldest uint64 // where reading can go on
}

func (e *GoneError) Error() string {
	return fmt.Sprintf("records %d to %d are no longer in the spool; the oldest is %d", e.From, e.To, e.Oldest)
}

// DamagedError says that records cannot be read: the file is damaged, or gone
// without our doing. Some Seqs of the range may never have been records.
type DamagedError struct {
	Range
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("records %d to %d in the spool are damaged", e.From, e.To)
}

// Range is a range of Seqs, both ends included. The zero value is no range.
type Range struct {
	From, To uint64
}
