package book

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"linklog/capture"
	"linklog/service/sqlite"
)

// Host is an external host.
type Host struct {
	// Ref is what it is known by. Its Addr is invalid where the router only ever told
	// a name.
	Ref

	// Name is the best name there is, "" if there is none: Label, the user's, else
	// RouterName, which the router told last, else DNSName, last found by DNS between
	// DNSFirst and DNSLast, else AskedName, for which a device asked DNS last.
	Name, Label, RouterName, DNSName, AskedName string
	DNSFirst, DNSLast                           time.Time

	FirstSeen, LastSeen time.Time // UTC
	FirstSeq            uint64    // of its first event

	In, Out          uint64 // attempts
	Allowed, Blocked uint64 // of these, as far as the router says so

	// Ports are the destination ports of its attempts, those with most first, at most
	// eight. OtherPorts counts attempts at others.
	Ports      []HostPort
	OtherPorts uint64

	// Devices are the own machines it talked to, the one with most attempts first.
	Devices []HostDevice

	// Ignored: as the ignore list is now, it would not be told about.
	Ignored bool

	// New: it began after the last MarkSeen.
	New bool

	Note    string // the user's, in lines
	Matches uint64 // events that were asked for; see HostQuery.Among
}

// Counts are attempts by direction; Allowed and Blocked are those of which the router said so.
type Counts struct{ In, Out, Allowed, Blocked uint64 }

// Sum is how many there are.
func (c Counts) Sum() uint64 { return c.In + c.Out }

// Plus is c with others.
func (c Counts) Plus(o Counts) Counts {
	return Counts{c.In + o.In, c.Out + o.Out, c.Allowed + o.Allowed, c.Blocked + o.Blocked}
}

// HostPort counts attempts at a destination port: of the host if they went out, of
// the devices if they came in.
type HostPort struct {
	Dir     capture.Direction
	Proto   capture.Protocol
	Port    uint16
	Service string // its name, "" for none
	Count   uint64
}

// HostDevice counts the attempts between a host and a device.
type HostDevice struct {
	Addr  netip.Addr
	Name  string
	Count uint64
}

// HostOrder is an order of hosts.
type HostOrder uint8

// The orders. Hosts that are equal in it are ordered by address.
const (
	ByLastSeen  HostOrder = iota // the one seen last comes first
	ByFirstSeen                  // the newest first
	ByCount                      // the one with most attempts first
	ByHostName                   // by alphabet, those without a name last
	ByAddress
)

// HostQuery says which hosts to give. The zero value gives the DefaultLimit ones that
// were seen last.
type HostQuery struct {
	Order   HostOrder
	Reverse bool

	// Skip so many, then give at most Limit; 0: DefaultLimit, negative: all.
	Skip, Limit int

	New     bool             // only those with Host.New
	Ignored *bool            // only those that are or are not; nil: all
	Device  netip.Addr       // only those that talked to it; invalid: all
	Find    string           // only those with this in the address or one of the names; case does not count
	Only    func(*Host) bool // only those of which it is true; nil: all

	// Among, if not nil, are the only ones wanted, with the attempts that were asked for of
	// each: these are what is counted then.
	Among map[Ref]Counts
}

// Hosts gives the hosts of a query, with all that was observed until now.
func (s *Store) Hosts(q HostQuery) (list []Host, err error) {
	err = s.EachHost(q, func(h *Host) error {
		list = append(list, *h)
		return nil
	})
	return list, err
}

// EachHost calls f with the hosts of a query, in their order, until it gives an
// error, which is returned. It has no more than a page of them in memory, and of all
// that are known the keys; f may take its time, since the file is not in use then.
func (s *Store) EachHost(q HostQuery, f func(*Host) error) error {
	var failed error
	err := s.queryHosts(q, func(h *Host) error {
		failed = f(h)
		return failed
	})
	if err != nil && err != failed {
		return fmt.Errorf("read hosts: %w", sqlite.Classify(err))
	}
	return err
}

// Host gives one host; false: it is not known.
func (s *Store) Host(r Ref) (Host, bool, error) {
	s.flushForReader()
	v := s.view()
	e, err := scanHost(s.reader.QueryRow("SELECT "+hostColumns+" FROM hosts WHERE host = ?", r.String()).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		e = nil
	case err != nil:
		return Host{}, false, fmt.Errorf("read host: %w", sqlite.Classify(err))
	}
	if e = v.with(r, e); e == nil {
		return Host{}, false, nil
	}
	e.Ref = r
	return s.show(e, v), true, nil
}

