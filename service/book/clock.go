package book

import (
	"fmt"
	"time"
)

// NotAfter mends what a clock has left that was ahead: nobody was seen later than at
// a time.
func (s *Store) NotAfter(latest time.Time) error {
	n := latest.UnixNano()
	s.mu.Lock()
	s.hosts.each(func(e *entry) {
		if notAfter(n, e.names, &e.first, &e.last) {
			s.touch(e)
			s.changed = true
		}
	})
	for _, v := range s.devices.byID {
		if notAfter(n, v.names, &v.first, &v.last) {
			s.devices.touch(v)
			s.changed = true
		}
	}
	for i := range s.routers {
		s.routers[i].heard = min(s.routers[i].heard, n)
	}
	s.mu.Unlock()
	if err := s.flush(); err != nil {
		return err
	}
	// Those that are not in memory, and what is written only once.
	if err := s.exec(`UPDATE hosts SET first = min(first, ?1), last = min(last, ?1), dns_first = min(dns_first, ?1), dns_last = min(dns_last, ?1)
		WHERE first > ?1 OR last > ?1 OR dns_last > ?1`, n); err != nil {
		return fmt.Errorf("mend times in the future: %w", err)
	}
	return nil
}

// notAfter makes times no later than one, and tells whether one was.
func notAfter(n int64, names *names, times ...*int64) (changed bool) {
	if names != nil {
		times = append(times, &names.dnsFirst, &names.dnsLast)
	}
	for _, t := range times {
		if *t > n {
			*t, changed = n, true
		}
	}
	return changed
}
