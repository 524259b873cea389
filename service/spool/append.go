package spool

import (
	"errors"
	"fmt"
	"os"

	"linklog/capture"
)

// Append puts a batch behind everything appended before, with one write, and
// returns the Seq of its first record; the others follow one by one. When it
// returns, readers see the whole batch and the end of the process loses none of it
// (for power loss see Sync). On any error none of the batch was kept, and no
// reader has seen or will see its Seqs for anything but what a later Append puts
// there. The errors are ErrFull, ErrRecord, ErrClosed and *WriteError. batch and
// the data in it are not kept.
func (s *Spool) Append(batch []Record) (first uint64, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.append(batch)
}

// AppendDatagrams is Append for what a receive.Listener hands out.
func (s *Spool) AppendDatagrams(batch []capture.Datagram) (first uint64, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.scratch = s.scratch[:0]
	for i := range batch {
		d := &batch[i]
		s.scratch = append(s.scratch, Record{Kind: Datagram, Time: d.Time, From: d.From, Truncated: d.Truncated, Data: d.Data})
	}
	first, err = s.append(s.scratch)
	clear(s.scratch) // the data is the caller's
	return first, err
}

func (s *Spool) append(batch []Record) (first uint64, err error) {
	if s.shut {
		return 0, ErrClosed
	}
	if len(batch) == 0 {
		return s.next, nil
	}
	size := 0
	for i := range batch {
		n := batch[i].size()
		if n == 0 {
			return 0, fmt.Errorf("append: %w: kind %d, %d bytes from %v", ErrRecord, batch[i].Kind, len(batch[i].Data), batch[i].From)
		}
		size += n
	}
	if err := s.prepare(len(batch), int64(size)); err != nil {
		return 0, err
	}
	first = s.next
	b := s.buf[:0]
	if s.size == 0 {
		b = s.seg.encode(b)
	}
	from := stop{first, s.size + int64(len(b))}
	for i := range batch {
		b = batch[i].encode(b, s.seg.key, first+uint64(i))
	}
	if _, err := s.file.WriteAt(b, s.size); err != nil {
		s.undo(len(batch))
		return 0, &WriteError{err}
	}
	s.size += int64(len(b))
	s.next += uint64(len(batch))
	if s.buf = b; cap(b) > keepBuffer {
		s.buf = nil
	}
	if !s.noted {
		s.noted = true
		s.unsynced = append(s.unsynced, s.seg.name)
		select {
		case s.unsafe <- struct{}{}:
		default:
		}
	}
	s.publish(from)
	return first, nil
}

// keepBuffer is the largest buffer that Append keeps, in bytes: the usual batch of
// 64 takes 10 KiB, one of the largest datagrams 4 MiB.
const keepBuffer = 1 << 20

// prepare makes everything ready for a batch of n records that take size bytes: a
// file to write to, numbers, room.
func (s *Spool) prepare(n int, size int64) error {
	if s.file != nil && s.size > headerSize && s.size+size > s.o.FileBytes {
		s.seal()
	}
	if err := s.makeRoom(size); err != nil {
		return err
	}
	if s.ceiling < s.next+uint64(n) {
		ceiling := s.next + uint64(n) + seqReserve
		if err := s.marker.write(mark{next: ceiling}); err != nil {
			return &WriteError{err}
		}
		s.ceiling = ceiling
	}
	if s.file != nil {
		return nil
	}
	seg := &segment{
		name:   fileName(s.next),
		header: header{first: s.next, prev: s.last, key: newKey()},
		last:   s.next - 1,
		stops:  make([]stop, 0, s.o.FileBytes/stopEvery+1),
	}
	// There is no such file, or it is what undo could not remove.
	f, err := s.root.OpenFile(seg.name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return &WriteError{err}
	}
	s.file, s.seg, s.size, s.noted, s.newFiles = f, seg, 0, false, true
	return nil
}

// publish shows readers what was written from there on, and wakes those that wait.
func (s *Spool) publish(from stop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seg.end == 0 {
		s.segs = append(s.segs, s.seg)
	}
	s.total += s.size - s.seg.end
	s.last = s.next - 1
	s.seg.grow(from, s.last, s.size)
	for i, r := range s.waiting {
		r.queued = false
		r.notify()
		s.waiting[i] = nil
	}
	s.waiting = s.waiting[:0]
}

// undo removes what a failed write of n records left. Readers never look behind
// the end that publish told them, so this is for the next start, and for the next
// batch, which must not be followed by remains that fit to it.
func (s *Spool) undo(n int) {
	if s.size == 0 {
		s.file.Close()
		_ = s.root.Remove(s.seg.name) // if this fails, the next try writes over it
		s.file, s.seg = nil, nil
		return
	}
	if s.file.Truncate(s.size) == nil {
		return
	}
	// The remains stay, so their numbers must not be given to others.
	s.next += uint64(n)
	s.seal()
}

// seal ends the file that is written; the next Append begins another.
func (s *Spool) seal() {
	s.mu.Lock()
	s.seg.sealed = true
	s.mu.Unlock()
	s.file.Close() // whether the data reached the disk, Sync finds out
	s.file, s.seg, s.size = nil, nil, 0
}

// makeRoom keeps the spool below MaxBytes with size bytes more.
func (s *Spool) makeRoom(size int64) error {
	most := s.o.MaxBytes - size - headerSize // a new file may be needed
	if s.Size() <= most {
		return nil
	}
	if most < 0 {
		return ErrFull
	}
	s.mu.Lock()
	released := s.released
	idle := s.seg != nil && s.seg.last <= released
	s.mu.Unlock()
	if idle {
		s.seal() // all of it is safe elsewhere: it may go, too
	}
	err := s.remove(released, most, 0)
	if s.o.DropOldest && err == nil {
		err = s.remove(s.next, most, 0)
		if s.Size() > most && s.file != nil {
			s.seal()
			err = s.remove(s.next, most, 0)
		}
	}
	switch {
	case s.Size() <= most:
		return nil
	case err != nil:
		return &WriteError{errors.Join(ErrFull, err)}
	}
	return ErrFull
}
