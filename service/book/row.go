package book

import (
	"net/netip"
	"strconv"
	"strings"

	"linklog/capture"
)

// hostColumns are the columns that scanHost reads.
const hostColumns = `first_seq, first, last, ins, outs, allowed, blocked, ports, other_ports, devices,
	router_name, asked_name, dns_name, dns_first, dns_last, pending, dir, proto, host_port, device_port, swapped, device, router`

// nameColumns are the names of a host that are not the user's, the best first, as one.
const nameColumns = "coalesce(nullif(router_name, ''), nullif(dns_name, ''), asked_name)"

// scanHost reads the columns before (in front of) hostColumns and those. The entry
// has its beginning, too.
func scanHost(scan func(...any) error, before ...any) (*entry, error) {
	var e entry
	var n names
	var b beginning
	var ports, devices string
	err := scan(append(before, &e.firstSeq, &e.first, &e.last, &e.in, &e.out, &e.allowed, &e.blocked, &ports, &e.other, &devices,
		&n.router, &n.asked, &n.dns, &n.dnsFirst, &n.dnsLast, &e.pending, &b.dir, &b.proto, &b.hostPort, &b.devicePort, &b.swapped, &b.device, &b.router)...)
	if err != nil {
		return nil, err
	}
	if n != (names{}) {
		e.names = &n
	}
	e.ports, e.devices = parsePorts(ports), parseDevices(devices)
	e.begin = &b
	return &e, nil
}

func appendPorts(b []byte, ports []portCount) []byte {
	for i, p := range ports {
		b = appendItem(b, i, uint64(p.dir), uint64(p.proto), uint64(p.port), uint64(p.count))
	}
	return b
}

// parsePorts reads what appendPorts wrote. What somebody else wrote there is left
// out.
func parsePorts(s string) []portCount {
	var list []portCount
	for item := range strings.SplitSeq(s, ";") {
		var f [4]uint64
		if parse(item, f[:]) && f[0] <= 2 && f[1] <= 255 && f[2] <= 65535 && f[3] <= 1<<32-1 && len(list) < maxPorts {
			list = append(list, portCount{dir: capture.Direction(f[0]), proto: capture.Protocol(f[1]), port: uint16(f[2]), count: uint32(f[3])})
		}
	}
	return list
}

func appendDevices(b []byte, devices []deviceCount) []byte {
	for i, d := range devices {
		b = appendItem(b, i, uint64(d.id), d.count)
	}
	return b
}

// appendItem adds the i-th item to a list: numbers with spaces between them.
func appendItem(b []byte, i int, numbers ...uint64) []byte {
	if i > 0 {
		b = append(b, ';')
	}
	for j, n := range numbers {
		if j > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendUint(b, n, 10)
	}
	return b
}

func parseDevices(s string) []deviceCount {
	var list []deviceCount
	for item := range strings.SplitSeq(s, ";") {
		var f [2]uint64
		if parse(item, f[:]) && len(list) < maxHostDevices {
			list = append(list, deviceCount{int64(f[0]), f[1]})
		}
	}
	return list
}

// parse reads numbers with spaces between them.
func parse(s string, into []uint64) bool {
	for i := range into {
		field, rest, _ := strings.Cut(s, " ")
		n, err := strconv.ParseUint(field, 10, 63)
		if err != nil {
			return false
		}
		into[i], s = n, rest
	}
	return s == ""
}

// firstEvent is the first attempt, as far as the file has it.
func (e *entry) firstEvent() capture.Event {
	b := e.begin
	ev := capture.Event{Seq: e.firstSeq, Kind: capture.Traffic, Dir: b.dir, Proto: b.proto, New: true, Time: nanos(e.first)}
	ev.Router = ParseAddr(b.router)
	host, device := &ev.Src, &ev.Dst
	if (b.dir == capture.Out) != b.swapped {
		host, device = device, host
	}
	*host = capture.Endpoint{Addr: e.Addr, Name: e.Name, Port: b.hostPort}
	*device = capture.Endpoint{Port: b.devicePort}
	if a := ParseAddr(b.device); a.IsValid() {
		device.Addr = a
	} else {
		device.Name = b.device
	}
	return ev
}

// ParseAddr reads an address as the file has it; one that is none is invalid.
func ParseAddr(s string) netip.Addr {
	a, _ := netip.ParseAddr(s)
	return a
}

// AddrText is the reverse, "" for an invalid address.
func AddrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
