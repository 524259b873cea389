package book

import (
	"cmp"
	"database/sql"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"linklog/capture"
)

// imported is what old logs say of hosts and devices. It is shown together with what was
// observed, and counted apart, in memory alone: an import can be undone, and what it says
// of a host does not make that known to those who are told of new ones.
type imported struct {
	hosts   map[Ref]*entry // the devices in them are those below
	devices map[Ref]*importedDevice
	only    int // hosts that were not observed; below 0: not counted yet
}

// countOnly adds what only old logs know to the numbers of hosts and devices. The caller
// holds Store.mu.
func (s *Store) countOnly(st *Stats) {
	im := s.imported
	if im == nil {
		return
	}
	if im.only < 0 {
		im.only = 0
		for r := range im.hosts {
			if !s.known.has(r) {
				im.only++
			}
		}
	}
	st.Known += im.only
	for r := range im.devices {
		if s.deviceOf(r) == nil {
			st.Devices++
		}
	}
}

// observed notes that a host is new among those that were observed, or no longer one of
// them. The caller holds Store.mu.
func (im *imported) observed(r Ref, is bool) {
	if im == nil || im.only < 0 || im.hosts[r] == nil {
		return
	}
	if is {
		im.only--
	} else {
		im.only++
	}
}

type importedDevice struct {
	id int64 // below 0
	attempts
	first, last int64
	hosts       uint64
}

