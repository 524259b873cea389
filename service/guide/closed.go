package guide

import (
	"slices"
	"strconv"
	"time"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/health"
)

// Closed is a UDP port on which LinkLog is to listen, and does not.
type Closed struct {
	Port  uint16
	Why   phrase.Phrase // who has it, and what to do
	Since time.Time     // when that was found; zero: not known
}

// Phrase says that LinkLog cannot use the port, and why.
func (c *Closed) Phrase() phrase.Phrase {
	return phrase.Say("LinkLog cannot use UDP port {{.Port}}. {{.Why}}", "Port", c.Port, "Why", c.Why)
}

// lost says what that means for a router that sends there.
func (c *Closed) lost() phrase.Phrase {
	return phrase.Say("LinkLog cannot use UDP port {{.Port}}: what a router sends there does not arrive. {{.Why}}", "Port", c.Port, "Why", c.Why)
}

// ClosedPorts are those of a service.
func ClosedPorts(s *api.Status) (list []Closed) {
	_, closed := api.OpenPorts(s.UDP())
	for _, n := range closed {
		c := Closed{Port: n, Why: say("LinkLog tries again every few seconds.")}
		for i := range s.Troubles {
			t := &s.Troubles[i]
			if !t.Code.ClosesPort() || t.Code == health.PortTakenTCP || t.Place != strconv.Itoa(int(n)) && (t.Place != "" || n != s.Port && t.Code != health.PortNoAddress) {
				continue
			}
			c.Why, c.Since = t.Phrase(), t.Since
			if advice, has := t.Reason.Values["Advice"].(phrase.Phrase); has { // without what is said of the port anyway
				c.Why = advice
			}
		}
		list = append(list, c)
	}
	return list
}

// usual are the ports to which a router like this sends unless it is told otherwise: where LinkLog has
// the right to it, and where not.
func (r *Router) usual() (port, unprivileged uint16) {
	port = capture.SyslogPort
	if r.Sends == Traps {
		port = capture.TrapPort
	}
	return port, port + capture.Unprivileged
}

// Closed is the one of the ports to which this router usually sends that is closed, if one is.
func (r *Router) Closed(list []Closed) (c Closed, is bool) {
	port, unprivileged := r.usual()
	i := slices.IndexFunc(list, func(c Closed) bool { return c.Port == port || c.Port == unprivileged })
	if i < 0 || r.Sends == Nothing {
		return c, false
	}
	return list[i], true
}

// Instead says why a router is to send to a different port than it usually does, or cannot send at
// all, where LinkLog listens on some ports, and on others not though it should; zero: it sends as usual.
func (r *Router) Instead(listening []uint16, closed []Closed) phrase.Phrase {
	port, ok := r.Port(listening)
	switch c, is := r.Closed(closed); {
	case !ok && is:
		return phrase.Say("This router sends only to port {{.Port}}, which LinkLog cannot use. {{.Why}}", "Port", port, "Why", c.Why)
	case !ok:
		return phrase.Say("This router sends only to port {{.Port}}, on which LinkLog is not listening. LinkLog's ports are in the settings.", "Port", port)
	case is && len(listening) == 0:
		return c.Phrase()
	case is:
		return phrase.Say("LinkLog cannot use UDP port {{.Port}}, to which such routers send unless they are told otherwise. Until it can, use port {{.Instead}}, as in the steps: LinkLog takes the messages there, too. {{.Why}}",
			"Port", c.Port, "Why", c.Why, "Instead", port)
	}
	return phrase.Phrase{}
}

// FlowsInstead is Instead for flows.
func FlowsInstead(listening []uint16, closed []Closed) phrase.Phrase {
	i := slices.IndexFunc(closed, func(c Closed) bool { return c.Port == capture.FlowPort })
	if i < 0 || len(listening) == 0 {
		return phrase.Phrase{}
	}
	return phrase.Say("LinkLog cannot use UDP port {{.Port}}, to which flows usually go. Until it can, use port {{.Instead}}. {{.Why}}", "Port", closed[i].Port, "Why", closed[i].Why, "Instead", FlowPort(listening))
}
