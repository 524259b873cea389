// Package guide says how each router is set up to report to LinkLog, and finds out whether it
// does: linklog setup, the page Setup and linklog doctor say and check the same.
//
// The router's side is data: one entry a router in the table of Routers. Its texts are phrases,
// its menus are called as the router calls them in English.
package guide

import (
	"slices"
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// Carrier is how a router sends its messages.
type Carrier uint8

// The carriers.
const (
	Nothing Carrier = iota // it sends none that say who talks to whom
	Syslog
	Traps // of SNMP
)

// Coverage is which connections a router reports once it is set up.
type Coverage uint8

// What routers report.
const (
	Both        Coverage = iota // allowed and blocked ones, and says which
	Undecided                   // all, but not whether they were allowed
	OnlyBlocked                 // only those it blocks
)

// Router is a router, or the firmware of one, with how it is set up.
type Router struct {
	ID      string        // what is typed: linklog setup ID
	Name    string        // what it is called
	InWords bool          // it is none in particular: the name is a text, to be translated
	Also    string        // models, or other names; ""
	Which   phrase.Phrase // the same in words, to be translated, or none
	Sends   Carrier
	Logs    Coverage

	aliases []string      // what else people type
	fixed   bool          // it sends to the usual port only
	answer  phrase.Phrase // of one that sends nothing: what there is to say
	steps   []Step
	names   []Step // by which it also says who is who
	flows   []Step // by which it reports connections in another way (NetFlow, IPFIX)
	notes   []phrase.Phrase
	why     map[Check]phrase.Phrase // of one that fails: what the reason is with this router
}

// Step is one thing to do.
type Step struct {
	Title phrase.Phrase
	Text  phrase.Phrase // where, or none
	Type  string        // what to type or to enter there, or ""
}

// Guide is what to do with a router so that it reports to an address.
type Guide struct {
	About phrase.Phrase // what arrives then, or why nothing can
	Steps []Step
	Names []Step          // optional: names of devices and hosts
	Flows []Step          // in place of the others, where nobody wants rules that log
	Notes []phrase.Phrase // what is good to know
}

// Routers are all that are known, those that most people have first.
func Routers() []*Router { return slices.Concat(popular, firmware, boxes) }

// Find gives the router of an ID, a name or an alias, in whatever case.
func Find(name string) (*Router, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, r := range Routers() {
		if name != "" && (name == r.ID || name == strings.ToLower(r.Name) || slices.Contains(r.aliases, name)) {
			return r, true
		}
	}
	return nil, false
}

// Nearest gives the router that is likely meant by a name that Find does not know.
func Nearest(name string) (*Router, bool) {
	var known []string
	for _, r := range Routers() {
		known = append(append(known, r.ID), r.aliases...)
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if i := slices.IndexFunc(known, func(k string) bool { return len(name) > 1 && strings.HasPrefix(k, name) }); i >= 0 {
		return Find(known[i])
	}
	if word, _, more := strings.Cut(name, " "); more { // a model: "asus rt-ax58u"
		if r, ok := Find(word); ok {
			return r, true
		}
	}
	return Find(phrase.Nearest(name, slices.Values(known)))
}

// Port is the port that this router is to send to, of those that LinkLog listens on; false:
// LinkLog does not listen on the one to which it always sends. Listening on none stands for the
// usual ones.
func (r *Router) Port(listening []uint16) (port uint16, ok bool) {
	switch usual, unprivileged := r.usual(); {
	case len(listening) == 0 || slices.Contains(listening, usual):
		return usual, true
	case r.fixed:
		return usual, false
	case slices.Contains(listening, unprivileged):
		return unprivileged, true
	}
	return listening[0], true // what a message is, LinkLog sees from what is in it
}

// FlowPort is the port that a router is to send its flows to, of those that LinkLog listens on.
// Listening on none stands for the usual ones.
func FlowPort(listening []uint16) uint16 {
	for _, usual := range [...]uint16{capture.FlowPort, capture.SyslogPort} {
		if slices.Contains(listening, usual) {
			return usual
		}
	}
	if len(listening) == 0 {
		return capture.FlowPort
	}
	return listening[0] // what a datagram is, LinkLog sees from what is in it
}

var aboutFlows = say("Flows need no rules in the firewall. As a rule they show only what is let through. With the log and flows, a connection is shown once: with what the router did, and how much was sent.")

// Guide is what to do with this router so that it reports to an address of this computer, to
// one port its messages and to another its flows.
func (r *Router) Guide(address string, port, flows uint16) Guide {
	to := place{address, port, flows}
	g := Guide{About: r.answer, Steps: to.fill(r.steps), Names: to.fill(r.names), Flows: to.fill(r.flows)}
	for _, n := range r.notes {
		g.Notes = append(g.Notes, to.in(n))
	}
	if len(g.Flows) > 0 {
		g.Notes = append(g.Notes, aboutFlows)
	}
	if r.Sends == Nothing {
		return g
	}
	g.About = to.in(r.about())
	return g
}

func (r *Router) about() phrase.Phrase {
	switch {
	case r.Sends == Traps:
		return say("Set up like this, the router sends a message (an SNMP trap) to {{.Address}}, UDP port {{.Port}}, for each connection, in and out. It does not say whether it was allowed.")
	case r.Logs == OnlyBlocked:
		return say("Set up like this, the router sends its log (syslog) to {{.Address}}, UDP port {{.Port}}. It logs only the connections that it blocks, not those that it allows.")
	case r.Logs == Undecided:
		return say("Set up like this, the router sends its log (syslog) to {{.Address}}, UDP port {{.Port}}, with each connection, in and out. It does not always say whether they were allowed.")
	}
	return say("Set up like this, the router sends its log (syslog) to {{.Address}}, UDP port {{.Port}}, with each connection, in and out, allowed or blocked.")
}

// place is where a router sends to.
type place struct {
	address     string
	port, flows uint16
}

// fill puts the place into steps.
func (to place) fill(steps []Step) []Step {
	out := slices.Clone(steps)
	for i := range out {
		s := &out[i]
		s.Title, s.Text, s.Type = to.in(s.Title), to.in(s.Text), to.in(say(s.Type)).String()
	}
	return out
}

// in puts the place into a phrase that names it.
func (to place) in(p phrase.Phrase) phrase.Phrase {
	if strings.Contains(p.Format, "{{.") {
		p.Values = map[string]any{"Address": to.address, "Port": to.port, "FlowPort": to.flows}
	}
	return p
}

// say is a phrase whose values are still to come.
func say(format string) phrase.Phrase { return phrase.Phrase{Format: format} }
