package book

import (
	"database/sql"
	"net/netip"
	"strings"

	"linklog/capture"
)

// Observe takes an event in: it sets ev.New on the first event ever with an
// external host. What was learned by Sight it adds: the names that device and host have
// at that time, and the direction where only networks tell it. Events come in the order of
// their Seq, from the one after Committed. One that comes again gets its New again,
// and changes nothing; one without a Seq is not looked at.
//
// Observe does no more than count in memory, except for a host that was not seen
// for long and has to be read from the file.
func (s *Store) Observe(ev *capture.Event) {
	ev.New = false
	if ev.Seq == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	again := ev.Seq <= s.seq
	if !again {
		s.seq = ev.Seq
		s.changed = true
	}
	var p parties
	switch ev.Kind {
	case capture.WAN:
		if !again {
			s.moved(ev, ev.Dst.Addr)
		}
	case capture.Traffic:
		p = s.attempt(ev, again)
	}
	if !again {
		s.o.Alerts.Happened(ev, p.host, p.device)
	}
}

// Again looks once more for the name that the device asked for, if the event came without:
// a router may log the answer a moment after the connection. waits reports whether the
// event has no name still and one might come.
func (s *Store) Again(ev *capture.Event) (waits bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.awaitsAnswer(ev) {
		return false
	}
	asked := s.nameHost(ev)
	if e := s.hosts.get(Ref{Addr: ev.Dst.Addr}); e != nil && asked != "" && (e.names == nil || e.names.asked != asked) {
		setAsked(&e.names, asked)
		s.touch(e)
		s.changed = true
	}
	return ev.Dst.Name == ""
}

// Recognize gives an attempt what Observe would give it (its direction, the names that are
// known by then, hardware addresses), and remembers nothing of it. asked is the name that Observe
// would note for its host, as somebody asked DNS for it; "": none.
func (s *Store) Recognize(ev *capture.Event) (asked string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orient(ev)
	p := s.parties(ev)
	if p.host != nil {
		asked = s.nameHost(ev)
	}
	if p.device != nil {
		s.nameDevice(p)
	}
	return asked
}

func (s *Store) attempt(ev *capture.Event, again bool) (p parties) {
	s.orient(ev)
	local := &ev.Dst
	if ev.Dir == capture.Out {
		local = &ev.Src
	}
	if local.Name == outerName && !again {
		s.moved(ev, local.Addr)
	}
	p = s.parties(ev)
	hostName, deviceName, asked := "", "", ""
	if p.host != nil {
		hostName = p.host.Name
		asked = s.nameHost(ev)
	}
	if p.device != nil {
		deviceName = p.device.Name
		s.nameDevice(p)
	}
	if again {
		if p.host != nil {
			e, _ := s.lookup(refOf(p.host))
			ev.New = e != nil && e.firstSeq == ev.Seq
		}
		return p
	}
	t := ev.Time.UnixNano()
	v := p.known
	if p.device != nil {
		if v == nil {
			v = s.newDevice(p.device.Addr, ev.Seq, t)
			s.o.Alerts.Joined(v.id)
		}
		v.seen(p.device.Addr, t)
		v.count(ev)
		if v.names == nil || v.names.lease == "" {
			setRouter(&v.names, deviceName)
		}
		s.devices.touch(v)
	}
	if p.host == nil {
		return p
	}
	e, ok := s.hosts.met(p.host), true
	if e == nil {
		e, ok = s.lookup(refOf(p.host))
	}
	if !ok {
		return p
	}
	if e == nil {
		if e = s.newHost(ev, p.host); e == nil {
			return p
		}
		ev.New = true
	}
	e.last = t
	e.count(ev)
	e.countPort(ev.Dir, ev.Proto, ev.Dst.Port)
	if p.device != nil && e.countDevice(v.id) {
		v.hosts++
	}
	if e.Addr.IsValid() || e.names == nil { // of a name, keep the first spelling
		setRouter(&e.names, hostName)
		setAsked(&e.names, asked)
	}
	s.touch(e)
	if ev.New {
		s.o.Alerts.Met(&NewHost{*ev, e})
	}
	return p
}

// moved takes what an event tells about its router's public address.
func (s *Store) moved(ev *capture.Event, a netip.Addr) {
	if s.public(ev, a) {
		s.changed, s.urgent = true, true
		s.o.Alerts.Moved()
	}
}

func refOf(p *capture.Endpoint) Ref {
	if p.Addr.IsValid() {
		return ByAddr(p.Addr)
	}
	return Ref{Name: key(p.Name)}
}

// touch marks a host as one to be written.
func (s *Store) touch(e *entry) {
	e.used = true
	if !e.dirty {
		e.dirty = true
		s.hosts.dirty = append(s.hosts.dirty, e)
	}
}

// newEntry makes a host of its first attempt.
func newEntry(ev *capture.Event, host *capture.Endpoint) *entry {
	ref := refOf(host)
	b := &beginning{dir: ev.Dir, proto: ev.Proto, router: ev.Router.String()}
	device := &ev.Dst
	if host == &ev.Dst {
		device = &ev.Src
	}
	b.hostPort, b.devicePort = host.Port, device.Port
	b.swapped = (host == &ev.Dst) != (ev.Dir == capture.Out)
	if device.Addr.IsValid() {
		b.device = device.Addr.String()
	} else {
		b.device = Tidy(device.Name, maxName)
	}
	if ref.Name != "" {
		ref.Name = strings.Clone(ref.Name) // not a piece of a datagram
	}
	return &entry{Ref: ref, firstSeq: ev.Seq, first: ev.Time.UnixNano(), begin: b}
}

// newHost makes an entry for a host that was never seen; nil: there is no room.
func (s *Store) newHost(ev *capture.Event, host *capture.Endpoint) *entry {
	e := newEntry(ev, host)
	if !s.hosts.add(e) {
		s.stats.Unrecorded++
		return nil
	}
	s.stats.Known++
	s.known.add(e.Ref)
	s.imported.observed(e.Ref, true)
	s.urgent = true
	return e
}

// lookup finds a host in memory or in the file; nil: it was never seen, or is
// forgotten. It is false if nobody can tell, or there is no room for it: to take
// everybody for new because the disk fails would be worse than not to count an
// attempt. The caller holds mu.
func (s *Store) lookup(ref Ref) (e *entry, ok bool) {
	if e := s.hosts.get(ref); e != nil {
		return e, true
	}
	if !s.known.has(ref) {
		return nil, true
	}
	s.stats.Lookups++
	e, err := scanHost(s.findOne.QueryRow(ref.String()).Scan)
	switch {
	case err == sql.ErrNoRows:
		return nil, true
	case err != nil:
		s.stats.Failed++
		return nil, false
	}
	e.Ref, e.begin, e.pending = ref, nil, false // it is written
	if ref.Name != "" {
		e.Name = strings.Clone(ref.Name) // not a piece of a datagram
	}
	if !s.hosts.add(e) {
		s.stats.Unrecorded++
		return nil, false
	}
	return e, true
}
