package api

import (
	"net/netip"
	"time"
)

// Alert is something the user is to be told. See package book for its fields.
type Alert struct {
	ID         uint64     `json:"id"`
	Time       time.Time  `json:"time"`
	Kind       string     `json:"kind"` // new-host, new-hosts, wan-change, digest, rule …
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
	Rule       string     `json:"rule,omitempty"`
	Outlets    []string   `json:"outlets,omitempty"` // where it goes; none: everywhere
	Message    string     `json:"message,omitempty"`
	Verdict    string     `json:"verdict,omitempty"`
	Deliveries []Delivery `json:"deliveries,omitempty"` // where they were asked for
}
