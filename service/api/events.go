package api

import (
	"cmp"
	"math"
	"time"
)

// Groups are counts of events.
type Groups struct {
	Groups []Group `json:"groups"`
	Rest   int64   `json:"rest"` // events in groups that are not listed

	RestVolume *Volume `json:"rest_volume,omitempty"` // of rest, if it was asked for
	Exact      bool    `json:"exact"`                 // false: there were too many groups to count all
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
	RouterHost string    `json:"router_host,omitempty"`
	New        bool      `json:"new,omitempty"`
	Source     *NamedIP  `json:"source,omitempty"`
	Dest       *NamedIP  `json:"dest,omitempty"`
	Remote     *NamedIP  `json:"remote,omitempty"`
	Local      *NamedIP  `json:"local,omitempty"`
	SourcePort *uint16   `json:"source_port,omitempty"`
	DestPort   *uint16   `json:"dest_port,omitempty"`
	Service    string    `json:"service,omitempty"` // of the destination port
	Class                // of the remote end, or of the destination port
	Count      int64     `json:"count"`
	Allowed    int64     `json:"allowed,omitempty"` // of count, as far as the router says so
	Blocked    int64     `json:"blocked,omitempty"`
	*Volume              // if it was asked for; nil: none is known
}

// Volume is how much was sent in Measured events, up from home and down to it. Of others it is not
// known.
type Volume struct {
	Measured    int64  `json:"measured"`
	BytesUp     uint64 `json:"bytes_up"`
	BytesDown   uint64 `json:"bytes_down"`
	PacketsUp   uint64 `json:"packets_up"`
	PacketsDown uint64 `json:"packets_down"`
}

// Add adds a volume; nil is none.
func (v *Volume) Add(o *Volume) {
	if o != nil {
		add := func(a *uint64, b uint64) { *a += min(b, math.MaxUint64-*a) }
		v.Measured += o.Measured
		add(&v.BytesUp, o.BytesUp)
		add(&v.BytesDown, o.BytesDown)
		add(&v.PacketsUp, o.PacketsUp)
		add(&v.PacketsDown, o.PacketsDown)
	}
}

// Bytes are those of both ways, 0 of nil.
func (v *Volume) Bytes() uint64 {
	if v == nil {
		return 0
	}
	return v.BytesUp + min(v.BytesDown, math.MaxUint64-v.BytesUp)
}

// Class is what hosts, or attempts, have in common: at most one member is set, none where it is
// not known.
type Class struct {
	Owner    string `json:"owner,omitempty"`    // of the address
	Country  string `json:"country,omitempty"`  // where it is registered
	Domain   string `json:"domain,omitempty"`   // of the name
	Category string `json:"category,omitempty"` // what the port is for
}

// Name is the member that is set; "": it is not known.
func (c *Class) Name() string { return cmp.Or(c.Owner, c.Country, c.Domain, c.Category) }

// ClassOf is the Class with a name for what is put together by, a name of Classes.
func ClassOf(by, name string) (c Class) {
	switch by {
	case "owner":
		c.Owner = name
	case "country":
		c.Country = name
	case "domain":
		c.Domain = name
	case "category":
		c.Category = name
	}
	return c
}

// Classes are the names of what hosts are put together by.
func Classes() []string { return []string{"domain", "owner", "country", "category"} }
