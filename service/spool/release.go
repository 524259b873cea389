package spool

import (
	"errors"
	"fmt"
	"io/fs"
)

// Release tells that everything up to a Seq, included, is safe elsewhere. Whole
// files of such records are removed, oldest first, but the newest KeepBytes of the
// spool stay until MaxBytes needs their room. It is not remembered over Close. The
// error says that a file could not be removed; the next Release tries again.
func (s *Spool) Release(upTo uint64) error {
	select {
	case <-s.closed:
		return ErrClosed
	default:
	}
	s.mu.Lock()
	s.released = max(s.released, upTo)
	upTo = s.released
	s.mu.Unlock()
	return s.remove(upTo, s.o.KeepBytes, s.maxFiles())
}

// maxFiles bounds the files that KeepBytes holds: every restart after a crash
// begins a file, and a year of crashes must not become a folder of a million.
func (s *Spool) maxFiles() int { return 64 + int(2*s.o.KeepBytes/max(s.o.FileBytes, 1)) }

// remove removes the oldest files with records up to a Seq as long as keep bytes
// remain or, with most above 0, there are more than most files. With most 0 it
// removes only until no more than keep bytes are left. The file that is written
// always stays.
func (s *Spool) remove(upTo uint64, keep int64, most int) error {
	s.removing.Lock()
	defer s.removing.Unlock()
	return s.removeOldest(func(seg *segment) bool {
		switch {
		case !seg.sealed || seg.last > upTo:
			return false
		case most == 0:
			return s.total > keep
		}
		return s.total-seg.end >= keep || len(s.segs) > most
	})
}

// removeOldest removes the oldest files as long as they may be. The caller holds removing.
func (s *Spool) removeOldest(may func(*segment) bool) error {
	for {
		seg := s.cutOldest(may)
		if seg == nil {
			return nil
		}
		// A reader that has the file open reads on to its end.
		if err := s.root.Remove(seg.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.mu.Lock()
			s.segs = append([]*segment{seg}, s.segs...)
			s.total += seg.end
			s.mu.Unlock()
			return fmt.Errorf("remove from spool: %w", err)
		}
	}
}

// cutOldest takes the oldest file off the list, if it may be removed. That comes
// before the removal, so that no reader finds it listed, but missing.
func (s *Spool) cutOldest(may func(*segment) bool) *segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.segs) == 0 || !may(s.segs[0]) {
		return nil
	}
	seg := s.segs[0]
	s.segs[0] = nil
	s.segs = s.segs[1:]
	s.total -= seg.end
	return seg
}
