package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Sync makes everything appended so far safe from power loss; it returns when the
// drive says so, and at once if there is nothing to do. Append does not wait for
// it. After an error what was appended since the last success may not survive
// power loss; readers still see it, and the next Sync tries again.
func (s *Spool) Sync() error {
	s.writing.Lock()
	shut := s.shut
	s.writing.Unlock()
	if shut {
		return ErrClosed
	}
	return s.sync()
}

func (s *Spool) sync() error {
	s.syncing.Lock()
	defer s.syncing.Unlock()

	s.writing.Lock()
	names, folder := s.unsynced, s.newFiles
	s.unsynced, s.spare = s.spare[:0], nil
	s.noted, s.newFiles = false, false
	upTo := s.next - 1
	ceiling := s.next + seqReserve
	low := s.ceiling >= s.next && s.ceiling-s.next < seqReserve/2
	s.writing.Unlock()

	var errs []error
	for _, name := range names {
		errs = append(errs, s.syncFile(name))
	}
	if folder {
		errs = append(errs, syncFolder(s.root))
	}
	err := errors.Join(errs...)
	if err != nil {
		s.retry(names, folder)
		return fmt.Errorf("sync spool: %w", err)
	}
	s.spare = names
	s.mu.Lock()
	s.synced = max(s.synced, min(upTo, s.last))
	s.mu.Unlock()

	// Reserve numbers ahead of need, so that Append has not to wait for the disk.
	if low && len(names) > 0 && s.marker.write(mark{next: ceiling}) == nil {
		s.writing.Lock()
		s.ceiling = max(s.ceiling, ceiling)
		s.writing.Unlock()
	}
	return nil
}

// syncFile flushes one file. It opens it anew, so that Append may end a file
// without waiting for a flush: what is flushed is the file, not the handle.
func (s *Spool) syncFile(name string) error {
	f, err := s.root.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // released meanwhile
	}
	if errors.Is(err, fs.ErrPermission) { // of a process before this one: see scan
		if f, err = s.root.Open(name); err == nil {
			_ = f.Sync() // Windows wants the right to write for that
			return f.Close()
		}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// retry puts back what could not be flushed.
func (s *Spool) retry(names []string, folder bool) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.unsynced = append(names, s.unsynced...)
	s.newFiles = s.newFiles || folder
}

// SyncEvery is the sync policy: it calls Sync within a delay after something was
// appended, for all that came meanwhile together, until ctx or the spool ends. While
// nothing is appended it sleeps. failed is told of each error, nil included when
// it is over, and may be nil; after an error the next try comes when the delay
// has passed again.
func (s *Spool) SyncEvery(ctx context.Context, delay time.Duration, failed func(error)) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	failing := false
	for {
		if !failing {
			select {
			case <-s.unsafe:
			case <-ctx.Done():
				return
			case <-s.closed:
				return
			}
		}
		timer.Reset(delay)
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		case <-s.closed:
			return
		}
		err := s.Sync()
		if errors.Is(err, ErrClosed) {
			return
		}
		if failed != nil && (err != nil || failing) {
			failed(err)
		}
		failing = err != nil
	}
}
