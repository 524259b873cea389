package api

import (
	"net/netip"
	"time"
)

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
	Allowed    uint64       `json:"allowed"` // of in and out, as far as the router says so
	Blocked    uint64       `json:"blocked"`
	Ports      []HostPort   `json:"ports"`
	OtherPorts uint64       `json:"other_ports,omitempty"`
	Devices    []HostDevice `json:"devices"`
	Ignored    bool         `json:"ignored,omitempty"`
	New        bool         `json:"new,omitempty"`
	Note       string       `json:"note,omitempty"`    // the user's, in lines
	Matches    uint64       `json:"matches,omitempty"` // events that match, where a filter was given: then in, out, allowed and blocked are of these

	Attempts []Attempts `json:"attempts,omitempty"` // where they were asked for
}

// HostGroups are hosts that are put together.
type HostGroups struct {
	Groups []HostGroup `json:"groups"`
	Exact  bool        `json:"exact"` // false: there were too many groups, or hosts with events that match
}

// HostGroup is hosts of one Class, with what Host says of each, added up.
type HostGroup struct {
	Class
	Hosts   int       `json:"hosts"`
	New     int       `json:"new,omitempty"` // of the hosts
	First   time.Time `json:"first_seen"`
	Last    time.Time `json:"last_seen"`
	In      uint64    `json:"in"`
	Out     uint64    `json:"out"`
	Allowed uint64    `json:"allowed"`
	Blocked uint64    `json:"blocked"`
	Matches uint64    `json:"matches,omitempty"`
}

// Attempts counts what the router did with attempts in one direction, of the events that are
// kept.
type Attempts struct {
	Direction string `json:"direction"`
	Verdict   string `json:"verdict,omitempty"` // allowed, blocked; "": the router did not say
	Count     int64  `json:"count"`
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
	Ref     string     `json:"ref"`         // by which to name it: its hardware address if that is known, else ip
	Addr    netip.Addr `json:"ip,omitzero"` // it has now; none: another device has the one it had
	MAC     string     `json:"mac,omitempty"`
	Private bool       `json:"private_mac,omitempty"` // the device made its hardware address up
	Vendor  string     `json:"vendor,omitempty"`      // of its hardware
	Names
	First   time.Time `json:"first_seen"`
	Last    time.Time `json:"last_seen"`
	In      uint64    `json:"in"`
	Out     uint64    `json:"out"`
	Allowed uint64    `json:"allowed"` // of in and out, as far as the router says so
	Blocked uint64    `json:"blocked"`
	Hosts   uint64    `json:"hosts"`
	Note    string    `json:"note,omitempty"`    // as of a Host
	Matches uint64    `json:"matches,omitempty"` // as of a Host

	Addresses []HeldAddress `json:"addresses,omitempty"` // where one device is asked for, with a mac; the latest first
	Attempts  []Attempts    `json:"attempts,omitempty"`
}

// HeldAddress is an address that a device has or had.
type HeldAddress struct {
	Addr  netip.Addr `json:"ip"`
	From  time.Time  `json:"from"`           // when it was first known to have it
	Until time.Time  `json:"until,omitzero"` // none: it has it still
}

// Names are all the names something has: the user's own, the router's, the one by which
// a device asked for its address, that of reverse DNS, and the one for which a device
// asked DNS when a host was the answer; Name is the one that is shown.
type Names struct {
	Name   string `json:"name,omitempty"`
	Label  string `json:"label,omitempty"`
	Router string `json:"router_name,omitempty"`
	Lease  string `json:"lease_name,omitempty"`
	DNS    string `json:"dns_name,omitempty"`
	Asked  string `json:"asked_name,omitempty"`
}

// NamedIP is an address with its name, or only a name; or, with its hardware address, a device:
// Addr is then the one that it has now.
type NamedIP struct {
	Addr netip.Addr `json:"ip,omitzero"`
	MAC  string     `json:"mac,omitempty"`
	Name string     `json:"name,omitempty"`
}

// NameSeen is a name DNS gave to an address, and when.
type NameSeen struct {
	Name  string    `json:"name"`
	First time.Time `json:"first_seen"`
	Last  time.Time `json:"last_seen"`
}

// IgnoreRule is a filter; new hosts whose first attempt it matches are not told.
type IgnoreRule struct {
	Filter   string `json:"filter"`
	Settings bool   `json:"settings,omitempty"` // it is in the settings file, and cannot be removed here
	Error    string `json:"error,omitempty"`    // why it does not work any more
}
