// Package services tells the names of services: "https" for TCP port 443. It
// puts the system's own services file first and has behind it a table of what ports
// are really used for, and then IANA's, so that names are the same with and without such a
// file; and it says which ports are a risk.
package services

import (
	"cmp"
	"math"
	"slices"

	"linklog/capture"
)

// Table maps ports and protocols to names. It is immutable, so that any number
// of goroutines may use it at once. The nil Table has no names.
type Table struct {
	// names begins with "": none.
	names []string
	// shown are, for each of transports, the names to show by port: pages of
	// 256 ports, nil where none has a name, holding indices into names. It is
	// the fastest to look at (events ask twice a line) and small: 0.3 MB.
	shown [len(transports)][256]*page
	// Names from ours on are not the system's.
	ours uint16
	// more are the names a port has beside the one shown, by port.
	more []entry
	// categories are what services are counted as.
	categories map[service]string
}

type page [256]uint16

type entry struct {
	name  string
	port  uint16
	proto capture.Protocol
}

// dccp has no name in capture, where no router was seen to log it.
const dccp capture.Protocol = 33

// transports are the protocols that have ports and names.
var transports = [...]capture.Protocol{capture.TCP, capture.UDP, capture.SCTP, dccp}

// transport gives the place of a protocol in transports.
func transport(p capture.Protocol) (int, bool) {
	at := transportPlaces[p]
	return int(at) - 1, at > 0
}

// transportPlaces has for each of transports its place plus one: which protocol it is the
// processor could only guess.
var transportPlaces = [math.MaxUint8 + 1]uint8{capture.TCP: 1, capture.UDP: 2, capture.SCTP: 3, dccp: 4}

// Name gives the service's name, "" if there is none. Protocol 0, where the
// router named none, has a name if TCP and UDP agree on it or only one of the
// two has one: to show one of two would be a guess. Name does not allocate.
func (t *Table) Name(port uint16, proto capture.Protocol) string {
	if t == nil {
		return ""
	}
	if proto == 0 {
		return agreed(t.names[t.at(0, port)], t.names[t.at(1, port)])
	}
	if i, ok := transport(proto); ok {
		return t.names[t.at(i, port)]
	}
	return ""
}

// agreed is what TCP and UDP both have, or only one of the two has.
func agreed(tcp, udp string) string {
	switch {
	case udp == "" || tcp == udp:
		return tcp
	case tcp == "":
		return udp
	}
	return ""
}

// Client is Name for the port that a client has, the source of an attempt: most take any
// that is free, and a name of such a port would be chance. It has one if the system's file
// names it, or if it is one of those below 1024, which nobody gets by chance.
func (t *Table) Client(port uint16, proto capture.Protocol) string {
	name := t.Name(port, proto)
	if name == "" || port < 1024 {
		return name
	}
	for i := range transports {
		if at := t.at(i, port); at > 0 && at < t.ours && t.names[at] == name {
			return name
		}
	}
	return ""
}

// at gives the index of the name shown, 0 for none.
func (t *Table) at(transport int, port uint16) uint16 {
	p := t.shown[transport][port>>8]
	if p == nil {
		return 0
	}
	return p[port&0xff]
}

// Each yields all names with all their ports, also those that Name never
// gives: the aliases and further entries of the system's file, and IANA's name
// where the system has another. First come the names that Name gives.
func (t *Table) Each(yield func(name string, port uint16, proto capture.Protocol) bool) {
	if t == nil {
		return
	}
	for i, proto := range transports {
		for high, p := range t.shown[i] {
			if p == nil {
				continue
			}
			for low, at := range p {
				if at != 0 && !yield(t.names[at], uint16(high<<8|low), proto) {
					return
				}
			}
		}
	}
	for _, e := range t.more {
		if !yield(e.name, e.port, e.proto) {
			return
		}
	}
}

// builder makes a Table: the first name added for a port is the one shown.
type builder struct{ table Table }

func newBuilder() *builder {
	const usual = 7168 // IANA's table and a usual system's file
	return &builder{Table{names: append(make([]string, 0, usual), "")}}
}

// name gives a new name's index; false where the index would exceed limit.
func (b *builder) name(name string, limit uint16) (uint16, bool) {
	if len(b.table.names) > int(limit) {
		return 0, false
	}
	b.table.names = append(b.table.names, name)
	return uint16(len(b.table.names) - 1), true
}

func (b *builder) add(name uint16, port uint16, transport int) {
	pages := &b.table.shown[transport]
	if pages[port>>8] == nil {
		pages[port>>8] = new(page)
	}
	at := &pages[port>>8][port&0xff]
	if *at == 0 {
		*at = name
	} else if n := b.table.names[name]; n != b.table.names[*at] {
		b.addMore(n, port, transport)
	}
}

// addMore adds a name that is never the one shown.
func (b *builder) addMore(name string, port uint16, transport int) {
	b.table.more = append(b.table.more, entry{name, port, transports[transport]})
}

// done gives the table. Names of the same port that were met twice stay once.
func (b *builder) done() *Table {
	t := &b.table
	t.more = slices.DeleteFunc(t.more, func(e entry) bool { return e.name == t.Name(e.port, e.proto) })
	slices.SortFunc(t.more, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.port, b.port), cmp.Compare(a.proto, b.proto), cmp.Compare(a.name, b.name))
	})
	t.more = slices.Clip(slices.Compact(t.more))
	return t
}
