package book

import (
	"database/sql"
	"net/netip"
	"time"

	"linklog/service/sqlite"
)

// Aged makes the Removal of the hosts that were not seen since a time, but for those that the user
// named or wrote a note about.
func (s *Store) Aged(before time.Time) (*Removal, error) {
	s.flushForReader()
	r := &Removal{
		Left: func(Ref) bool { return false }, Named: func(Ref, string) bool { return true }, Seq: func(uint64) bool { return false },
		Aged: true,
	}
	err := each(s.reader, func(rows *sql.Rows) error {
		var host string
		err := rows.Scan(&host)
		r.Of = append(r.Of, ParseRef(host))
		return err
	}, "SELECT host FROM hosts WHERE last < ? AND host NOT IN (SELECT host FROM labels) AND host NOT IN (SELECT host FROM notes)", before.UnixNano())
	return r, sqlite.Classify(err)
}

// External reports whether an address is one that a host has, and no device.
func (s *Store) External(a netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own.external(a) && !s.isPublic(a)
}
