package alerts

import (
	"time"

	"linklog/service/book"
	"linklog/service/settings"
)

const (
	// singles alerts of a rule about one event each are made within a window; what is more
	// is told at its end, in one.
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

// bundle is a number of events to be told, each with what an alert about it alone would be.
type bundle struct {
	Count uint64
	First []Alert // the first few
}

func (b *bundle) add(a *Alert, as AlertKind) {
	if b.Count++; len(b.First) < firstFew {
		b.First = append(b.First, *a)
		b.First[len(b.First)-1].Kind = as
	}
}

// alert makes one of all.
func (b *bundle) alert(kind AlertKind) Alert {
	a := Alert{Kind: kind, Count: b.Count}
	for i := range b.First {
		f := &b.First[i]
		if i == 0 {
			a.Seq, a.Router, a.Since = f.Seq, f.Router, f.Since
		}
		if f.Host.IsValid() || f.Name != "" {
			a.Hosts = append(a.Hosts, AlertHost{f.Host, f.Name})
		} else if f.Device.IsValid() || f.DeviceName != "" {
			a.Hosts = append(a.Hosts, AlertHost{f.Device, f.DeviceName})
		}
	}
	return a
}

// teller lets the alerts of a rule out: at once or, where there are many, together.
type teller struct {
	coalescing
	rule                    settings.Rule
	single, several, digest AlertKind // of alerts about one event, several, and several while nobody was there

	Told    uint64 // alerts that were made, ever
	Last    int64  // when the last was, ns since 1970
	unsaved bool   // the file does not have it as it is
}

// moment is what a teller knows of now.
type moment struct {
	now   time.Time // steady
	wall  time.Time // by the clock
	muted int64     // until then, steady time in ns since 1970
	stuck func() bool
	emit  func(Alert)
}

// quietUntil is until when the rule's quiet hours last, in ns since 1970, steady; 0: they are not now.
func (t *teller) quietUntil(m *moment) int64 {
	if t.rule.Quiet.IsZero() {
		return 0
	}
	end, in := t.rule.Quiet.Until(m.wall.Local())
	if !in {
		return 0
	}
	return m.now.Add(end.Sub(m.wall)).UnixNano()
}

// silentUntil is until when nothing is told, in ns since 1970.
func (t *teller) silentUntil(m *moment) int64 { return max(m.muted, t.quietUntil(m)) }

func (t *teller) silent(m *moment) bool { return m.now.UnixNano() < t.silentUntil(m) }

// dropping reports whether what comes now never is told.
func (t *teller) dropping(m *moment) bool {
	return t.rule.Meanwhile == settings.Drop && t.quietUntil(m) > m.now.UnixNano()
}

// coalesce takes what an alert about one event would be: it is made at once, or is held
// back to be made together with others.
func (t *teller) coalesce(one *Alert, m *moment) {
	n := m.now.UnixNano()
	t.unsaved = true
	if t.dropping(m) {
		return
	}
	if t.silent(m) || m.wall.Sub(one.Since) > late {
		if t.Away.Count == 0 {
			t.AwaySince = n
		}
		t.AwayLast = n
		t.Away.add(one, t.single)
		return
	}
	t.rollWindow(m)
	if t.Start == 0 {
		t.Start = n
	}
	if t.Bursting || t.Burst.Count > 0 || t.Singles >= singles || m.stuck() {
		t.Burst.add(one, t.single)
		return
	}
	t.Singles++
	alone := *one
	alone.Kind = t.single
	t.emit(alone, m)
}

// rollWindow ends the window when its time is over. After one that had too many
// for alerts of their own, the next makes none before its end: a burst that
// goes on is one alert a minute.
func (t *teller) rollWindow(m *moment) {
	n := m.now.UnixNano()
	if t.Start == 0 || n >= t.Start && n-t.Start < int64(window) { // before its begin: the clock was set back
		return
	}
	if m.stuck() {
		return
	}
	t.unsaved = true
	switch {
	case t.Burst.Count == 0:
		t.Start, t.Singles, t.Bursting = 0, 0, false
	case t.silent(m): // since the window began
		if !t.dropping(m) {
			t.mergeAway(m.now)
		}
		t.Start, t.Singles, t.Bursting = 0, 0, false
	case t.Burst.Count <= singles:
		for _, one := range t.Burst.First {
			t.emit(one, m)
		}
		t.Start, t.Singles, t.Bursting = n, int(t.Burst.Count), false
	default:
		t.emit(t.Burst.alert(t.several), m)
		t.Start, t.Singles, t.Bursting = n, 0, true
	}
	t.Burst = bundle{}
}

// emit lets an alert out.
func (t *teller) emit(a Alert, m *moment) {
	a.Rule, a.Outlets = t.rule.Name, t.rule.Outlets
	t.Told++
	t.Last = m.wall.UnixNano()
	t.unsaved = true
	m.emit(a)
}

// due adds the times at which there is something to let out.
func (t *teller) due(all []time.Time, m *moment) []time.Time {
	if t.Burst.Count > 0 {
		all = append(all, book.Begun(m.now, nanos(t.Start), window))
	}
	if t.Away.Count > 0 {
		due := t.awayDue(m)
		if !t.silent(m) && t.AwaySince > m.now.UnixNano() {
			due = m.now
		}
		all = append(all, due)
	}
	return all
}

// shift moves the times by which the steady time was set.
func (t *teller) shift(by time.Duration) {
	for _, at := range []*int64{&t.Start, &t.AwaySince, &t.AwayLast} {
		if *at != 0 {
			*at += int64(by)
			t.unsaved = true
		}
	}
}