// SetImported replaces what old logs say by the events that each calls its function
// with.
func (s *Store) SetImported(each func(func(*capture.Event) error) error) error {
	im := &imported{hosts: make(map[Ref]*entry), devices: make(map[Ref]*importedDevice), only: -1}
	s.mu.Lock()
	limits := s.o.Limits
	s.mu.Unlock()
	err := each(func(ev *capture.Event) error {
		if ev.Kind == capture.Traffic {
			s.mu.Lock()
			p, device := s.parties(ev), Ref{}
			if p.device != nil {
				device = s.holder(p.device.Addr, ev.Time.UnixNano())
			}
			s.mu.Unlock()
			im.count(ev, p, device, &limits)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.imported = im
	return nil
}

// holder is who had an address at a time: a device by its hardware address if that is known,
// else who is known by the address. The caller holds mu.
func (s *home) holder(a netip.Addr, at int64) Ref {
	r := ByAddr(a)
	if of := s.holdings.of[r.Addr]; of != nil {
		if x := of.at(at); x.mac != (capture.MAC{}) {
			return byMAC(x.mac)
		}
	}
	return r
}

// deviceOf is the device that holder meant, nil: there is none. What an address did while it
// was nobody's is not what the device did that has it now. The caller holds mu.
func (s *home) deviceOf(r Ref) *device {
	if !r.Addr.IsValid() {
		mac, _ := capture.ParseMAC(r.Name)
		return s.devices.byMAC[mac]
	}
	v := s.devices.byAddr[r.Addr]
	if of := s.holdings.of[r.Addr]; v != nil && v.mac != (capture.MAC{}) && (of == nil || !of.before || of.list[0].mac != v.mac) {
		return nil
	}
	return v
}

func (im *imported) count(ev *capture.Event, p parties, device Ref, limits *Limits) {
	t := ev.Time.UnixNano()
	var d *importedDevice
	if p.device != nil {
		if d = im.devices[device]; d == nil && len(im.devices) < limits.Devices {
			d = &importedDevice{id: -1 - int64(len(im.devices)), first: t, last: t}
			im.devices[device] = d
		}
		if d != nil {
			d.first, d.last = min(d.first, t), max(d.last, t)
			d.count(ev)
		}
	}
	if p.host == nil {
		return
	}
	e := im.hosts[refOf(p.host)]
	if e == nil {
		if len(im.hosts) >= limits.Hosts {
			return
		}
		e = newEntry(ev, p.host)
		e.firstSeq, e.last = 0, t // it has no place among what was received
		im.hosts[e.Ref] = e
	}
	e.first, e.last = min(e.first, t), max(e.last, t)
	e.count(ev)
	e.countPort(ev.Dir, ev.Proto, ev.Dst.Port)
	if d != nil && e.countDevice(d.id) {
		d.hosts++
	}
	setRouter(&e.names, p.host.Name)
}

// plus adds numbers of attempts.
func (a *attempts) plus(b *attempts) {
	a.in, a.out, a.allowed, a.blocked = a.in+b.in, a.out+b.out, a.allowed+b.allowed, a.blocked+b.blocked
}

// show lets a view have the devices of old logs. The caller holds Store.mu.
func (im *imported) show(s *Store, v *view) {
	v.alias = make(map[int64]int64, len(im.devices))
	for r, d := range im.devices {
		id := d.id
		if known := s.deviceOf(r); known != nil {
			id = known.id
		} else {
			v.byID[id] = HostDevice{Addr: r.Addr, Name: s.name(r, nil)}
			if _, taken := v.devices[r.Addr]; r.Addr.IsValid() && !taken {
				v.devices[r.Addr] = id
			}
		}
		v.alias[d.id] = id
	}
}

// old is what old logs say of a host; nil: nothing.
func (v *view) old(r Ref) *entry {
	if v.imported == nil {
		return nil
	}
	return v.imported.hosts[r]
}

// with is a host, which may be nil, with what old logs say of it. e is changed.
func (v *view) with(r Ref, e *entry) *entry {
	old := v.old(r)
	if old == nil {
		return e
	}
	devices := slices.Clone(old.devices)
	for i := range devices {
		devices[i].id = v.alias[devices[i].id]
	}
	if e == nil {
		one := *old
		one.devices = devices
		return &one
	}
	e.first, e.last = min(e.first, old.first), max(e.last, old.last)
	e.attempts.plus(&old.attempts)
	e.other += old.other
	for _, p := range old.ports {
		if i := slices.IndexFunc(e.ports, func(q portCount) bool { return q.port == p.port && q.proto == p.proto && q.dir == p.dir }); i >= 0 {
			e.ports[i].count += p.count
		} else {
			e.ports = append(e.ports, p)
		}
	}
	for _, d := range devices {
		if i := slices.IndexFunc(e.devices, func(c deviceCount) bool { return c.id == d.id }); i >= 0 {
			e.devices[i].count += d.count
		} else {
			e.devices = append(e.devices, d)
		}
	}
	return e
}

// eachMerged is eachByKey for hosts of both, or for some that are named: their order is known
// only when they are added up.
func (s *Store) eachMerged(f func(string, *entry) error, q *HostQuery, v *view) error {
	type place struct {
		ref         Ref
		first, last int64
		count       uint64
		name        string
	}
	var all []place
	found := make(map[Ref]bool)
	add := func(r Ref, name string, first, last int64, count uint64) {
		if old := v.old(r); old != nil {
			found[r] = true
			first, last, count = min(first, old.first), max(last, old.last), count+old.in+old.out
		}
		if q.Among != nil {
			count = q.Among[r].Sum()
		}
		all = append(all, place{r, first, last, count, strings.ToLower(name)})
	}
	row := func(scan func(...any) error) error {
		var host, name string
		var first, last, count int64
		err := scan(&host, &name, &first, &last, &count)
		if err == nil {
			add(ParseRef(host), name, first, last, uint64(count))
		}
		return err
	}
	const query = "SELECT host, coalesce((SELECT label FROM labels WHERE labels.host = hosts.host), " + nameColumns + "), first, last, ins + outs FROM hosts"
	oldOnly := func(r Ref, e *entry) {
		if e != nil && !found[r] {
			count := e.in + e.out
			if q.Among != nil {
				count = q.Among[r].Sum()
			}
			all = append(all, place{r, e.first, e.last, count, strings.ToLower(s.name(r, e.names))})
		}
	}
	if q.Among == nil {
		if err := each(s.reader, func(rows *sql.Rows) error { return row(rows.Scan) }, query); err != nil {
			return err
		}
		s.mu.Lock()
		for r, e := range v.imported.hosts {
			oldOnly(r, e)
		}
		s.mu.Unlock()
	} else {
		find, err := s.reader.Prepare(query + " WHERE host = ?")
		if err != nil {
			return err
		}
		defer find.Close()
		for r := range q.Among {
			if err := row(find.QueryRow(r.String()).Scan); err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			s.mu.Lock()
			oldOnly(r, v.old(r))
			s.mu.Unlock()
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		order := 0
		switch q.Order {
		case ByFirstSeen:
			order = cmp.Compare(b.first, a.first)
		case ByCount:
			order = cmp.Compare(b.count, a.count)
		case ByHostName:
			if (a.name == "") != (b.name == "") { // those without a name come last in any case
				return cmp.Compare(b.name, a.name)
			}
			order = cmp.Compare(a.name, b.name)
		case ByAddress:
			order = cmp.Or(a.ref.Addr.Compare(b.ref.Addr), cmp.Compare(a.ref.Name, b.ref.Name))
		default:
			order = cmp.Compare(b.last, a.last)
		}
		if q.Reverse {
			order = -order
		}
		return cmp.Or(order, strings.Compare(a.ref.String(), b.ref.String()))
	})
	return s.readHosts(len(all), func(i int) string { return all[i].ref.String() }, func(i int, e *entry) error {
		if e = v.with(all[i].ref, e); e != nil && (!q.New || e.firstSeq > v.mark) {
			return f(all[i].ref.String(), e)
		}
		return nil
	})
}

// importedDevices adds what old logs say to a list of devices, of which places has the
// indexes by their ids. The caller holds mu.
func (s *Store) importedDevices(list []Device, places map[int64]int) []Device {
	if s.imported == nil {
		return list
	}
	for r, old := range s.imported.devices {
		i := len(list)
		if known := s.deviceOf(r); known != nil {
			i = places[known.id]
		} else {
			mac, _ := capture.ParseMAC(r.Name)
			list = append(list, Device{Addr: r.Addr, MAC: mac, Name: s.labels[r], Label: s.labels[r], Note: s.notes[r], FirstSeen: nanos(old.first), LastSeen: nanos(old.last)})
		}
		d := &list[i]
		if t := nanos(old.first); t.Before(d.FirstSeen) {
			d.FirstSeen = t
		}
		if t := nanos(old.last); t.After(d.LastSeen) {
			d.LastSeen = t
		}
		d.In, d.Out, d.Allowed, d.Blocked = d.In+old.in, d.Out+old.out, d.Allowed+old.allowed, d.Blocked+old.blocked
		d.Hosts = max(d.Hosts, old.hosts)
	}
	return list
}
