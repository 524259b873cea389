package api

import (
	"net/netip"
	"slices"
	"time"

	"linklog/phrase"
	"linklog/service/health"
)

// Status is how things stand. Numbers count since the service started.
type Status struct {
	Service string    `json:"service"` // version
	Started time.Time `json:"started"`
	Now     time.Time `json:"now"`
	Data    string    `json:"data"` // folder

	Port   uint16 `json:"port"`  // UDP port of the traps
	Open   bool   `json:"open"`  // the port is the service's
	Ports  []Port `json:"ports"` // all, that first
	Buffer int    `json:"buffer"`
	Room   int    `json:"room"` // traps the receive buffer holds

	// Addresses are the addresses of this computer that the service listens on; none: all.
	Addresses []netip.Addr `json:"addresses,omitempty"`

	Received   uint64            `json:"received"` // messages = traffic + system + wan + repeats + other + rejected
	Traffic    uint64            `json:"traffic"`
	System     uint64            `json:"system"`
	WAN        uint64            `json:"wan"`
	Made       uint64            `json:"made,omitempty"`       // attempts made of flows, which are no messages that were received
	Unrecorded uint64            `json:"unrecorded,omitempty"` // attempts that the settings do not want recorded
	Repeats    uint64            `json:"repeats,omitempty"`    // attempts that a router's log had again
	Other      uint64            `json:"other"`
	Rejected   uint64            `json:"rejected"`
	Reasons    map[string]uint64 `json:"reasons,omitempty"` // of other and rejected
	PerMinute  uint64            `json:"per_minute"`        // in the last 60 seconds
	Gaps       uint64            `json:"gaps"`
	Lost       Lost              `json:"lost"`
	Strange    uint64            `json:"strange"` // datagrams of machines that are not taken

	// OwnNetworks are the networks at home, by the settings and learned, and the public addresses of routers.
	OwnNetworks []netip.Prefix `json:"own_networks,omitempty"`

	Routers   []Source  `json:"routers"`
	Before    []Source  `json:"routers_before"` // heard before the service started, and not since
	Strangers []Source  `json:"strangers"`
	Last      uint64    `json:"last"`    // number of the newest event
	Waiting   int       `json:"waiting"` // events not yet in the history
	History   Extent    `json:"history"`
	Imported  Extent    `json:"imported"`
	Disk      Disk      `json:"disk"`
	Hosts     int       `json:"hosts"`
	NewHosts  int       `json:"new_hosts"`
	Devices   int       `json:"devices"`
	Learning  time.Time `json:"learning_until,omitzero"`
	Muted     time.Time `json:"muted_until,omitzero"`
	Alert     uint64    `json:"alert"` // number of the newest alert
	Names     NameStats `json:"names"`
	Origins   Origins   `json:"origins"`
	Lists     string    `json:"lists,omitempty"` // changes with what is on the lists; "": there are none
	Clients   []Caller  `json:"clients"`
	Troubles  []Trouble `json:"troubles"`
}

// Origins are the files that owners and countries of addresses come from; "": they are built in.
type Origins struct {
	ASN     string `json:"asn,omitempty"`
	Country string `json:"country,omitempty"`
}

// Lost counts datagrams that are known to be lost.
type Lost struct {
	Total   uint64 `json:"total"`
	Dropped uint64 `json:"dropped"` // by the system, for want of room
	Refused uint64 `json:"refused"` // by the rate of a source
	Disk    uint64 `json:"disk"`    // could not be written
	Inexact bool   `json:"inexact"` // the system does not tell what it dropped

	// TurnedAway are connections by TCP that were closed at once, as too many were open. What
	// their clients would have sent is not in Total: nobody here knows how much it is.
	TurnedAway uint64 `json:"turned_away,omitempty"`
}

