package book

import (
	"cmp"
	"database/sql"
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
	"linklog/service/sqlite"
)

// Holder is who had an address at a time: a device by its hardware address if that is known,
// else who is known by the address.
func (s *Store) Holder(a netip.Addr, at time.Time) Ref {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holder(a, at.UnixNano())
}

// EachKnown calls f with hosts and devices, and whoever else the user named or wrote a note about,
// each with an attempt that stands for it: of a host its first, as far as it is known.
func (s *Store) EachKnown(f func(r Ref, ev *capture.Event) error) error {
	s.flushForReader()
	err := each(s.reader, func(rows *sql.Rows) error {
		var host string
		e, err := scanHost(rows.Scan, &host)
		if err != nil {
			return err
		}
		e.Ref = ParseRef(host)
		ev := e.firstEvent()
		return f(e.Ref, &ev)
	}, "SELECT host, "+hostColumns+" FROM hosts")
	if err != nil {
		return sqlite.Classify(err)
	}
	type one struct {
		ref Ref
		ev  capture.Event
	}
	now := s.o.Now()
	var all []one
	s.mu.Lock()
	met := make(map[Ref]bool)
	add := func(r Ref, end capture.Endpoint, at time.Time) {
		if !met[r] {
			met[r] = true
			all = append(all, one{r, capture.Event{Kind: capture.Traffic, Dir: capture.Out, Time: at, Src: end}})
		}
	}
	for _, v := range s.devices.byID {
		add(v.ref, capture.Endpoint{Addr: v.addr, MAC: v.mac}, nanos(v.last))
	}
	if s.imported != nil {
		for r, e := range s.imported.hosts {
			if !s.known.has(r) {
				add(r, capture.Endpoint{Addr: r.Addr, Name: r.Name}, nanos(e.last))
			}
		}
	}
	for _, texts := range [...]map[Ref]string{s.labels, s.notes} {
		for r := range texts {
			if s.known.has(r) {
				continue
			}
			mac, _ := capture.ParseMAC(r.Name)
			add(r, capture.Endpoint{Addr: r.Addr, MAC: mac}, now)
		}
	}
	s.mu.Unlock()
	for i := range all {
		if err := f(all[i].ref, &all[i].ev); err != nil {
			return err
		}
	}
	return nil
}

// Removal is what is to be forgotten: what is known of those of whom nothing is left.
type Removal struct {
	Of    []Ref                  // who events were about that are removed
	Left  func(Ref) bool         // others are about the same
	Named func(Ref, string) bool // and came with this name
	Seq   func(uint64) bool      // one with this Seq is removed

	// Aged: they are forgotten for their age, and not because the user does not want them known.
	Aged bool

	// What the Store finds out.
	hosts, devices int
	of             map[Ref]bool
	macs           map[capture.MAC]bool // of devices that are forgotten
	addrs          map[netip.Addr]bool  // of which nobody is left
	names          map[Ref]string       // that hosts that stay are called
}

// Gone reports whether an address is one that is forgotten, or goes by a name that is; without
// an address, whether the name is.
func (r *Removal) Gone(a netip.Addr, name string) bool {
	if !a.IsValid() {
		ref := ByName(name)
		return name != "" && r.of[ref] && !r.Left(ref)
	}
	ref := ByAddr(a)
	if r.addrs[ref.Addr] {
		return true
	}
	return name != "" && r.of[ref] && !r.Named(ref, name) && r.names[ref] != name
}

// GoneMAC reports whether a device is forgotten.
func (r *Removal) GoneMAC(mac capture.MAC) bool { return r.macs[mac] }

// Forgotten is how many are forgotten.
type Forgotten struct{ Hosts, Devices int }

