package book

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// DefaultLimit is how many rows a query gives if it does not say.
const DefaultLimit = 1000

// Alerts gives the alerts after an ID, in the order of their IDs, at most limit (0:
// DefaultLimit). The ID of the last one is where to go on; alerts that are made
// later have higher ones. It only gives what is safe in the file.
func (s *Store) Alerts(after uint64, limit int) ([]Alert, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	s.mu.Lock()
	last := s.lastAlert
	s.mu.Unlock()
	if after >= last { // the usual answer, without a look at the file
		return nil, nil
	}
	var list []Alert
	err := readAlerts(s.reader, func(a Alert) error {
		list = append(list, a)
		return nil
	}, "WHERE id > ? ORDER BY id LIMIT ?", int64(after), limit)
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", classify(err))
	}
	return list, nil
}

// LastAlert is the ID of the newest alert that can be read: where somebody begins
// who wants to be told only what happens from now on.
func (s *Store) LastAlert() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastAlert
}

// Digest sums up the new hosts of all alerts after an ID, for a follower who was
// away; false: there are none. Its ID is that of the last alert it covers, so that
// Alerts goes on from there. Changes of the outer address are not in it.
func (s *Store) Digest(after uint64) (Alert, bool, error) {
	d := Alert{Kind: Digest, Time: s.o.Now().UTC()}
	err := readAlerts(s.reader, func(a Alert) error {
		d.ID = a.ID
		if a.Count == 0 {
			return nil
		}
		if d.Count == 0 {
			d.Seq, d.Router, d.Since = a.Seq, a.Router, a.Since
		}
		d.Count += a.Count
		hosts := a.Hosts
		if a.Kind == NewHost {
			hosts = []AlertHost{{a.Host, a.Name}}
		}
		d.Hosts = append(d.Hosts, hosts[:min(len(hosts), firstFew-len(d.Hosts))]...)
		return nil
	}, "WHERE id > ? ORDER BY id", int64(after))
	if err != nil {
		return Alert{}, false, fmt.Errorf("read alerts: %w", classify(err))
	}
	return d, d.Count > 0, nil
}

// readAlerts reads alerts in the order of their IDs.
func readAlerts(db *sql.DB, f func(Alert) error, query string, args ...any) error {
	return each(db, func(rows *sql.Rows) error {
		a, err := scanAlert(rows)
		if err != nil {
			return err
		}
		return f(a)
	}, "SELECT "+alertColumns+" FROM alerts "+query, args...)
}

func scanAlert(rows *sql.Rows) (Alert, error) {
	var a Alert
	var at, since int64
	var kind, host, device, router, hosts, oldAddr, newAddr string
	err := rows.Scan(&a.ID, &at, &kind, &host, &a.Name, &device, &a.DeviceName, &a.Dir, &a.Proto, &a.Port,
		&a.Service, &a.Seq, &router, &a.Count, &hosts, &since, &oldAddr, &newAddr, &a.Muted)
	if err != nil {
		return a, err
	}
	a.Time, a.Since, a.Kind = nanos(at), nanos(since), parseAlertKind(kind)
	a.Host, a.Device, a.Router = parseAddr(host), parseAddr(device), parseAddr(router)
	a.OldAddr, a.NewAddr = parseAddr(oldAddr), parseAddr(newAddr)
	if err := json.Unmarshal([]byte(hosts), &a.Hosts); err != nil {
		return a, fmt.Errorf("%w: alert %d: %w", ErrDamaged, a.ID, err)
	}
	return a, nil
}

// subscriber is somebody who waits for alerts.
type subscriber struct{ wake chan struct{} }

// Wake gives a channel that gets a value when there may be new alerts to read. It
// holds one: whoever is slow misses nothing, as Alerts has them all. Call stop when
// done.
func (s *Store) Wake() (wake <-chan struct{}, stop func()) {
	sub := &subscriber{make(chan struct{}, 1)}
	s.mu.Lock()
	s.subscriber[sub] = struct{}{}
	s.mu.Unlock()
	return sub.wake, func() {
		s.mu.Lock()
		delete(s.subscriber, sub)
		s.mu.Unlock()
	}
}

