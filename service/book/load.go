package book

import (
	"database/sql"
	"errors"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"time"

	"linklog/capture"
	"linklog/service/datafile"
	"linklog/service/sqlite"
)

// load opens a file that is sound or new, also where the disk has no room for what
// SQLite keeps beside it.
func load(path string, o Options) (*Store, error) {
	s, err := loadAs(path, o, sqlite.Usual)
	if errors.Is(err, sqlite.ErrFull) && sqlite.Alone != sqlite.Usual {
		s, err = loadAs(path, o, sqlite.Alone)
	}
	if err != nil && !errors.Is(err, sqlite.ErrDamaged) {
		if full := datafile.Room(filepath.Dir(path)); full != nil {
			err = full // SQLite says only that it could not
		}
	}
	return s, datafile.Explain(path, err)
}

func loadAs(path string, o Options, how sqlite.Mode) (*Store, error) {
	s := &Store{
		o: o, path: path,
		home:    newHome(o.OwnNetworks, o.Limits.Devices, o.Steady, o.Log),
		hosts:   newTable(o.Limits.Memory),
		wroteAt: o.Steady(),
	}
	s.hosts.gone = s.evicted
	var err error
	if s.writer, err = openWriter(path, how); err != nil {
		return nil, err
	}
	if s.reader, err = openDB(path, how, 2, "query_only(1)"); err == nil {
		if s.finder, err = openDB(path, how, 1, "query_only(1)"); err == nil {
			s.findOne, err = s.finder.Prepare("SELECT " + hostColumns + " FROM hosts WHERE host = ?")
		}
	}
	if err == nil {
		err = s.read()
	}
	if err != nil {
		s.closeFiles()
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), sqlite.Classify(err))
	}
	return s, nil
}

// read fills the Store from the file.
func (s *Store) read() error {
	for _, step := range []func() error{s.readState, s.readDevices, s.readHoldings, s.readLabels, s.readNotes, s.readRouters, s.readKnown, s.attachAlerts} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// maxChecked is the largest file that is checked in full after a crash. It takes
// about a second for a hundred megabytes; of a larger one, Open still reads the keys
// of all hosts.
const maxChecked = 64 << 20

func (s *Store) readState() error {
	now := s.o.Steady().UnixNano()
	// IDs of alerts begin with the time: in a file that is begun anew, they are
	// above those of the old one, which clients may have kept.
	_, err := s.writer.Exec(`INSERT INTO state VALUES (1, 0, ?, 0, 0, ?, 1, 0, 0, '{}') ON CONFLICT DO NOTHING`, now, now/int64(time.Millisecond))
	if err != nil {
		return err
	}
	var opened bool
	err = s.writer.QueryRow("SELECT seq, mark, next_device, forgotten, opened FROM state").Scan(
		&s.seq, &s.mark, &s.devices.next, &s.stats.Forgotten, &opened)
	if err != nil {
		return err
	}
	if s.seq > capture.MaxSeq {
		return fmt.Errorf("%w: no event can have the number %d", sqlite.ErrDamaged, s.seq)
	}
	s.committed = s.seq
	if opened {
		if err := s.check(); err != nil {
			return err
		}
	}
	// An earlier build let callers set the mark far beyond what there is: nothing was new
	// to them any more.
	if s.mark > s.seq {
		s.o.Log.Warn("hosts were marked as seen beyond the last event; later hosts are new again", "up to", s.mark, "last event", s.seq)
		s.mark = s.seq
		if _, err := s.writer.Exec("UPDATE state SET mark = ?", int64(s.seq)); err != nil && !errors.Is(sqlite.Classify(err), sqlite.ErrFull) {
			return err
		}
	}
	// That it is open is noted for the next Open. On a full disk it is not, for all
	// else can go on.
	if _, err := s.writer.Exec("UPDATE state SET opened = 1"); err != nil && !errors.Is(sqlite.Classify(err), sqlite.ErrFull) {
		return err
	}
	return nil
}

// check looks for damage.
func (s *Store) check() error {
	var pages, size int64
	if err := s.writer.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		return err
	}
	if err := s.writer.QueryRow("PRAGMA page_size").Scan(&size); err != nil {
		return err
	}
	if pages*size > maxChecked {
		return nil
	}
	var result string
	if err := s.writer.QueryRow("PRAGMA quick_check(1)").Scan(&result); err != nil {
		return err
	}
	if result != "ok" {
		return fmt.Errorf("%w: %s", sqlite.ErrDamaged, result)
	}
	return nil
}

