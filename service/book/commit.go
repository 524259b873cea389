package book

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"linklog/service/sqlite"
)

// maxDirty hosts may wait for Options.Delay; then they are written before.
const maxDirty = 8192

// Commit writes what Observe changed, all of it in one transaction with the highest
// Seq, which is seq or a later one: what was observed since the caller stored the
// events up to seq is written, too. Call it whenever events were stored.
//
// Where only counts changed, it may leave them for later (Options.Delay): the
// events that have to be shown to Observe after a crash are those after Committed,
// and have to be kept until then. After an error nothing was written, and the next
// call tries again.
func (s *Store) Commit(seq uint64) error {
	s.mu.Lock()
	if seq > s.seq {
		s.seq = seq
		s.changed = true
	}
	write := s.urgent || s.stale(s.o.Steady())
	s.mu.Unlock()
	if !write {
		return nil
	}
	return s.flush()
}

// Committed is the Seq up to which all events are in the file. A spool or history
// that gives Seqs must not give one below it again.
func (s *Store) Committed() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.committed
}

// stale reports whether counts have waited long enough.
func (s *Store) stale(now time.Time) bool {
	if !s.changed {
		return false
	}
	waited := now.Sub(s.wroteAt)
	return waited >= s.o.Delay || waited < 0 || len(s.hosts.dirty) >= maxDirty
}

// batch is what a transaction writes: copies, as Observe goes on meanwhile.
type batch struct {
	seq, mark uint64
	forgotten uint64
	routers   []Router

	hosts      []hostRow
	devices    []*device
	deviceRows []device
	nextDevice int64
	deleted    []int64 // devices
	relabelled [][2]string
	holdings   holdingBatch

	alerts func(*sql.Tx) error
	ended  func(ok bool) // of alerts
}

// hostRow is a host to be written.
type hostRow struct {
	entry // a copy
	of    *entry
}

// flush writes all that changed.
func (s *Store) flush() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.shut {
		return fmt.Errorf("write hosts: %w", ErrClosed)
	}
	s.mu.Lock()
	if !s.changed && !s.urgent {
		s.mu.Unlock()
		return nil
	}
	b, err := s.take()
	s.mu.Unlock()
	if err == nil {
		err = s.write(b, nil)
	}
	s.mu.Lock()
	s.finish(b, err == nil)
	prune := s.stats.Known > s.o.Limits.Hosts
	s.mu.Unlock()
	if err == nil && prune {
		err = s.prune()
	}
	if err != nil {
		return fmt.Errorf("write hosts: %w", sqlite.Classify(err))
	}
	return nil
}

// take makes a batch of what changed. The caller holds mu.
func (s *Store) take() (*batch, error) {
	b := &batch{
		seq: s.seq, mark: s.mark, forgotten: s.stats.Forgotten, routers: slices.Clone(s.routers),
		nextDevice: s.devices.next, deleted: s.devices.deleted, relabelled: s.relabelled, holdings: s.holdings.take(),
		hosts: make([]hostRow, len(s.hosts.dirty)),
	}
	var ports, devices int
	for _, e := range s.hosts.dirty {
		ports += len(e.ports)
		devices += len(e.devices)
	}
	portCopies, deviceCopies := make([]portCount, 0, ports), make([]deviceCount, 0, devices)
	for i, e := range s.hosts.dirty {
		e.dirty, e.writing = false, true
		b.hosts[i] = hostRow{*e, e}
		r := &b.hosts[i]
		portCopies = append(portCopies, e.ports...)
		r.ports = portCopies[len(portCopies)-len(e.ports):]
		deviceCopies = append(deviceCopies, e.devices...)
		r.devices = deviceCopies[len(deviceCopies)-len(e.devices):]
		r.names = copyNames(e.names)
	}
	for _, v := range s.devices.dirty {
		v.dirty = false
		if !v.gone {
			v.stored = true
			b.devices = append(b.devices, v)
			r := *v
			r.names = copyNames(v.names)
			b.deviceRows = append(b.deviceRows, r)
		}
	}
	clear(s.hosts.dirty)
	s.hosts.dirty = s.hosts.dirty[:0]
	s.devices.dirty, s.devices.deleted, s.relabelled = nil, nil, nil
	s.changed, s.urgent = false, false
	var err error
	b.alerts, b.ended, err = s.o.Alerts.Take()
	return b, err
}

func copyNames(n *names) *names {
	if n == nil {
		return nil
	}
	c := *n
	return &c
}

// finish takes note of the end of a transaction. All that is written are absolute
// values: if one that failed did take place after all, the next changes nothing.
// The caller holds mu.
func (s *Store) finish(b *batch, ok bool) {
	s.wroteAt, s.failing = s.o.Steady(), !ok
	b.ended(ok)
	for i := range b.hosts {
		e := b.hosts[i].of
		e.writing = false
		switch {
		case !ok:
			if !e.dirty {
				e.dirty = true
				s.hosts.dirty = append(s.hosts.dirty, e)
			}
		case e.begin == b.hosts[i].begin:
			e.begin = nil
		}
	}
	if !ok {
		for _, v := range b.devices {
			s.devices.touch(v)
		}
		s.devices.deleted = append(b.deleted, s.devices.deleted...)
		s.relabelled = append(b.relabelled, s.relabelled...)
		s.holdings.back(&b.holdings)
		s.changed, s.urgent = true, true
		return
	}
	s.committed = b.seq
}

// write is the transaction, with more that is to be in it; nil: nothing.
func (s *Store) write(b *batch, more func(*writer)) error {
	tx, err := s.writer.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	w := &writer{tx: tx}
	w.hosts(b.hosts)
	w.devices(b.deviceRows, b.deleted)
	w.relabelled(b.relabelled)
	w.holdings(&b.holdings)
	w.routers(b.routers)
	w.exec("UPDATE state SET seq = ?, mark = max(mark, ?), next_device = ?, forgotten = ?", int64(b.seq), int64(b.mark), b.nextDevice, int64(b.forgotten))
	if w.err == nil {
		w.err = b.alerts(tx)
	}
	if w.err == nil && more != nil {
		more(w)
	}
	if w.err != nil {
		return w.err
	}
	return tx.Commit()
}

// exec makes a change of the user's, in a transaction of its own. It goes on into the
// file itself at once: nobody else knows it, and SQLite does not tell when the end
// of a damaged write-ahead log is missing.
func (s *Store) exec(query string, args ...any) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.shut {
		return ErrClosed
	}
	_, err := s.writer.Exec(query, args...)
	if err == nil {
		// If that fails, the change is as safe as any other.
		_, _ = s.writer.Exec("PRAGMA wal_checkpoint(PASSIVE)")
	}
	return sqlite.Classify(err)
}