// CountNew counts the hosts that began after the last MarkSeen.
func (s *Store) CountNew() (int, error) {
	s.flushForReader()
	s.mu.Lock()
	mark := s.mark
	s.mu.Unlock()
	var n int
	if err := s.reader.QueryRow("SELECT count(*) FROM hosts WHERE first_seq > ?", int64(mark)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count new hosts: %w", sqlite.Classify(err))
	}
	return n, nil
}

// DefaultLimit is how many rows a query gives if it does not say.
const DefaultLimit = 1000

// MarkSeen tells that the user has seen all hosts that began up to a Seq, as a rule
// the highest FirstSeq he was shown; 0, and whatever is beyond the last event: all
// there are. They are no longer New; those to come will be.
func (s *Store) MarkSeen(upTo uint64) error {
	s.flushForReader() // so that the mark is never ahead of the file: see readState
	s.mu.Lock()
	if upTo == 0 || upTo > s.seq {
		upTo = s.seq
	}
	s.mu.Unlock()
	if err := s.exec("UPDATE state SET mark = max(mark, ?)", int64(upTo)); err != nil {
		return fmt.Errorf("mark hosts as seen: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mark = max(s.mark, upTo)
	return nil
}

// flushForReader brings the file up to date. If that fails, the reader gets what
// the file has; the engine hears of it by Commit.
func (s *Store) flushForReader() { _ = s.flush() }

// errEnough ends a query.
var errEnough = errors.New("enough")

// page is how many hosts are read at once. More are read one by one.
const page = 2 * DefaultLimit

func (s *Store) queryHosts(q HostQuery, f func(*Host) error) error {
	s.flushForReader()
	v := s.view()
	limit := q.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	var list []Host // that wait for the end of the query
	taken, skip, paged := 0, q.Skip, limit > 0 && limit <= page && q.Order != ByAddress
	find := strings.ToLower(q.Find)
	take := func(host string, e *entry) error {
		e.Ref = ParseRef(host)
		if e.Addr.IsValid() && (!v.own.external(e.Addr) || slices.Contains(v.public, e.Addr)) {
			return nil // it was one before the settings changed
		}
		if q.Device.IsValid() && !slices.ContainsFunc(e.devices, func(d deviceCount) bool { return d.id == v.deviceID(q.Device) }) {
			return nil
		}
		found, asked := q.Among[e.Ref]
		if !asked && q.Among != nil {
			return nil
		}
		h := s.show(e, v)
		if asked {
			h.Matches, h.In, h.Out, h.Allowed, h.Blocked = found.Sum(), found.In, found.Out, found.Allowed, found.Blocked
		}
		if q.Ignored != nil && h.Ignored != *q.Ignored || !h.has(find) || q.Only != nil && !q.Only(&h) {
			return nil
		}
		if skip > 0 {
			skip--
			return nil
		}
		if paged {
			list = append(list, h)
		} else if err := f(&h); err != nil {
			return err
		}
		if taken++; taken == limit {
			return errEnough
		}
		return nil
	}
	where, args := q.sql(v.mark)
	var err error
	if v.imported != nil && len(v.imported.hosts) > 0 || q.Among != nil {
		err = s.eachMerged(take, &q, v)
	} else if !paged {
		err = s.eachByKey(take, where, args, &q)
	} else {
		// Only keys are sorted; the rest is read for those that are taken. LIMIT keeps
		// SQLite from making one query of the two, which would have no order.
		err = each(s.reader, func(rows *sql.Rows) error {
			var host string
			e, err := scanHost(rows.Scan, &host)
			if err != nil {
				return err
			}
			return take(host, e)
		}, "SELECT host, "+hostColumns+" FROM (SELECT host AS found FROM hosts"+where+" ORDER BY "+q.Order.sql(q.Reverse)+" LIMIT -1) CROSS JOIN hosts ON host = found", args...)
	}
	if err == errEnough {
		err = nil
	}
	for i := range list {
		if err == nil {
			err = f(&list[i])
		}
	}
	return err
}

// sql gives conditions that leave out most of what the query does not want.
func (q *HostQuery) sql(mark uint64) (where string, args []any) {
	where = " WHERE 1"
	if q.New {
		where += " AND first_seq > ?"
		args = append(args, int64(mark))
	}
	// SQLite knows upper and lower case in ASCII only.
	if q.Find != "" && !strings.ContainsFunc(q.Find, func(c rune) bool { return c > 0x7f }) {
		where += ` AND (instr(host, ?) OR instr(lower(router_name), ?) OR instr(lower(dns_name), ?) OR instr(lower(asked_name), ?)
			OR host IN (SELECT host FROM labels WHERE instr(lower(label), ?)))`
		find := strings.ToLower(q.Find)
		args = append(args, find, find, find, find, find)
	}
	return where, args
}

// sql gives the order as SQL.
func (o HostOrder) sql(reverse bool) string {
	up, down := "ASC", "DESC"
	if reverse {
		up, down = down, up
	}
	switch o {
	case ByFirstSeen:
		return "first_seq " + down + ", host"
	case ByCount:
		return "ins + outs " + down + ", host"
	case ByHostName:
		const name = "coalesce((SELECT label FROM labels WHERE labels.host = hosts.host), " + nameColumns + ")"
		return name + " = '', " + name + " COLLATE NOCASE " + up + ", host"
	}
	return "last " + down + ", host"
}

// eachByKey reads the keys of hosts first and then some at a time, so that
// nobody else waits for as long as f takes. In the order of their addresses the keys
// have to be sorted here, since as texts they have another: names first, IPv4, then
// IPv6.
func (s *Store) eachByKey(f func(string, *entry) error, where string, args []any, q *HostQuery) error {
	type place struct {
		addr netip.Addr
		host string
	}
	var all []place
	order := ""
	if q.Order != ByAddress {
		order = " ORDER BY " + q.Order.sql(q.Reverse)
	}
	err := each(s.reader, func(rows *sql.Rows) error {
		var p place
		if err := rows.Scan(&p.host); err != nil {
			return err
		}
		p.addr = ParseAddr(p.host)
		all = append(all, p)
		return nil
	}, "SELECT host FROM hosts"+where+order, args...)
	if err != nil {
		return err
	}
	if q.Order == ByAddress {
		slices.SortFunc(all, func(a, b place) int { return cmp.Or(a.addr.Compare(b.addr), strings.Compare(a.host, b.host)) })
		if q.Reverse {
			slices.Reverse(all)
		}
	}
	return s.readHosts(len(all), func(i int) string { return all[i].host }, func(i int, e *entry) error {
		if e == nil { // forgotten since
			return nil
		}
		return f(all[i].host, e)
	})
}

// readAtOnce is how many rows are read at once where there may be very many: one by one each takes
// several times as long.
const readAtOnce = 200

// readHosts calls f with n hosts of the file in an order, nil where it does not have one. The file
// is not in use while f runs.
func (s *Store) readHosts(n int, host func(i int) string, f func(i int, e *entry) error) error {
	found := make(map[string]*entry, readAtOnce)
	args := make([]any, 0, readAtOnce)
	for i := range n {
		if i%readAtOnce == 0 {
			clear(found)
			args = args[:0]
			for j := i; j < min(i+readAtOnce, n); j++ {
				args = append(args, host(j))
			}
			err := each(s.reader, func(rows *sql.Rows) error {
				var key string
				e, err := scanHost(rows.Scan, &key)
				found[key] = e
				return err
			}, "SELECT host, "+hostColumns+" FROM hosts WHERE host IN (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
			if err != nil {
				return err
			}
		}
		if err := f(i, found[host(i)]); err != nil {
			return err
		}
	}
	return nil
}

// view is what a query needs beside the file.
type view struct {
	own     ownNetworks
	public  []netip.Addr                    // addresses of routers
	ignored func(first *capture.Event) bool // nil: nobody
	mark    uint64
	byID    map[int64]HostDevice // without counts
	devices map[netip.Addr]int64

	imported *imported       // nil: nothing is known to have been imported
	alias    map[int64]int64 // of the ids of devices in it
}

func (v *view) deviceID(a netip.Addr) int64 { return v.devices[ByAddr(a).Addr] }

func (s *Store) view() *view {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := &view{
		own: s.own, ignored: s.o.Alerts.Ignoring(), mark: s.mark,
		byID: make(map[int64]HostDevice, s.devices.n()), devices: make(map[netip.Addr]int64, s.devices.n()),
	}
	for i := range s.routers {
		v.public = append(v.public, s.routers[i].Public)
	}
	for _, d := range s.devices.byID {
		v.byID[d.id] = HostDevice{Addr: d.addr, Name: s.name(d.ref, d.names)}
	}
	for a, d := range s.devices.byAddr {
		v.devices[a] = d.id
	}
	if v.imported = s.imported; v.imported != nil {
		v.imported.show(s, v)
	}
	return v
}

// show makes a Host of a row of the file.
func (s *Store) show(e *entry, v *view) Host {
	s.mu.Lock()
	label, note, name, services := s.labels[e.Ref], s.notes[e.Ref], s.name(e.Ref, e.names), s.o.Services
	s.mu.Unlock()
	h := Host{
		Ref: e.Ref, Name: cmp.Or(name, e.Name), Label: label, FirstSeen: nanos(e.first), LastSeen: nanos(e.last), FirstSeq: e.firstSeq,
		In: e.in, Out: e.out, Allowed: e.allowed, Blocked: e.blocked, OtherPorts: e.other, New: e.firstSeq > v.mark, Note: note,
	}
	if n := e.names; n != nil {
		h.RouterName, h.DNSName, h.AskedName = n.router, n.dns, n.asked
		if n.dns != "" {
			h.DNSFirst, h.DNSLast = nanos(n.dnsFirst), nanos(n.dnsLast)
		}
	}
	for _, p := range e.ports {
		h.Ports = append(h.Ports, HostPort{p.dir, p.proto, p.port, services.Name(p.port, p.proto), uint64(p.count)})
	}
	slices.SortStableFunc(h.Ports, func(a, b HostPort) int { return cmp.Compare(b.Count, a.Count) })
	for _, c := range e.devices {
		if d, ok := v.byID[c.id]; ok {
			d.Count = c.count
			h.Devices = append(h.Devices, d)
		}
	}
	slices.SortStableFunc(h.Devices, func(a, b HostDevice) int { return cmp.Compare(b.Count, a.Count) })
	if v.ignored != nil {
		ev := e.firstEvent()
		host, device := &ev.Src, &ev.Dst
		if (ev.Dir == capture.Out) != e.begin.swapped {
			host, device = device, host
		}
		host.Name = h.Name
		if d, ok := v.byID[v.deviceID(device.Addr)]; ok && d.Name != "" {
			device.Name = d.Name
		}
		h.Ignored = v.ignored(&ev)
	}
	return h
}

// has reports whether a text in lower case is in the address or one of the names.
func (h *Host) has(find string) bool {
	if find == "" {
		return true
	}
	for _, text := range []string{h.Ref.String(), h.Label, h.RouterName, h.DNSName, h.AskedName} {
		if strings.Contains(strings.ToLower(text), find) {
			return true
		}
	}
	return false
}

// Device is one of the user's own machines.
type Device struct {
	Addr                             netip.Addr  // its own now, of IPv4 if it has one; invalid: another device has it now
	MAC                              capture.MAC // zero: no log said it
	Name, Label, RouterName, DNSName string      // as for Host
	LeaseName                        string      // what it calls itself to a DHCP server
	FirstSeen, LastSeen              time.Time
	FirstSeq                         uint64
	In, Out, Allowed, Blocked        uint64 // as for Host
	Hosts                            uint64 // external hosts it ever talked to
	Note                             string // the user's, in lines
	Matches                          uint64 // events that were asked for; see DevicesAmong
}

// Ref is what it is known by.
func (d *Device) Ref() Ref {
	if d.MAC != (capture.MAC{}) {
		return byMAC(d.MAC)
	}
	return ByAddr(d.Addr)
}

// Devices gives all own machines, by address.
func (s *Store) Devices() []Device { return s.DevicesAmong(nil) }

// DevicesAmong gives the own machines that are meant, each by its hardware address if it has
// one, and counts the attempts that were asked for of these; nil: all.
func (s *Store) DevicesAmong(among map[Ref]Counts) []Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Device, 0, s.devices.n())
	places := make(map[int64]int, s.devices.n())
	for _, v := range s.devices.byID {
		places[v.id] = len(list)
		d := Device{
			Addr: v.addr, MAC: v.mac, Name: s.name(v.ref, v.names), Label: s.labels[v.ref], Note: s.notes[v.ref], FirstSeen: nanos(v.first), LastSeen: nanos(v.last), FirstSeq: v.firstSeq,
			In: v.in, Out: v.out, Allowed: v.allowed, Blocked: v.blocked, Hosts: v.hosts,
		}
		if v.names != nil {
			d.RouterName, d.LeaseName, d.DNSName = v.names.router, v.names.lease, v.names.dns
		}
		list = append(list, d)
	}
	list = s.importedDevices(list, places)
	if among != nil {
		alone := make(map[Ref]int) // those that only old logs know
		for i := s.devices.n(); i < len(list); i++ {
			alone[list[i].Ref()] = i
		}
		found := make([]Counts, len(list))
		for r, n := range among {
			i, known := alone[r]
			if v := s.deviceOf(r); v != nil {
				i, known = places[v.id], true
			}
			if known {
				found[i] = found[i].Plus(n)
			}
		}
		for i, n := range found {
			d := &list[i]
			d.Matches, d.In, d.Out, d.Allowed, d.Blocked = n.Sum(), n.In, n.Out, n.Allowed, n.Blocked
		}
		list = slices.DeleteFunc(list, func(d Device) bool { return d.Matches == 0 })
	}
	slices.SortFunc(list, func(a, b Device) int { return a.Addr.Compare(b.Addr) })
	return list
}
