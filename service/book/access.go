package book

import (
	"database/sql"
	"time"

	"linklog/capture"
	"linklog/service/sqlite"
)

// Alerts is what the Store shows what may be news to the user: package alerts. What it
// keeps is under the same lock, in the same file, and written in the same transactions.
// Its methods are called while the Store is locked, but Attach, while nobody has it yet,
// and Ignore.
type Alerts interface {
	// Attach reads what it has in the file, once more if that turns out to be damaged and is
	// begun anew.
	Attach(Access) error

	// Met is a new host, Pending one that was to be told about when the process ended.
	Met(*NewHost)
	Pending(*NewHost)

	// Answered: DNS has answered for an address.
	Answered(Ref)

	// Happened is every event that is observed for the first time, with the ends of it that
	// are host and device; nil: nobody.
	Happened(ev *capture.Event, host, device *capture.Endpoint)

	// Joined is a new device.
	Joined(id int64)

	// Moved: a router has a different public address; see Store.public.
	Moved()

	// Take gives what goes into the next transaction, and what is to be called when that
	// has ended.
	Take() (write func(*sql.Tx) error, done func(ok bool), err error)

	// Forget takes out of memory what is about those who are forgotten, and gives what does so
	// in the file, in the transaction after Take.
	Forget(*Removal) (write func(*sql.Tx) error)

	// Ignore adds a filter to the user's ignore list. Ignoring tells who is on it, or in
	// the settings, and stays good; nil: nobody is.
	Ignore(query string) (string, error)
	Ignoring() func(first *capture.Event) bool
}

// Access lets package alerts into the Store. Its methods are for who has locked it, but
// Each, Exec and Write, for who has not.
type Access struct{ s *Store }

// Lock and Unlock are for a few instructions: Observe waits meanwhile.
func (a Access) Lock()   { a.s.mu.Lock() }
func (a Access) Unlock() { a.s.mu.Unlock() }

// Now is the clock and Steady the time by which what lasts is measured; see Options.
func (a Access) Now() time.Time    { return a.s.o.Now() }
func (a Access) Steady() time.Time { return a.s.o.Steady() }

// Changed tells that there is something to write at once.
func (a Access) Changed() { a.s.changed, a.s.urgent = true, true }

// Routers are the routers that told their public addresses. Told and Alerted may be set.
func (a Access) Routers() []Router { return a.s.routers }

// Each calls f for every row.
func (a Access) Each(f func(*sql.Rows) error, query string, args ...any) error {
	return sqlite.Classify(each(a.s.reader, f, query, args...))
}

// Exec makes a change of the user's, in a transaction of its own.
func (a Access) Exec(query string, args ...any) error { return a.s.exec(query, args...) }

// Write writes what changed, if it was Changed or has waited long enough.
func (a Access) Write(now time.Time) error {
	a.s.mu.Lock()
	write := a.s.urgent || a.s.stale(now)
	a.s.mu.Unlock()
	if !write {
		return nil
	}
	return a.s.flush()
}

// Due tells when there is something to do: what is to be written, or what is due at one
// of the given times. What began later than now is due: the clock was set back.
func (a Access) Due(now time.Time, also []time.Time) (due time.Time, found bool) {
	s := a.s
	if s.urgent {
		also = append(also, now)
	}
	if s.changed {
		also = append(also, Begun(now, s.wroteAt, max(s.o.Delay, 0)))
	}
	for _, t := range also {
		if !found || t.Before(due) {
			due, found = t, true
		}
	}
	// While nothing can be written, much stays due.
	if again := s.wroteAt.Add(retryPause); s.failing && found && due.Before(again) {
		due = again
	}
	return due, found
}

// Begun is when what began at a time has lasted so long; now, if it began later than
// that: the clock was set back.
func Begun(now, at time.Time, lasts time.Duration) time.Time {
	if at.After(now) {
		return now
	}
	return at.Add(lasts)
}

// retryPause is how long after a transaction that failed the next is due.
const retryPause = time.Second

// NewHost is a host that was never seen before its first attempt.
type NewHost struct {
	Event capture.Event // the first attempt
	entry *entry
}

// Ref is what the host is known by.
func (n *NewHost) Ref() Ref { return n.entry.Ref }

// Meeting is the first attempt of a host, with the names that are known by now.
type Meeting struct {
	Event        *capture.Event
	Host, Device *capture.Endpoint // the ends of the event
	Own          bool              // the device is on an own network
}

// Hold keeps a new host in memory, and marks it in the file, until Settle.
func (a Access) Hold(n *NewHost) { n.entry.pending = true }

// Settle ends Hold: the host is told about, or will be with others, or not at all.
func (a Access) Settle(n *NewHost) Meeting {
	s, e := a.s, n.entry
	e.pending = false
	s.touch(e)
	a.Changed()
	ev := &n.Event
	ev.New = true
	m := Meeting{Event: ev, Host: &ev.Src, Device: &ev.Dst}
	if refOf(m.Device) == e.Ref && (ev.Dir == capture.Out || refOf(m.Host) != e.Ref) {
		m.Host, m.Device = m.Device, m.Host
	}
	if name := s.name(e.Ref, e.names); name != "" {
		m.Host.Name = name
	}
	if name := s.deviceName(m.Device.Addr); name != "" {
		m.Device.Name = name
	}
	m.Own = s.own.contains(m.Device.Addr)
	return m
}

// Usual takes a host that was just met, and all before it, for seen by the user: it is no news.
func (a Access) Usual(n *NewHost) { a.s.mark = max(a.s.mark, n.Event.Seq) }

// Named tells whether a new host has a name already, or will get none from DNS.
func (a Access) Named(n *NewHost) bool {
	return !n.entry.Addr.IsValid() || a.s.name(n.entry.Ref, n.entry.names) != ""
}

// Call gives an end of an event the name by which it is called.
func (a Access) Call(end *capture.Endpoint) {
	if !end.Addr.IsValid() {
		return
	}
	if name, wins := a.s.calledNow(ByAddr(end.Addr)); wins || end.Name == "" && name != "" {
		end.Name = name
	}
}

// Who are the ends of an event of the past that are host and device, as far as is known now;
// nil: nobody.
func (a Access) Who(ev *capture.Event) (host, device *capture.Endpoint) {
	p := a.s.parties(ev)
	return p.host, p.device
}

// Device is a device by what Joined said; false: it is another's now, or forgotten.
func (a Access) Device(id int64) (d capture.Endpoint, seq uint64, found bool) {
	v := a.s.devices.byID[id]
	if v == nil || v.gone {
		return d, 0, false
	}
	return capture.Endpoint{Addr: v.addr, MAC: v.mac, Name: a.s.name(v.ref, v.names)}, v.firstSeq, true
}
