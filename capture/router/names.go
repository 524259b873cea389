package router

import (
	"net/netip"
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// names are what those that send lines call themselves. Whoever forges lines may write there what
// they like, and words at the beginning of a message may look like a name: it is believed
// where the rest of the line was understood, and a sender has few.
type names struct {
	of map[netip.Addr][]name

	last  netip.Addr // that sent the line before
	known []name     // of[last]
}

// name is one that a sender has for itself.
type name struct {
	sent  string
	clean string // "": it says nothing
}

// maxNames bounds the names of one sender, which are those of the routers whose lines come through
// it: others have none. maxNamed bounds the senders.
const (
	maxNames = 16
	maxNamed = 1024
)

// Name gives ev, which was made of a line and has its router, what that calls itself.
func (r *Reader) Name(ev *capture.Event, h *syslog.Header) {
	if h.Host == "" || ev.Reason.CountOnly() && ev.Reason != capture.Sighted {
		return
	}
	n := &r.names
	if n.last != ev.Router {
		n.last, n.known = ev.Router, n.of[ev.Router]
	}
	for i := range n.known {
		if known := &n.known[i]; known.sent == h.Host {
			ev.RouterName = known.clean
			return
		}
	}
	if len(n.known) < maxNames && len(h.Host) <= capture.MaxName && understood(ev, h) {
		ev.RouterName = n.add(h.Host)
	}
}

// understood reports whether what stands in front of a message is a name, and no word of it.
func understood(ev *capture.Event, h *syslog.Header) bool {
	return ev.Kind == capture.Traffic || ev.Reason == capture.Sighted || h.Process || h.Program == "kernel"
}

// add gives the last sender one more name.
func (n *names) add(sent string) (clean string) {
	if a, ok := Address(sent); (!ok || a != n.last.WithZone("")) && sent != "localhost" && sent != "unknown" {
		clean = capture.Clean(sent)
	}
	if n.of == nil || len(n.of) >= maxNamed {
		n.of = make(map[netip.Addr][]name) // those in use come back at once
	}
	clean = strings.Clone(clean)
	n.known = append(n.known, name{strings.Clone(sent), clean})
	n.of[n.last] = n.known
	return clean
}