// Forget removes hosts and devices of which nothing is left, with the user's names and notes of
// them, with who had their addresses when, and the alerts about them. Afterwards the file has no
// trace of them, also in the room that is free. It can be done again if it failed, or was not
// ended. With dry it only counts.
func (s *Store) Forget(r *Removal, dry bool) (Forgotten, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.shut {
		return Forgotten{}, ErrClosed
	}
	s.mu.Lock()
	devices := s.forgets(r)
	n := Forgotten{r.hosts, r.devices}
	if dry {
		s.mu.Unlock()
		return n, nil
	}
	s.forgetDevices(r, devices)
	s.forgetHosts(r)
	alerts := s.o.Alerts.Forget(r)
	b, err := s.take()
	s.mu.Unlock()
	if err == nil {
		err = s.write(b, func(w *writer) {
			w.forget(r)
			if w.err == nil {
				w.err = alerts(w.tx)
			}
		})
	}
	s.mu.Lock()
	s.finish(b, err == nil)
	s.mu.Unlock()
	if err == nil {
		err = s.scrub()
	}
	return n, sqlite.Classify(err)
}

// forgets finds out who is forgotten. The caller holds mu.
func (s *Store) forgets(r *Removal) (devices []*device) {
	r.hosts, r.devices = 0, 0
	r.of, r.macs = make(map[Ref]bool, len(r.Of)), make(map[capture.MAC]bool)
	r.addrs, r.names = make(map[netip.Addr]bool), make(map[Ref]string)
	for _, ref := range r.Of {
		if r.of[ref] {
			continue
		}
		r.of[ref] = true
		if r.Left(ref) {
			continue
		}
		if mac, is := capture.ParseMAC(ref.Name); is {
			r.macs[mac] = true
		}
		switch v := s.deviceOf(ref); {
		case v != nil && v.ref == ref:
			devices = append(devices, v)
		case s.imported != nil && s.imported.devices[ref] != nil:
			r.devices++
		case s.known.has(ref), s.imported != nil && s.imported.hosts[ref] != nil:
			r.hosts++
		}
		if ref.Addr.IsValid() {
			r.addrs[ref.Addr] = true
		}
	}
	r.devices += len(devices)
	for _, v := range devices {
		for _, a := range append(v.others, v.addr) {
			r.addrs[a] = true
		}
	}
	for a, of := range s.holdings.of {
		if slices.ContainsFunc(of.list, func(x holding) bool { return r.macs[x.mac] }) {
			r.addrs[a] = true
		}
	}
	// An address can be that of somebody who stays, now or at another time.
	for a := range r.addrs {
		of, v := s.holdings.of[a], s.devices.byAddr[a]
		others := of != nil && slices.ContainsFunc(of.list, func(x holding) bool { return x.mac != (capture.MAC{}) && !r.macs[x.mac] })
		if !a.IsValid() || others || r.Left(ByAddr(a)) || v != nil && !slices.Contains(devices, v) {
			delete(r.addrs, a)
		}
	}
	return devices
}

// forgetDevices removes devices from memory. The caller holds mu.
func (s *Store) forgetDevices(r *Removal, devices []*device) {
	for _, v := range devices {
		s.devices.remove(v)
	}
	for a, who := range s.devices.waiting {
		if r.addrs[a] || r.macs[who.mac] {
			delete(s.devices.waiting, a)
		}
	}
	for mac := range r.macs {
		delete(s.devices.relays, mac)
	}
	s.holdings.forget(r.macs)
	if len(devices)+len(r.macs) > 0 {
		s.answers.anyone = answered{} // of these nobody knows who asked
	}
}