func (s *Store) readDevices() error {
	return each(s.reader, func(rows *sql.Rows) error {
		v := &device{stored: true}
		var n names
		var addr, mac string
		err := rows.Scan(&v.id, &addr, &mac, &v.firstSeq, &v.first, &v.last, &v.in, &v.out, &v.allowed, &v.blocked, &v.hosts, &n.router, &n.lease, &n.dns, &n.dnsFirst, &n.dnsLast)
		if err != nil {
			return err
		}
		if n != (names{}) {
			v.names = &n
		}
		hardware, _ := capture.ParseMAC(mac)
		v.last4 = v.last
		if v.addr = ParseAddr(addr); v.addr.IsValid() || hardware != (capture.MAC{}) {
			s.devices.add(v, hardware)
		}
		return nil
	}, "SELECT id, addr, mac, first_seq, first, last, ins, outs, allowed, blocked, hosts, router_name, lease_name, dns_name, dns_first, dns_last FROM devices")
}

// readHoldings reads who had which address when.
func (s *Store) readHoldings() error {
	return readHoldings(s.reader, func(r holdingRow) {
		s.holdings.read(r)
		if v := s.devices.byMAC[r.mac]; v != nil {
			v.had4 = v.had4 || r.addr.Is4()
		}
	})
}

func readHoldings(db *sql.DB, f func(holdingRow)) error {
	return each(db, func(rows *sql.Rows) error {
		var r holdingRow
		var addr, mac string
		if err := rows.Scan(&addr, &r.since, &mac, &r.before); err != nil {
			return err
		}
		r.addr = ParseAddr(addr)
		r.mac, _ = capture.ParseMAC(mac)
		f(r)
		return nil
	}, "SELECT addr, since, mac, before FROM holdings ORDER BY addr, since")
}

func (s *Store) readLabels() error { return s.readTexts("SELECT host, label FROM labels", s.labels) }

func (s *Store) readNotes() error { return s.readTexts("SELECT host, note FROM notes", s.notes) }

// readTexts reads what the user wrote about hosts and devices.
func (s *Store) readTexts(query string, texts map[Ref]string) error {
	return each(s.reader, func(rows *sql.Rows) error {
		var host, text string
		if err := rows.Scan(&host, &text); err != nil {
			return err
		}
		texts[ParseRef(host)] = text
		return nil
	}, query)
}

func (s *Store) readRouters() error {
	return each(s.reader, func(rows *sql.Rows) error {
		r := Router{heard: s.o.Now().UnixNano()}
		var addr, public, told string
		if err := rows.Scan(&addr, &public, &told, &r.Since, &r.Alerted, &r.Seq); err != nil {
			return err
		}
		r.Addr, r.Public, r.Told = ParseAddr(addr), ParseAddr(public), ParseAddr(told)
		s.routers = append(s.routers, r)
		return nil
	}, "SELECT router, addr, told, since, alert, seq FROM wan ORDER BY since")
}

// readKnown reads who is known.
func (s *Store) readKnown() error {
	if err := s.reader.QueryRow("SELECT count(*) FROM hosts").Scan(&s.stats.Known); err != nil {
		return err
	}
	s.known = known{maphash.MakeSeed(), make(map[uint64]struct{}, s.stats.Known)}
	var host sql.RawBytes
	return each(s.reader, func(rows *sql.Rows) error {
		err := rows.Scan(&host)
		if err == nil {
			s.known.add(ParseRef(string(host)))
		}
		return err
	}, "SELECT host FROM hosts")
}

// attachAlerts shows package alerts its file, and the hosts that are to be told about.
func (s *Store) attachAlerts() error {
	if err := s.o.Alerts.Attach(Access{s}); err != nil {
		return err
	}
	return each(s.reader, func(rows *sql.Rows) error {
		var host string
		e, err := scanHost(rows.Scan, &host)
		if err != nil {
			return err
		}
		e.Ref = ParseRef(host)
		n := &NewHost{Event: e.firstEvent(), entry: e}
		e.begin = nil
		if s.hosts.add(e) { // more than fit into memory are never held
			s.o.Alerts.Pending(n)
		}
		return nil
	}, "SELECT host, "+hostColumns+" FROM hosts WHERE pending = 1 ORDER BY first_seq")
}

// each calls f for every row.
func each(db *sql.DB, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := db.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func nanos(ns int64) time.Time { return time.Unix(0, ns).UTC() }
