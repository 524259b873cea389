package book

import (
	"fmt"
	"time"
)

// steadier is how far the steady time is ahead of the clock.
func (s *Store) steadier() time.Duration { return s.o.Steady().Sub(s.o.Now()).Round(time.Second) }

// notFromTheFuture mends the time of installation: small computers without a clock
// of their own begin in any year, and would learn until then.
func (s *Store) notFromTheFuture(now time.Time) {
	if n := now.UnixNano(); s.state.installed > n {
		s.state.installed = n
		s.changed, s.urgent = true, true
	}
}

// Shift is called when the steady time was set, ahead by so much. What lasts goes on
// lasting as long as it would have.
func (s *Store) Shift(by time.Duration) error {
	s.mu.Lock()
	c := &s.coalescing
	times := []*int64{&s.state.installed, &s.state.muted, &c.Start, &c.AwaySince, &c.AwayLast}
	for i := range s.wan {
		times = append(times, &s.wan[i].alert)
	}
	for _, t := range times {
		if *t != 0 {
			*t += int64(by)
		}
	}
	for i := range s.outerTold {
		if !s.outerTold[i].IsZero() {
			s.outerTold[i] = s.outerTold[i].Add(by)
		}
	}
	for i := range s.waiting {
		s.waiting[i].due = s.waiting[i].due.Add(by)
	}
	muted := s.state.muted
	s.changed, s.urgent = true, true
	s.mu.Unlock()
	if err := s.exec("UPDATE state SET muted = ?", muted); err != nil {
		return fmt.Errorf("mute: %w", err)
	}
	return s.flush()
}

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
	for _, v := range s.devices.byAddr {
		if notAfter(n, v.names, &v.first, &v.last) {
			s.devices.touch(v)
			s.changed = true
		}
	}
	for i := range s.wan {
		s.wan[i].heard = min(s.wan[i].heard, n)
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
