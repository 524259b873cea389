package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Erase overwrites what records say, in their place: from then on they are Erased, with
// their Seq, time and sender, and without data. It waits for the disk. Seqs ascend; those
// that are not here, or cannot be read, are passed over. Readers should have come by: one
// that reads a record at this moment may take it for damaged, as a start does after power
// was lost at this moment.
func (s *Spool) Erase(seqs []uint64) error {
	type part struct {
		segment
		seqs []uint64
	}
	var parts []part
	s.mu.Lock()
	for _, g := range s.segs {
		for len(seqs) > 0 && seqs[0] < g.first {
			seqs = seqs[1:]
		}
		n := 0
		for n < len(seqs) && seqs[n] <= g.last {
			n++
		}
		if n > 0 {
			parts = append(parts, part{segment{name: g.name, header: g.header, last: g.last, end: g.end, stops: []stop{g.stopBefore(seqs[0])}}, seqs[:n]})
			seqs = seqs[n:]
		}
	}
	s.mu.Unlock()
	for _, p := range parts {
		if err := s.eraseIn(&p.segment, p.seqs); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("erase in spool: %w", err)
		}
	}
	return nil
}

// GiveUp removes the files with records up to a Seq, once they are released, and those that were
// set aside of them: then nothing can be mended from them any more. done is false if some are still
// needed.
func (s *Spool) GiveUp(upTo uint64) (done bool, err error) {
	s.writing.Lock()
	if s.shut {
		s.writing.Unlock()
		return false, ErrClosed
	}
	if s.seg != nil && s.seg.first <= upTo {
		s.seal()
	}
	s.writing.Unlock()
	s.removing.Lock()
	defer s.removing.Unlock()
	// Files end where they were sealed, which may be a little behind upTo.
	may := func(g *segment) bool { return g.sealed && g.first <= upTo && g.last <= s.released }
	end := uint64(0)
	s.mu.Lock()
	for _, g := range s.segs {
		if !may(g) {
			break
		}
		end = g.last
	}
	s.mu.Unlock()
	if err := s.marker.giveUp(end); err != nil { // before: else a kill between makes it a loss
		return false, fmt.Errorf("give up spool: %w", err)
	}
	if err := s.removeOldest(may); err != nil {
		return false, err
	}
	s.mu.Lock()
	done = len(s.segs) == 0 || s.segs[0].first > upTo
	s.mu.Unlock()
	if !done {
		return false, nil
	}
	files, err := s.list()
	for _, info := range files {
		if first, whole, _ := parseName(info.Name()); !whole && first <= upTo && err == nil {
			err = s.root.Remove(info.Name())
		}
	}
	if err == nil {
		err = syncFolder(s.root)
	}
	if err != nil {
		return false, fmt.Errorf("give up spool: %w", err)
	}
	return true, nil
}

// eraseIn is Erase in one file, from its only stop on.
func (s *Spool) eraseIn(g *segment, seqs []uint64) error {
	f, err := s.root.OpenFile(g.name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	var w walker
	w.begin(f, g.key, g.stops[0])
	for len(seqs) > 0 {
		found, err := w.peek(g.end, g.last, true)
		if err != nil {
			return err
		}
		if !found {
			break
		}
		for len(seqs) > 0 && seqs[0] < w.seq {
			seqs = seqs[1:]
		}
		if len(seqs) > 0 && seqs[0] == w.seq {
			b := w.buf[w.lo : w.lo+w.size]
			erase(b, g.key)
			if _, err := f.WriteAt(b, w.off); err != nil {
				return err
			}
		}
		w.skip()
	}
	return f.Sync()
}