// Source is a machine that sends to the service.
type Source struct {
	Addr  netip.Addr `json:"ip"`
	Count uint64     `json:"count"`
	Last  time.Time  `json:"last"`

	// When it last said the name of a device, and one that a device asked DNS for, also before the
	// service started; zero: never.
	LastLease  time.Time `json:"last_lease,omitzero"`
	LastAnswer time.Time `json:"last_answer,omitzero"`
}

// Removed is what was removed from the history since the service started.
type Removed struct {
	Files  int       `json:"files"`
	Events int64     `json:"events"`
	Until  time.Time `json:"until"` // of the latest event that was removed
	When   time.Time `json:"when"`  // something was removed last
	Why    string    `json:"why"`   // and for what: "age", "size" or "request"
}

// Extent is how much is stored.
type Extent struct {
	Events int64     `json:"events"`
	Bytes  int64     `json:"bytes"`
	Files  int       `json:"files"`
	First  uint64    `json:"first"`
	Last   uint64    `json:"last"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"`

	Removed *Removed `json:"removed,omitempty"` // of the history
}

// IsLearning reports whether the service still learns which hosts are usual here: all of them are new
// then.
func (s *Status) IsLearning() bool { return s.Learning.After(s.Now) }

// Since is the time of the earliest event, received or imported; zero: there is none.
func (s *Status) Since() time.Time {
	since := s.History.Since
	if s.Imported.Events > 0 && (since.IsZero() || s.Imported.Since.Before(since)) {
		since = s.Imported.Since
	}
	return since
}

// Disk is what the data folder takes, in bytes.
type Disk struct {
	History  int64 `json:"history"`
	Imported int64 `json:"imported"`
	Spool    int64 `json:"spool"` // as it was received: for the history, or to mend it
	Used     int64 `json:"used"`  // all of the folder
}

// NameStats counts look-ups by reverse DNS.
type NameStats struct {
	Lookups uint64 `json:"lookups"`
	Found   uint64 `json:"found"`
	Failed  uint64 `json:"failed"`
}

// Caller is somebody who is connected.
type Caller struct {
	User    string    `json:"user"`
	Role    string    `json:"role"`
	PID     int       `json:"pid,omitempty"`
	Agent   string    `json:"agent,omitempty"`   // what it calls itself
	Follows bool      `json:"follows,omitempty"` // reads what comes, as it comes
	Since   time.Time `json:"since"`
}

// Trouble is something that is wrong now.
type Trouble struct {
	Where string `json:"where"` // for people
	Text  string `json:"text"`  // Reason in English

	Code     health.Code     `json:"code"`
	Severity health.Severity `json:"severity"`
	Place    string          `json:"place,omitempty"` // the file or the port it is about, where there can be several
	Since    time.Time       `json:"since"`
	Reason   phrase.Phrase   `json:"reason"`
}

// Phrase is what is wrong; a service of another version has it in English only.
func (t *Trouble) Phrase() phrase.Phrase {
	if t.Reason.IsZero() {
		return phrase.Say("{{.Text}}", "Text", t.Text)
	}
	return t.Reason
}

// Worst is the trouble to be told if there is room for one only.
func (s *Status) Worst() (worst Trouble, any bool) {
	for _, severity := range []health.Severity{health.Error, health.Warning, health.Note} {
		for _, t := range s.Troubles {
			if t.Severity == severity {
				return t, true
			}
		}
	}
	return worst, false
}

// OnlyLoopback reports whether only programs on this computer can reach the service.
func (s *Status) OnlyLoopback() bool { return OnlyLoopback(s.Addresses) }

// OnlyLoopback is the method of that name, for a service that does not run and will listen on
// some addresses; none: on all.
func OnlyLoopback(listens []netip.Addr) bool {
	return len(listens) > 0 && !slices.ContainsFunc(listens, func(a netip.Addr) bool { return !a.IsLoopback() })
}

// UDP are the UDP ports of the service, that of the traps first.
func (s *Status) UDP() []Port { return udp(s.Ports, s.Port, s.Open) }
