package filter

import (
	"cmp"
	"slices"

	"linklog/capture"
)

// portSet is what several port patterns match together.
type portSet struct {
	all   []span[uint16] // whatever the protocol
	named []namedPorts   // of services
}

// namedPorts are the ports of services of one protocol; protocol 0, for events
// whose router named none, has those of all protocols.
type namedPorts struct {
	proto capture.Protocol
	ports []span[uint16]
}

func (s *portSet) add(first, last uint16) { s.all = append(s.all, span[uint16]{first, last}) }

// addNamed adds the port of a service, for its protocol only.
func (s *portSet) addNamed(port uint16, proto capture.Protocol) {
	i := slices.IndexFunc(s.named, func(n namedPorts) bool { return n.proto == proto })
	if i < 0 {
		i = len(s.named)
		s.named = append(s.named, namedPorts{proto: proto})
	}
	s.named[i].ports = append(s.named[i].ports, span[uint16]{port, port})
}

func (s *portSet) done() {
	s.all = mergeSpans(s.all, cmp.Compare[uint16])
	for i := range s.named {
		s.named[i].ports = mergeSpans(s.named[i].ports, cmp.Compare[uint16])
	}
}

// has reports whether the set has a port of an event with the given protocol.
func (s *portSet) has(port uint16, proto capture.Protocol) bool {
	if port == 0 && !hasPorts(proto) {
		return false
	}
	if hasPort(s.all, port) {
		return true
	}
	for i := range s.named {
		if n := &s.named[i]; n.proto == proto {
			return hasPort(n.ports, port)
		}
	}
	return false
}

func hasPort(spans []span[uint16], port uint16) bool {
	low, high := 0, len(spans)
	for high-low > fewSpans {
		if middle := int(uint(low+high) / 2); spans[middle].last < port {
			low = middle + 1
		} else {
			high = middle + 1
		}
	}
	for _, sp := range spans[low:high] {
		if sp.first <= port && port <= sp.last {
			return true
		}
	}
	return false
}

// hasPorts tells whether port 0 of a protocol is a port: routers that log a
// ping name no ports, and events have 0 then. Protocol 0, where the router named
// none, is from messages that always have ports.
func hasPorts(proto capture.Protocol) bool {
	const dccp, udplite capture.Protocol = 33, 136
	switch proto {
	case 0, capture.TCP, capture.UDP, capture.SCTP, dccp, udplite:
		return true
	}
	return false
}
