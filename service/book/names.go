package book

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// name is what somebody is called: by the user, else as names.best says; "": by nobody. The caller holds mu.
func (s *Store) name(r Ref, n *names) string {
	if label := s.labels[r]; label != "" || n == nil {
		return label
	}
	return n.best()
}

// NameOf is what an address is called now; false: it has no name. A host that was not seen
// for long is looked up in the file.
func (s *Store) NameOf(a netip.Addr) (string, bool) {
	name, _ := s.Called(a)
	return name, name != ""
}

// Called is NameOf, and tells whether the name wins; see Call.
func (s *Store) Called(a netip.Addr) (name string, wins bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calledNow(ByAddr(a))
}

// calledNow is Called for who holds mu.
func (s *Store) calledNow(r Ref) (name string, wins bool) {
	if v := s.devices.byAddr[r.Addr]; v != nil {
		return s.called(v.ref, v.names)
	}
	var n *names
	if s.labels[r] == "" && s.own.external(r.Addr) {
		if e, _ := s.lookup(r); e != nil {
			n = e.names
		}
	}
	return s.called(r, n)
}

// called is name, and whether it wins; see Call.
func (s *Store) called(r Ref, n *names) (name string, wins bool) {
	name = s.name(r, n)
	return name, name != "" && (s.labels[r] != "" || n.wins())
}

// Address is one that somebody has or had.
type Address struct {
	Addr netip.Addr
	MAC  capture.MAC // of the device that has it while it has; zero: there is none that is known by one

	// Unknown: it stands also for the time before it was known whose address it is.
	Unknown bool
}

// Addresses are those of who is meant: the address itself, and all that the device has, and
// had, that has it.
func (s *Store) Addresses(r Ref) []Address {
	s.mu.Lock()
	defer s.mu.Unlock()
	mac, _ := capture.ParseMAC(r.Name)
	v := s.devices.byMAC[mac]
	if r.Addr.IsValid() {
		v = s.devices.byAddr[r.Addr]
	}
	var all []Address
	switch {
	case v == nil && r.Addr.IsValid():
		all = append(all, Address{Addr: r.Addr})
	case v != nil && v.mac == (capture.MAC{}):
		all = append(all, Address{Addr: v.addr})
	case v != nil:
		for a, of := range s.holdings.of {
			if slices.ContainsFunc(of.list, func(x holding) bool { return x.mac == v.mac }) {
				all = append(all, Address{a, v.mac, of.before && of.list[0].mac == v.mac})
			}
		}
		slices.SortFunc(all, func(a, b Address) int { return a.Addr.Compare(b.Addr) })
	}
	return all
}

// EachName calls f with the addresses that have a name, and that, as Called gives it.
func (s *Store) EachName(f func(addr netip.Addr, name string, wins bool) error) error {
	file, err := s.readFileNames()
	if err != nil {
		return err
	}
	s.mu.Lock()
	own := s.own
	now := make(map[netip.Addr]called, len(file.later)+s.hosts.n()+s.devices.n()+len(s.labels))
	for a, c := range file.later {
		if own.external(a) {
			now[a] = c
		}
	}
	s.hosts.each(func(e *entry) {
		if e.Addr.IsValid() && !e.own {
			name, wins := s.called(e.Ref, e.names)
			now[e.Addr] = called{name, wins}
		}
	})
	for r, label := range s.labels {
		if r.Addr.IsValid() {
			now[r.Addr] = called{label, true}
		}
	}
	for a, v := range s.devices.byAddr {
		name, wins := s.called(v.ref, v.names)
		now[a] = called{name, wins}
	}
	s.mu.Unlock()
	for a, c := range now {
		if c.name == "" {
			continue
		}
		if err := f(a, c.name, c.wins); err != nil {
			return err
		}
	}
	return file.each(func(a netip.Addr, name string, wins bool) error {
		if _, ok := now[a]; ok || !own.external(a) {
			return nil
		}
		return f(a, name, wins)
	})
}

// deviceName is what an address is called if it has a label or is that of a device. The
// caller holds mu.
func (s *Store) deviceName(a netip.Addr) string {
	r := ByAddr(a)
	if v := s.devices.byAddr[r.Addr]; v != nil {
		return s.name(v.ref, v.names)
	}
	return s.labels[r]
}

// labelRef is by which the user's name of an address is kept. The caller holds mu.
func (s *Store) labelRef(r Ref) Ref {
	if v := s.devices.byAddr[r.Addr]; v != nil {
		return v.ref
	}
	return r
}

// RefOf is by which who is meant is known: the device that has an address, by its hardware
// address if it has one.
func (s *Store) RefOf(r Ref) Ref {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.labelRef(r)
}

// joiners are the characters without width that hold emoji and letters together. In what the user writes they
// are no attack; without them a family is three people beside each other.
var joiners = strings.NewReplacer("\u200d", "", "\u200c", "")

// tidyWritten cleans a line that the user wrote.
func tidyWritten(line string) string { return capture.Clean(joiners.Replace(line)) }

// SetLabel gives a host or a device a name of the user's own, which wins over all
// others and stays also when the host is forgotten; "" takes it away.
func (s *Store) SetLabel(r Ref, label string) error {
	label = tidyWritten(label)
	s.mu.Lock()
	r = s.labelRef(r)
	_, had := s.labels[r]
	full := !had && len(s.labels) >= maxLabels
	s.mu.Unlock()
	what := "name"
	switch {
	case r.IsZero():
		return fmt.Errorf("name a host: there is no address")
	case len(label) > maxLabel:
		return Refusal{phrase.Say("a name may have {{.Limit}} bytes, this one has {{.Bytes}}", "Limit", maxLabel, "Bytes", len(label))}
	case label == "":
		what = "remove the name of"
	case full:
		return Refusal{phrase.Say("there are already {{.Count}} names", "Count", maxLabels)}
	}
	if err := s.writeText("labels", "label", s.labels, r, label); err != nil {
		return fmt.Errorf("%s %s: %w", what, r, err)
	}
	return nil
}

// writeText keeps what the user writes about a host or a device, in a table and in a map; ""
// takes it away.
func (s *Store) writeText(table, column string, texts map[Ref]string, r Ref, text string) error {
	query, args := "DELETE FROM "+table+" WHERE host = ?", []any{r.String()}
	if text != "" {
		query = "INSERT INTO " + table + " (host, " + column + ", since) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET " + column + " = excluded." + column + ", since = excluded.since"
		args = append(args, text, s.o.Now().UnixNano())
	}
	if err := s.exec(query, args...); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if text == "" {
		delete(texts, r)
	} else {
		texts[r] = text
	}
	return nil
}

// SetDNSName takes what DNS says about an address: a name, as package names gives
// it, or "" when there is none. An alert that waits for it is made. Addresses that
// are neither host nor device are not remembered; known reports whether it is one, as far as that
// can be told.
func (s *Store) SetDNSName(a netip.Addr, name string) (known bool) {
	r := ByAddr(a)
	name = Tidy(name, maxName)
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != "" {
		now := s.o.Now()
		if v := s.devices.byAddr[r.Addr]; v != nil {
			setDNS(&v.names, name, now)
			s.devices.touch(v)
			s.changed, known = true, true
		} else if s.own.external(r.Addr) && s.hosts.crowded() {
			known = true
		} else if s.own.external(r.Addr) {
			e, told := s.lookup(r)
			if known = e != nil || !told; e != nil {
				setDNS(&e.names, name, now)
				s.touch(e)
				s.changed = true
			}
		}
	}
	s.o.Alerts.Answered(r)
	return known
}
