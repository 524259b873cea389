package book

import (
	"fmt"
	"net/netip"

	"linklog/capture"
	"linklog/phrase"
)

// SetLabel gives a host or a device a name of the user's own, which wins over all
// others and stays also when the host is forgotten; "" takes it away.
func (s *Store) SetLabel(r Ref, label string) error {
	label = capture.Clean(label)
	text := r.String()
	switch {
	case r.IsZero():
		return fmt.Errorf("name a host: there is no address")
	case len(label) > maxLabel:
		return Refusal{phrase.Say("a name may have {{.Limit}} bytes, this one has {{.Bytes}}", "Limit", maxLabel, "Bytes", len(label))}
	}
	if label == "" {
		if err := s.exec("DELETE FROM labels WHERE host = ?", text); err != nil {
			return fmt.Errorf("take the name of %s away: %w", text, err)
		}
		s.mu.Lock()
		delete(s.labels, r)
		s.mu.Unlock()
		return nil
	}
	s.mu.Lock()
	_, had := s.labels[r]
	full := !had && len(s.labels) >= maxLabels
	s.mu.Unlock()
	if full {
		return Refusal{phrase.Say("there are {{.Count}} names already", "Count", maxLabels)}
	}
	err := s.exec("INSERT INTO labels (host, label, since) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET label = excluded.label, since = excluded.since",
		text, label, s.o.Now().UnixNano())
	if err != nil {
		return fmt.Errorf("name %s: %w", text, err)
	}
	s.mu.Lock()
	s.labels[r] = label
	s.mu.Unlock()
	return nil
}

// NameOf gives the best name of an address that is known: the user's own, else the
// router's, else that of DNS. A host that was not seen for long is looked up in the
// file.
func (s *Store) NameOf(a netip.Addr) (string, bool) {
	r := ByAddr(a)
	s.mu.Lock()
	defer s.mu.Unlock()
	name := s.labels[r]
	if name == "" {
		if name = s.devices.byAddr[r.Addr].name(); name == "" && s.own.external(r.Addr) {
			if e, _ := s.lookup(r); e != nil {
				name = e.names.best()
			}
		}
	}
	return name, name != ""
}

// SetDNSName takes what DNS says about an address: a name, as package names gives
// it, or "" when there is none. An alert that waits for it is made. Addresses that
// are neither host nor device are not remembered.
func (s *Store) SetDNSName(a netip.Addr, name string) {
	r := ByAddr(a)
	name = Tidy(name, maxName)
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != "" {
		now := s.o.Now()
		if v := s.devices.byAddr[r.Addr]; v != nil {
			setDNS(&v.names, name, now)
			s.devices.touch(v)
			s.changed = true
		} else if s.own.external(r.Addr) && !s.hosts.crowded() {
			if e, _ := s.lookup(r); e != nil {
				setDNS(&e.names, name, now)
				s.touch(e)
				s.changed = true
			}
		}
	}
	s.o.Alerts.Answered(r)
}

// nameOf gives the best name of a host. The caller holds mu.
func (s *Store) nameOf(e *entry) string {
	if l := s.labels[e.Ref]; l != "" {
		return l
	}
	if n := e.names.best(); n != "" {
		return n
	}
	return e.Name
}

// deviceName gives the best name of a device, "" for none. The caller holds mu.
func (s *Store) deviceName(a netip.Addr) string {
	if l := s.labels[ByAddr(a)]; l != "" {
		return l
	}
	return s.devices.byAddr[ByAddr(a).Addr].name()
}

// name is the best name that is not the user's.
func (v *device) name() string {
	if v == nil {
		return ""
	}
	return v.names.best()
}

// Labels gives the user's own names of addresses.
func (s *Store) Labels() map[netip.Addr]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	labels := make(map[netip.Addr]string, len(s.labels))
	for ref, label := range s.labels {
		if ref.Addr.IsValid() {
			labels[ref.Addr] = label
		}
	}
	return labels
}
