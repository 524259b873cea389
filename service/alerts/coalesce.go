package alerts

import "time"

const (
	// singles alerts about one host each are made within a window; what is more is
	// told at its end, in one.
	singles = 3
	window  = time.Minute

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
// be made together with others. The book is locked.
func (a *Alerts) coalesce(one Alert, now time.Time) {
	c := &a.coalescing
	n := now.UnixNano()
	if a.muted(now) || a.at.Now().Sub(one.Since) > late {
		if c.Away.Count == 0 {
			c.AwaySince = n
		}
		c.AwayLast = n
		c.Away.add(one)
		return
	}
	a.rollWindow(now)
	if c.Start == 0 {
		c.Start = n
	}
	if c.Bursting || c.Burst.Count > 0 || c.Singles >= singles || a.stuck() {
		c.Burst.add(one)
		return
	}
	c.Singles++
	a.emit(one)
}

// rollWindow ends the window when its time is over. After one that had too many
// hosts for alerts of their own, the next makes none before its end: a burst that
// goes on is one alert a minute.
func (a *Alerts) rollWindow(now time.Time) {
	c := &a.coalescing
	n := now.UnixNano()
	if c.Start == 0 || n >= c.Start && n-c.Start < int64(window) { // before its begin: the clock was set back
		return
	}
	if a.stuck() {
		return
	}
	switch {
	case c.Burst.Count == 0:
		c.Start, c.Singles, c.Bursting = 0, 0, false
	case a.muted(now): // since the window began
		a.mergeAway(now)
		c.Start, c.Singles, c.Bursting = 0, 0, false
	case c.Burst.Count <= singles:
		for _, one := range c.Burst.First {
			a.emit(one)
		}
		c.Start, c.Singles, c.Bursting = n, int(c.Burst.Count), false
	default:
		a.emit(c.Burst.alert(NewHosts))
		c.Start, c.Singles, c.Bursting = n, 0, true
	}
	c.Burst = bundle{}
	a.at.Changed()
}