// wake wakes those who wait. The caller holds mu.
func (s *Store) wake() {
	for sub := range s.subscriber {
		select {
		case sub.wake <- struct{}{}:
		default:
		}
	}
}

// lastMute is how long alerts can be muted: beyond it times are not kept as they are.
var lastMute = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// SetMute mutes alerts until a time; the zero time ends it. New hosts that come
// meanwhile are told in one digest afterwards.
func (s *Store) SetMute(until time.Time) error {
	if until.After(lastMute) {
		return fmt.Errorf("mute: %w: until %s; the latest is %s", ErrLimit, until.UTC().Format(time.RFC3339), lastMute.Format(time.RFC3339))
	}
	if until.Before(time.Unix(0, 0)) { // long over, and not to be kept either
		until = time.Time{}
	}
	var n int64
	if !until.IsZero() {
		n = until.Add(s.steadier()).UnixNano()
	}
	if err := s.exec("UPDATE state SET muted = ?", n); err != nil {
		return fmt.Errorf("mute: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.muted = n
	return nil
}

// Mute tells until when alerts are muted; the zero time: they are not.
func (s *Store) Mute() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.muted(s.o.Steady()) {
		return time.Time{}
	}
	return nanos(s.state.muted).Add(-s.steadier())
}

// MarkSeen tells that the user has seen all hosts that began up to a Seq, as a rule
// the highest FirstSeq he was shown; 0, and whatever is beyond the last event: all
// there are. They are no longer New; those to come will be.
func (s *Store) MarkSeen(upTo uint64) error {
	s.flushForReader() // so that the mark is never ahead of the file: see mend
	s.mu.Lock()
	if upTo == 0 || upTo > s.seq {
		upTo = s.seq
	}
	s.mu.Unlock()
	if err := s.exec("UPDATE state SET mark = max(mark, ?)", int64(upTo)); err != nil {
		return fmt.Errorf("mark hosts as seen: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.mark = max(s.state.mark, upTo)
	return nil
}

// Cursor gives the ID of the last alert that a reader with a name of his own is
// done with; false: he never was here.
func (s *Store) Cursor(name string) (uint64, bool, error) {
	var id uint64
	err := s.reader.QueryRow("SELECT alert FROM cursors WHERE name = ?", name).Scan(&id)
	if err == sql.ErrNoRows {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("read cursor: %w", classify(err))
	}
	return id, true, nil
}

// SetCursor keeps what Cursor gives. The name of the Runner is its own: who may only
// look must not silence it.
func (s *Store) SetCursor(name string, id uint64) error {
	switch _, known, err := s.Cursor(name); {
	case name == runnerCursor:
		return fmt.Errorf("write cursor: the reader %s is %w", name, ErrOwn)
	case len(name) > maxLabel:
		return fmt.Errorf("write cursor: %w: the name of a reader may have %d bytes, this one has %d", ErrLimit, maxLabel, len(name))
	case id > s.LastAlert():
		return fmt.Errorf("write cursor: %w: there is no alert %d yet, the newest is %d", ErrLimit, id, s.LastAlert())
	case err != nil:
		return err
	case !known:
		n := 0
		if err := s.reader.QueryRow("SELECT count(*) FROM cursors").Scan(&n); err != nil {
			return fmt.Errorf("count cursors: %w", classify(err))
		}
		if n >= maxCursors {
			return fmt.Errorf("write cursor: %w: there are %d readers already", ErrLimit, n)
		}
	}
	return s.setCursor(name, id)
}

func (s *Store) setCursor(name string, id uint64) error {
	err := s.exec("INSERT INTO cursors (name, alert) VALUES (?, ?) ON CONFLICT DO UPDATE SET alert = excluded.alert", name, int64(id))
	if err != nil {
		return fmt.Errorf("write cursor: %w", err)
	}
	return nil
}
