package book

import "time"

const (
	// singles alerts about one host each are made within a window; what is more is
	// told at its end, in one.
	singles = 3
	window  = time.Minute

	// late: a host that is told so long after its first attempt belongs to a break.
	late = 2 * time.Minute

	// A digest comes when nothing was added for awayQuiet, but not later than
	// awayLimit after the first: the backlog of a break is gone through in a moment.
	awayQuiet = 3 * time.Second
	awayLimit = time.Minute

	// firstFew hosts are named in an alert about several.
	firstFew = 5
)

// coalescing is what is to be told later. The file has it as JSON: each change of a
// name here needs a migration.
type coalescing struct {
	Start    int64 // of the window, steady time in ns since 1970; 0: none
	Singles  int   // alerts made in it
	Bursting bool  // the window before it had more: no singles
	Burst    bundle

	Away      bundle
	AwaySince int64 // when the first was added to Away, ns since 1970
	AwayLast  int64 // and the last
}

// bundle is a number of new hosts.
type bundle struct {
	Count uint64
	First []Alert // the first few
}

func (b *bundle) add(a Alert) {
	if b.Count++; len(b.First) < firstFew {
		b.First = append(b.First, a)
	}
}

// alert makes one of all.
func (b *bundle) alert(kind AlertKind) Alert {
	a := Alert{Kind: kind, Count: b.Count}
	for i, f := range b.First {
		if i == 0 {
			a.Seq, a.Router, a.Since = f.Seq, f.Router, f.Since
		}
		a.Hosts = append(a.Hosts, AlertHost{f.Host, f.Name})
	}
	return a
}

// coalesce takes the alert about a new host: it is made at once, or is held back to
// be made together with others. The caller holds mu.
func (s *Store) coalesce(a Alert, now time.Time) {
	c := &s.coalescing
	n := now.UnixNano()
	if s.muted(now) || s.o.Now().Sub(a.Since) > late {
		if c.Away.Count == 0 {
			c.AwaySince = n
		}
		c.AwayLast = n
		c.Away.add(a)
		return
	}
	s.rollWindow(now)
	if c.Start == 0 {
		c.Start = n
	}
	if c.Bursting || c.Burst.Count > 0 || c.Singles >= singles || s.stuck() {
		c.Burst.add(a)
		return
	}
	c.Singles++
	s.emit(a)
}

// rollWindow ends the window when its time is over. After one that had too many
// hosts for alerts of their own, the next makes none before its end: a burst that
// goes on is one alert a minute.
func (s *Store) rollWindow(now time.Time) {
	c := &s.coalescing
	n := now.UnixNano()
	if c.Start == 0 || n >= c.Start && n-c.Start < int64(window) { // before its begin: the clock was set back
		return
	}
	if s.stuck() {
		return
	}
	switch {
	case c.Burst.Count == 0:
		c.Start, c.Singles, c.Bursting = 0, 0, false
	case s.muted(now): // since the window began
		s.mergeAway(now)
		c.Start, c.Singles, c.Bursting = 0, 0, false
	case c.Burst.Count <= singles:
		for _, a := range c.Burst.First {
			s.emit(a)
		}
		c.Start, c.Singles, c.Bursting = n, int(c.Burst.Count), false
	default:
		s.emit(c.Burst.alert(NewHosts))
		c.Start, c.Singles, c.Bursting = n, 0, true
	}
	c.Burst = bundle{}
	s.changed = true
}

// mergeAway puts the burst to what is told after the mute.
func (s *Store) mergeAway(now time.Time) {
	c := &s.coalescing
	n := now.UnixNano()
	if c.Away.Count == 0 {
		c.AwaySince = n
	}
	c.AwayLast = n
	c.Away.Count += c.Burst.Count
	c.Away.First = append(c.Away.First, c.Burst.First...)
	c.Away.First = c.Away.First[:min(len(c.Away.First), firstFew)]
}

// tellAway makes the digest when it is due.
func (s *Store) tellAway(now time.Time) {
	c := &s.coalescing
	if c.Away.Count == 0 || s.muted(now) || s.stuck() {
		return
	}
	if now.Before(s.awayDue()) && now.UnixNano() >= c.AwaySince {
		return
	}
	if c.Away.Count == 1 {
		s.emit(c.Away.First[0])
	} else {
		s.emit(c.Away.alert(Digest))
	}
	c.Away, c.AwaySince, c.AwayLast = bundle{}, 0, 0
}

// awayDue is when the digest is due.
func (s *Store) awayDue() time.Time {
	c := &s.coalescing
	due := min(c.AwayLast+int64(awayQuiet), c.AwaySince+int64(awayLimit))
	return time.Unix(0, max(due, s.state.muted))
}

// muted reports whether alerts are muted.
func (s *Store) muted(now time.Time) bool { return now.UnixNano() < s.state.muted }
