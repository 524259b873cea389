package book

import (
	"net/netip"
	"time"

	"linklog/capture"
)

// Alert is something the user is to be told.
type Alert struct {
	// ID numbers alerts in the order in which they can be read; it is never used
	// twice, also not in a file that was begun anew. IDs have gaps.
	ID uint64

	// Time is when the alert was made, UTC.
	Time time.Time

	// Kind says which of the fields below are filled.
	Kind AlertKind

	// Host is the new host's address, invalid where the router told its name only;
	// Name its best name, "" if none is known. For NewHost.
	Host netip.Addr
	Name string

	// Device is the own machine the host talked to, invalid if that is not known;
	// DeviceName its best name. For NewHost.
	Device     netip.Addr
	DeviceName string

	// Dir, Proto and Port are of the first attempt; Port is that of its destination,
	// Service the port's name. For NewHost.
	Dir     capture.Direction
	Proto   capture.Protocol
	Port    uint16
	Service string

	// Seq is the event's: the first attempt, for several hosts that of the first of
	// them, or the message that told the outer address.
	Seq uint64

	// Router is who told: of the first attempt, or whose address it is.
	Router netip.Addr

	// Count is the number of hosts, Hosts the first few of them, and Since when the
	// first of them was seen (for WANChange: when the change was told). For NewHost
	// they are 1, none and the time of the attempt.
	Count uint64
	Hosts []AlertHost
	Since time.Time

	// OldAddr and NewAddr are the outer addresses. For WANChange.
	OldAddr, NewAddr netip.Addr

	// Muted: it was made while alerts were muted, and is here to be looked up, not
	// to be shown. WANChange only; new hosts wait for the end and come in a Digest.
	Muted bool
}

// AlertHost is one of several hosts in an alert.
type AlertHost struct {
	Host netip.Addr // invalid where the router told a name only
	Name string
}

// AlertKind says what an Alert is about.
type AlertKind uint8

const (
	NewHost   AlertKind = iota + 1 // a host that was never seen
	NewHosts                       // several of them within a minute
	WANChange                      // a router has another outer address
	Digest                         // new hosts while nobody was there, or alerts were muted
)

var alertKinds = [...]string{NewHost: "new-host", NewHosts: "new-hosts", WANChange: "wan-change", Digest: "digest"}

// String gives "new-host", "new-hosts", "wan-change", "digest", or "".
func (k AlertKind) String() string {
	if int(k) < len(alertKinds) {
		return alertKinds[k]
	}
	return ""
}

func parseAlertKind(s string) AlertKind {
	for k, name := range alertKinds {
		if name == s && name != "" {
			return AlertKind(k)
		}
	}
	return 0
}

// settle is the end of the wait for a name: the host is told about, or will be with
// others, or not at all. The caller holds mu.
func (s *Store) settle(w *waiting, now time.Time) {
	e := w.entry
	e.pending = false
	s.touch(e)
	s.changed, s.urgent = true, true
	ev, host, device := s.named(w)
	if s.rules.match(ev) {
		return
	}
	a := Alert{
		Kind: NewHost, Host: e.Addr, Name: host.Name, Device: device.Addr, DeviceName: device.Name,
		Dir: ev.Dir, Proto: ev.Proto, Port: ev.Dst.Port, Service: s.o.Services.Name(ev.Dst.Port, ev.Proto),
		Seq: e.firstSeq, Router: ev.Router, Count: 1, Since: time.Unix(0, e.first).UTC(),
	}
	if !s.own.contains(device.Addr) {
		a.Device, a.DeviceName = netip.Addr{}, ""
		if !device.Addr.IsValid() {
			a.DeviceName = device.Name
		}
	}
	s.coalesce(a, now)
}

// named is the first attempt with the names that are known by now, the best for each
// end, and which of the ends is the host.
func (s *Store) named(w *waiting) (ev *capture.Event, host, device *capture.Endpoint) {
	ev = new(w.event)
	ev.New = true
	host, device = &ev.Src, &ev.Dst
	if refOf(device) == w.entry.Ref && (ev.Dir == capture.Out || refOf(host) != w.entry.Ref) {
		host, device = device, host
	}
	if n := s.nameOf(w.entry); n != "" {
		host.Name = n
	}
	if n := s.deviceName(device.Addr); n != "" {
		device.Name = n
	}
	return ev, host, device
}

// emit makes an alert. The caller holds mu.
func (s *Store) emit(a Alert) {
	a.ID = s.state.nextAlert
	s.state.nextAlert++
	a.Time = s.o.Now().UTC()
	s.outbox = append(s.outbox, a)
	s.changed, s.urgent = true, true
}

// maxOutbox bounds the alerts that cannot be written. When it is reached, new hosts
// are only counted, to be told in one alert.
const maxOutbox = 100

// stuck reports whether there are too many alerts already that cannot be written.
func (s *Store) stuck() bool { return len(s.outbox) >= maxOutbox }

// Tick does what is due at a time, of Options.Steady: alerts that waited for a name, for others of
// their kind, for the end of a break or of the mute. Call it about once a second
// while there is something to wait for, which Due tells.
func (s *Store) Tick(now time.Time) error {
	s.mu.Lock()
	s.notFromTheFuture(now)
	for len(s.waiting) > 0 {
		w := s.waiting[0]
		if now.Before(w.due) && w.due.Sub(now) <= s.o.NameWait { // else the clock was set back
			break
		}
		s.waiting = s.waiting[1:]
		s.settle(&w, now)
	}
	if len(s.waiting) == 0 {
		s.waiting = nil // let go of the array
	}
	s.rollWindow(now)
	s.tellAway(now)
	s.tellOuter(now)
	write := len(s.outbox) > 0 || s.urgent || s.stale(now)
	s.mu.Unlock()
	if !write {
		return nil
	}
	return s.flush()
}

// Due tells when Tick has something to do; false: not before something else happens.
// It may be in the past.
func (s *Store) Due() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due time.Time
	found := false
	now := s.o.Steady()
	// What began later than now is due: the clock was set back.
	begun := func(at int64, t time.Time) time.Time {
		if at > now.UnixNano() {
			return now
		}
		return t
	}
	consider := func(t time.Time) {
		if !found || t.Before(due) {
			due, found = t, true
		}
	}
	if len(s.outbox) > 0 || s.urgent {
		consider(now)
	}
	if s.changed {
		consider(begun(s.wroteAt.UnixNano(), s.wroteAt.Add(max(s.o.Delay, 0))))
	}
	if len(s.waiting) > 0 {
		if t := s.waiting[0].due; t.Sub(now) <= max(s.o.NameWait, 0) {
			consider(t)
		} else {
			consider(now)
		}
	}
	if c := &s.coalescing; c.Burst.Count > 0 {
		consider(begun(c.Start, time.Unix(0, c.Start).Add(window)))
	}
	if s.coalescing.Away.Count > 0 {
		t := s.awayDue()
		if !s.muted(now) {
			t = begun(s.coalescing.AwaySince, t)
		}
		consider(t)
	}
	for i := range s.wan {
		if t, ok := s.wan[i].due(); ok {
			if t = begun(s.wan[i].alert, t); t.Before(s.outerFrom(now)) {
				t = s.outerFrom(now)
			}
			consider(t)
		}
	}
	// While nothing can be written, much stays due.
	if again := s.wroteAt.Add(retryPause); s.failing && found && due.Before(again) {
		due = again
	}
	return due, found
}

// retryPause is how long after a transaction that failed the next is due.
const retryPause = time.Second
