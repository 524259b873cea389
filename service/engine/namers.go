package engine

import (
	"maps"
	"net/netip"
	"sync"

	"linklog/capture"
)

// Named is what a router said of names, since the service started or in what is read once
// more at its start.
type Named struct {
	Leases  bool // what devices call themselves
	Answers bool // what devices asked DNS for
}

// namers knows who said that: names of a test are in the book like all others.
type namers struct {
	mu sync.Mutex
	by map[netip.Addr]Named
}

// maxNamers bounds the routers that are told apart.
const maxNamers = 64

// add notes whose names a sighting has.
func (n *namers) add(s *capture.Sighting) {
	if s.Name == "" || s.Kind == capture.Neighbour {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	said, known := n.by[s.Router]
	if !known && len(n.by) == maxNamers {
		return
	}
	if n.by == nil {
		n.by = make(map[netip.Addr]Named)
	}
	said.Leases = said.Leases || s.Kind == capture.Lease
	said.Answers = said.Answers || s.Kind == capture.Answer
	n.by[s.Router] = said
}

func (n *namers) all() map[netip.Addr]Named {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.by)
}
