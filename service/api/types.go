package api

import (
	"net/netip"
	"time"
)

// Hello says who speaks: the first thing to ask.
type Hello struct {
	API     int    `json:"api"`     // version of this protocol: Version
	Service string `json:"service"` // version of the service
	ID      string `json:"id"`      // of the history: event numbers of another mean something else
	Role    string `json:"role"`    // what the caller may do: "viewer" or "administrator"
	User    string `json:"user"`    // who the caller is, as the system says
	Oldest  uint64 `json:"oldest"`  // number of the oldest event there is; 0: none
	Last    uint64 `json:"last"`    // number of the newest event; 0: none
	Alert   uint64 `json:"alert"`   // number of the newest alert; 0: none
	Port    uint16 `json:"port"`    // UDP port of the traps
	Open    bool   `json:"open"`    // the port is the service's
}

// Error is the body of every answer that is not a success.
type Error struct {
	Status  int    `json:"-"`
	Message string `json:"error"`

	// Of a filter that is wrong: its field ("" for the whole), the pattern and where
	// it begins in the text, in bytes; nil: unknown.
	Field   string `json:"field,omitempty"`
	Pattern string `json:"pattern,omitempty"`
	Offset  *int   `json:"offset,omitempty"`

	// Oldest is the number of the oldest event that is kept (410), Last that of the
	// newest there is (416).
	Oldest uint64 `json:"oldest,omitempty"`
	Last   uint64 `json:"last,omitempty"`
}

func (e *Error) Error() string { return e.Message }

// SettingsText is the settings file of the service.
type SettingsText struct {
	Path   string `json:"path"`
	Text   string `json:"text"`
	Absent bool   `json:"absent,omitempty"` // there is none: Text is what it would begin with, all by default
}

// Record is a line of a followed stream that is no event: its record member says
// what. Events have none; they are as format.AppendJSON writes them.
type Record struct {
	Record string `json:"record"` // position, name, names_missed, alert, end

	// Seq of a position: everything up to this number was sent, or did not match.
	// It is the first line of a stream, and then the heartbeat.
	Seq uint64 `json:"seq,omitempty"`

	// Addr and Name of a name: from now on the address is shown so; "": it lost its name.
	Addr netip.Addr `json:"ip,omitzero"`
	Name string     `json:"name,omitempty"`

	Alert *Alert `json:"alert,omitempty"`

	// Error of an end: why the stream ends, as the caller may no longer read it.
	Error string `json:"error,omitempty"`
}

// The values of Record.Record.
const (
	Position    = "position"
	Name        = "name"
	NamesMissed = "names_missed" // more names changed than are remembered: ask for those shown
	AlertRecord = "alert"
	End         = "end" // the last line
)

// Alert is something the user is to be told. See package book for its fields.
type Alert struct {
	ID         uint64     `json:"id"`
	Time       time.Time  `json:"time"`
	Kind       string     `json:"kind"` // new-host, new-hosts, wan-change, digest
	Text       string     `json:"text"` // all of it, in a line of English
	Host       netip.Addr `json:"ip,omitzero"`
	Name       string     `json:"name,omitempty"`
	Device     netip.Addr `json:"device_ip,omitzero"`
	DeviceName string     `json:"device_name,omitempty"`
	Direction  string     `json:"direction,omitempty"`
	Protocol   string     `json:"protocol,omitempty"`
	Port       uint16     `json:"port,omitempty"`
	Service    string     `json:"service,omitempty"`
	Seq        uint64     `json:"seq,omitempty"`
	Router     netip.Addr `json:"router,omitzero"`
	Count      uint64     `json:"count,omitempty"`
	Hosts      []NamedIP  `json:"hosts,omitempty"`
	Since      time.Time  `json:"since,omitzero"`
	OldAddr    netip.Addr `json:"old_ip,omitzero"`
	NewAddr    netip.Addr `json:"new_ip,omitzero"`
	Muted      bool       `json:"muted,omitempty"`
}

// NamedIP is an address with its name, or only a name.
type NamedIP struct {
	Addr netip.Addr `json:"ip,omitzero"`
	Name string     `json:"name,omitempty"`
}

