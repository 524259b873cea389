package book

import (
	"cmp"
	"database/sql"
	"fmt"
	"net/netip"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/sqlite"
)

// name is what somebody is called: by the user, else by the router, else by DNS; "": by
// nobody. HostOrder.sql and the view known say so, too. The caller holds mu.
func (s *Store) name(r Ref, n *names) string {
	if label := s.labels[r]; label != "" || n == nil {
		return label
	}
	return cmp.Or(n.router, n.dns)
}

// NameOf is what an address is called; false: it has no name. A host that was not seen
// for long is looked up in the file.
func (s *Store) NameOf(a netip.Addr) (string, bool) {
	r := ByAddr(a)
	s.mu.Lock()
	defer s.mu.Unlock()
	name := s.deviceName(r.Addr)
	if name == "" && s.own.external(r.Addr) {
		if e, _ := s.lookup(r); e != nil {
			name = s.name(r, e.names)
		}
	}
	return name, name != ""
}

// Label is the user's own name of an address; "": there is none.
func (s *Store) Label(a netip.Addr) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.labels[ByAddr(a)]
}

// EachName calls f with the addresses that have a name, and that, as NameOf gives it.
func (s *Store) EachName(f func(addr netip.Addr, name string) error) error {
	s.mu.Lock()
	own := s.own
	now := make(map[netip.Addr]string, s.hosts.n()+s.devices.n()+len(s.labels)) // "": whatever the file says
	s.hosts.each(func(e *entry) {
		if e.Addr.IsValid() && !e.own {
			now[e.Addr] = s.name(e.Ref, e.names)
		}
	})
	for a := range s.devices.byAddr {
		if name := s.deviceName(a); name != "" {
			now[a] = name
		}
	}
	for r, label := range s.labels {
		if r.Addr.IsValid() {
			now[r.Addr] = label
		}
	}
	s.mu.Unlock()
	for a, name := range now {
		if name == "" {
			continue
		}
		if err := f(a, name); err != nil {
			return err
		}
	}
	var host, name sql.RawBytes
	return sqlite.Classify(each(s.reader, func(rows *sql.Rows) error {
		if err := rows.Scan(&host, &name); err != nil {
			return err
		}
		a := ParseAddr(string(host))
		if _, ok := now[a]; ok || !own.external(a) {
			return nil
		}
		return f(a, string(name))
	}, "SELECT host, coalesce(nullif(router_name, ''), dns_name) FROM hosts WHERE router_name != '' OR dns_name != ''"))
}

// deviceName is what an address is called if it has a label or is that of a device. The
// caller holds mu.
func (s *Store) deviceName(a netip.Addr) string {
	r := ByAddr(a)
	if v := s.devices.byAddr[r.Addr]; v != nil {
		return s.name(r, v.names)
	}
	return s.labels[r]
}

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
			return fmt.Errorf("remove the name of %s: %w", text, err)
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
		return Refusal{phrase.Say("there are already {{.Count}} names", "Count", maxLabels)}
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
