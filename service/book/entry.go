package book

import (
	"cmp"
	"time"

	"linklog/capture"
)

// entry is a host in memory.
type entry struct {
	Ref
	firstSeq    uint64
	first, last int64 // ns since 1970
	attempts
	ports   []portCount
	devices []deviceCount
	other   uint64     // attempts at ports that ports has no room for
	names   *names     // nil: none are known
	begin   *beginning // until it is written

	used    bool // since the table looked at it
	own     bool // it is on an own network now, as the settings were changed
	pending bool // it is to be told about, but was not yet
	dirty   bool // it differs from the file
	writing bool // a transaction with it has not ended yet
}

// attempts are counts of a host's or a device's.
type attempts struct {
	in, out          uint64
	allowed, blocked uint64 // as far as the router says so
}

// count counts an attempt.
func (a *attempts) count(ev *capture.Event) {
	if ev.Dir == capture.Out {
		a.out++
	} else {
		a.in++
	}
	switch ev.Verdict {
	case capture.Allowed:
		a.allowed++
	case capture.Blocked:
		a.blocked++
	}
}

// pinned reports whether the file does not have it as it is.
func (e *entry) pinned() bool { return e.dirty || e.writing || e.pending }

// beginning is what is kept of a host's first attempt, for alerts and the ignore
// list.
type beginning struct {
	dir        capture.Direction
	proto      capture.Protocol
	hostPort   uint16 // of the host's end
	devicePort uint16
	swapped    bool   // the host is the local end by the direction
	device     string // address or name of the other end
	router     string
}

// names are the names of a host or device that are not the user's.
type names struct {
	router   string // as the router told it last; of a device, while it had no lease
	lease    string // what a device calls itself to a DHCP server
	asked    string // for what some device asked DNS, of a host
	dns      string
	dnsFirst int64 // when the host was first seen to have dns, ns since 1970
	dnsLast  int64
}

// best is what somebody is called who has no name from the user: by itself, as a DHCP server
// says, which not everybody is believed to be; else by the router's lines, else by reverse
// DNS, else by whoever asked DNS for it. nameColumns and the view known say so, too, of
// hosts, which have no leases.
func (n *names) best() string { return cmp.Or(n.lease, n.router, n.dns, n.asked) }

// wins reports whether that does, as the router told one, over the one that an event came
// with; see Store.Called.
func (n *names) wins() bool { return n.router != "" && n.asked == "" }

// setRouter notes the name that a router told and reports whether it is another.
func setRouter(n **names, name string) bool {
	if name == "" || *n != nil && (*n).router == name {
		return false
	}
	if *n == nil {
		*n = new(names)
	}
	if name = Tidy(name, maxName); (*n).router == name {
		return false
	}
	(*n).router = name
	return true
}

// setLease notes what a device calls itself, if it says so.
func setLease(n **names, name string) {
	if name == "" {
		return
	}
	if *n == nil {
		*n = new(names)
	}
	(*n).lease = Tidy(name, maxName)
}

// setAsked notes what was asked for when a host was the answer, if anything was.
func setAsked(n **names, name string) {
	if name == "" || *n != nil && (*n).asked == name {
		return
	}
	if *n == nil {
		*n = new(names)
	}
	(*n).asked = name
}

// setDNS notes the name that DNS has.
func setDNS(n **names, name string, now time.Time) {
	if *n == nil {
		*n = new(names)
	}
	if t := now.UnixNano(); (*n).dns != name {
		(*n).dns, (*n).dnsFirst, (*n).dnsLast = name, t, t
	} else {
		(*n).dnsLast = t
	}
}

const (
	maxPorts       = 8  // of a host
	maxHostDevices = 64 // of a host
)

// portCount counts the attempts at one port: of the host if they went out, of the
// device if they came in.
type portCount struct {
	port  uint16
	proto capture.Protocol
	dir   capture.Direction
	count uint32
}

// countPort counts an attempt. When all places are taken, the port with the fewest
// attempts gives its place away, and its count goes to the others: a port that is
// used again and again gains a place in time, a port scan keeps none, and each
// count is one that really was.
func (e *entry) countPort(dir capture.Direction, proto capture.Protocol, port uint16) {
	least := 0
	for i := range e.ports {
		p := &e.ports[i]
		if p.port == port && p.proto == proto && p.dir == dir {
			if p.count++; p.count == 0 {
				p.count--
			}
			return
		}
		if p.count <= e.ports[least].count {
			least = i
		}
	}
	p := portCount{port, proto, dir, 1}
	if len(e.ports) < maxPorts {
		e.ports = append(e.ports, p)
		return
	}
	e.other += uint64(e.ports[least].count)
	e.ports[least] = p
}

// deviceCount counts the attempts between a host and a device.
type deviceCount struct {
	id    int64
	count uint64
}

// countDevice counts an attempt and reports whether it is the first with the
// device. Beyond maxHostDevices, which no home has, devices are not told apart.
func (e *entry) countDevice(id int64) bool {
	for i := range e.devices {
		if e.devices[i].id == id {
			e.devices[i].count++
			return false
		}
	}
	if len(e.devices) >= maxHostDevices {
		return false
	}
	e.devices = append(e.devices, deviceCount{id, 1})
	return true
}