// forgetHosts removes hosts from memory, and what is known of both hosts and devices; those who
// stay it lets forget names that only came with what is removed. The caller holds mu.
func (s *Store) forgetHosts(r *Removal) {
	s.fileNames = nil
	drop := func(ref Ref) {
		delete(s.labels, ref)
		delete(s.notes, ref)
		delete(s.answers.of, ref)
		if e := s.hosts.get(ref); e != nil {
			e.dirty, e.pending = false, false
			s.hosts.remove(ref)
		}
		if s.known.has(ref) {
			s.known.remove(ref)
			s.imported.observed(ref, false)
			s.stats.Known--
		}
	}
	for ref := range r.of {
		if !r.Left(ref) {
			drop(ref)
			continue
		}
		r.names[ref] = s.labels[ref]
		if v := s.devices.byAddr[ref.Addr]; v != nil && v.ref == ref {
			r.names[ref] = s.name(ref, v.names)
		}
		e := s.hosts.get(ref)
		if e == nil || e.names == nil {
			continue
		}
		before := *e.names
		if forgetNames(e.names, func(name string) bool { return r.Named(ref, name) }); *e.names != before {
			s.touch(e)
		}
		r.names[ref] = s.name(ref, e.names)
	}
	for a := range r.addrs {
		drop(ByAddr(a))
	}
	s.hosts.dirty = slices.DeleteFunc(s.hosts.dirty, func(e *entry) bool { return !e.dirty })
}

// forgetNames removes names that came with events, unless others came with them.
func forgetNames(n *names, stays func(string) bool) {
	if !stays(n.router) {
		n.router = ""
	}
	if !stays(n.asked) {
		n.asked = ""
	}
}

// forget takes devices out of the time in which they had addresses: nobody is known to have
// had them then.
func (h *holdings) forget(macs map[capture.MAC]bool) {
	for a, of := range h.of {
		changed := false
		for i := range of.list {
			if macs[of.list[i].mac] {
				of.list[i].mac, changed = capture.MAC{}, true
			}
		}
		if !changed {
			continue
		}
		of.before = of.before && of.list[0].mac != (capture.MAC{})
		if of.merge(); len(of.list) == 0 {
			delete(h.of, a)
		}
		h.touch(a)
	}
}

// forget is what is not in a batch.
func (w *writer) forget(r *Removal) {
	gone := func(text string) {
		for _, query := range [...]string{"DELETE FROM hosts WHERE host = ?", "DELETE FROM labels WHERE host = ?", "DELETE FROM notes WHERE host = ?"} {
			w.exec(query, text)
		}
	}
	for ref := range r.of {
		if !r.Left(ref) {
			gone(ref.String())
		} else {
			w.forgetNames(r, ref)
		}
	}
	for a := range r.addrs {
		gone(AddrText(a))
		w.exec("UPDATE hosts SET device = '' WHERE device = ?", AddrText(a)) // of the first attempt
	}
}

// forgetNames is that of a host that stays.
func (w *writer) forgetNames(r *Removal, ref Ref) {
	if w.err != nil {
		return
	}
	var n names
	err := w.tx.QueryRow("SELECT router_name, asked_name, dns_name FROM hosts WHERE host = ?", ref.String()).Scan(&n.router, &n.asked, &n.dns)
	if err != nil {
		if err != sql.ErrNoRows {
			w.err = err
		}
		return
	}
	forgetNames(&n, func(name string) bool { return r.Named(ref, name) })
	w.exec("UPDATE hosts SET router_name = ?, asked_name = ? WHERE host = ?", n.router, n.asked, ref.String())
	if r.names[ref] == "" {
		r.names[ref] = cmp.Or(n.router, n.dns, n.asked)
	}
}

// scrub lets nothing that was removed stay in the file, nor in its log. The caller holds writing.
func (s *Store) scrub() error {
	// What is written anew has nothing in it that was removed or changed, now or earlier.
	if _, err := s.writer.Exec("VACUUM"); err != nil {
		return err
	}
	// Whoever reads just now keeps the log from being emptied.
	for deadline := time.Now().Add(scrubWithin); ; time.Sleep(20 * time.Millisecond) {
		busy, pages, moved := 0, 0, 0
		err := s.writer.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
		if err != nil || busy == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return sqlite.ErrOpen
		}
	}
}

const scrubWithin = 30 * time.Second
