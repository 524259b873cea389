package api

import "time"

// Groups are counts of events.
type Groups struct {
	Groups []Group `json:"groups"`
	Rest   int64   `json:"rest"`  // events in groups that are not listed
	Exact  bool    `json:"exact"` // false: there were too many groups to count all
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
	Owner      string    `json:"owner,omitempty"`   // of the remote end
	Country    string    `json:"country,omitempty"` // where it is registered
	Domain     string    `json:"domain,omitempty"`  // of its name
	Local      *NamedIP  `json:"local,omitempty"`
	SourcePort *uint16   `json:"source_port,omitempty"`
	DestPort   *uint16   `json:"dest_port,omitempty"`
	Service    string    `json:"service,omitempty"`  // of the destination port
	Category   string    `json:"category,omitempty"` // of the service
	Count      int64     `json:"count"`
	Allowed    int64     `json:"allowed,omitempty"` // of count, as far as the router says so
	Blocked    int64     `json:"blocked,omitempty"`
}