// Names are all the names something has: the user's own, the router's and that of
// DNS; Name is the one that is shown.
type Names struct {
	Name   string `json:"name,omitempty"`
	Label  string `json:"label,omitempty"`
	Router string `json:"router_name,omitempty"`
	DNS    string `json:"dns_name,omitempty"`
}

// Host is an external host.
type Host struct {
	Ref  string     `json:"ref"` // by which to ask for it: its address, or its name if it has none
	Addr netip.Addr `json:"ip,omitzero"`
	Names
	DNSFirst   time.Time    `json:"dns_first,omitzero"`
	DNSLast    time.Time    `json:"dns_last,omitzero"`
	First      time.Time    `json:"first_seen"`
	Last       time.Time    `json:"last_seen"`
	FirstSeq   uint64       `json:"first_seq"`
	In         uint64       `json:"in"`
	Out        uint64       `json:"out"`
	Ports      []HostPort   `json:"ports"`
	OtherPorts uint64       `json:"other_ports,omitempty"`
	Devices    []HostDevice `json:"devices"`
	Ignored    bool         `json:"ignored,omitempty"`
	New        bool         `json:"new,omitempty"`
}

// HostPort counts attempts at a port.
type HostPort struct {
	Direction string `json:"direction"`
	Protocol  string `json:"protocol,omitempty"`
	Port      uint16 `json:"port"`
	Service   string `json:"service,omitempty"`
	Count     uint64 `json:"count"`
}

// HostDevice counts attempts between a host and a device.
type HostDevice struct {
	Addr  netip.Addr `json:"ip,omitzero"`
	Name  string     `json:"name,omitempty"`
	Count uint64     `json:"count"`
}

// Device is one of the user's own machines.
type Device struct {
	Addr netip.Addr `json:"ip"`
	Names
	First time.Time `json:"first_seen"`
	Last  time.Time `json:"last_seen"`
	In    uint64    `json:"in"`
	Out   uint64    `json:"out"`
	Hosts uint64    `json:"hosts"`
}

// IgnoreRule is a filter; new hosts whose first attempt it matches are not told.
type IgnoreRule struct {
	Filter   string `json:"filter"`
	Settings bool   `json:"settings,omitempty"` // it is in the settings file, and cannot be removed here
	Error    string `json:"error,omitempty"`    // why it does not work any more
}

// Group is a number of events that agree in what they were grouped by; the other
// members are left out.
type Group struct {
	Time       time.Time `json:"time,omitzero"`
	Kind       string    `json:"kind,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Direction  string    `json:"direction,omitempty"`
	Protocol   string    `json:"protocol,omitempty"`
	Verdict    string    `json:"verdict,omitempty"`
	Router     string    `json:"router,omitempty"`
	New        bool      `json:"new,omitempty"`
	Source     *NamedIP  `json:"source,omitempty"`
	Dest       *NamedIP  `json:"dest,omitempty"`
	Remote     *NamedIP  `json:"remote,omitempty"`
	Local      *NamedIP  `json:"local,omitempty"`
	SourcePort *uint16   `json:"source_port,omitempty"`
	DestPort   *uint16   `json:"dest_port,omitempty"`
	Service    string    `json:"service,omitempty"` // of the destination port
	Count      int64     `json:"count"`
}

// Groups are counts of events.
type Groups struct {
	Groups []Group `json:"groups"`
	Rest   int64   `json:"rest"`  // events in groups that are not listed
	Exact  bool    `json:"exact"` // false: there were too many groups to count all
}

// NameSeen is a name DNS gave to an address, and when.
type NameSeen struct {
	Name  string    `json:"name"`
	First time.Time `json:"first_seen"`
	Last  time.Time `json:"last_seen"`
}

// Import is what became of a batch of events to import.
type Import struct {
	Mark  uint64 `json:"mark"`  // to be sent with the next batch of the same import
	Added int    `json:"added"` // events that are stored now
	Known int    `json:"known"` // events that were there before the import
}
