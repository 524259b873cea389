package api

import (
	"net/http"
	"net/netip"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// Status is how things stand. Numbers count since the service started.
type Status struct {
	Service string    `json:"service"` // version
	Started time.Time `json:"started"`
	Now     time.Time `json:"now"`
	Data    string    `json:"data"` // folder

	Port   uint16 `json:"port"` // UDP port of the traps
	Open   bool   `json:"open"` // the port is the service's
	Buffer int    `json:"buffer"`
	Room   int    `json:"room"` // traps the receive buffer holds

	Received  uint64            `json:"received"` // datagrams = traffic + system + wan + other + rejected
	Traffic   uint64            `json:"traffic"`
	System    uint64            `json:"system"`
	WAN       uint64            `json:"wan"`
	Other     uint64            `json:"other"`
	Rejected  uint64            `json:"rejected"`
	Reasons   map[string]uint64 `json:"reasons,omitempty"` // of other and rejected
	PerMinute uint64            `json:"per_minute"`        // in the last 60 seconds
	Gaps      uint64            `json:"gaps"`
	Lost      Lost              `json:"lost"`
	Strange   uint64            `json:"strange"` // datagrams of machines that are not taken

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
	Clients   []Caller  `json:"clients"`
	Troubles  []Trouble `json:"troubles"`
}

// Lost counts datagrams that are known to be lost.
type Lost struct {
	Total   uint64 `json:"total"`
	Dropped uint64 `json:"dropped"` // by the system, for want of room
	Refused uint64 `json:"refused"` // by the rate of a source
	Disk    uint64 `json:"disk"`    // could not be written
	Inexact bool   `json:"inexact"` // the system does not tell what it dropped
}

// Source is a machine that sends to the service.
type Source struct {
	Addr  netip.Addr `json:"ip"`
	Count uint64     `json:"count"`
	Last  time.Time  `json:"last"`
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
	Where string `json:"where"`
	Text  string `json:"text"`
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) error {
	e := s.engine.Status()
	c := &e.Counts
	status := Status{
		Service: s.config.Version, Started: e.Started, Now: time.Now().UTC(), Data: s.config.DataDir,
		Port: e.Port, Open: e.Open, Buffer: e.Buffer, Room: e.Room,
		Received: c.Received(), Traffic: c.Kinds[capture.Traffic], System: c.Kinds[capture.System], WAN: c.Kinds[capture.WAN],
		Other: c.Kinds[capture.Other], Rejected: c.Kinds[capture.Rejected], PerMinute: e.PerMinute, Gaps: e.Gaps,
		Lost:    Lost{e.Lost(), e.Dropped, e.Refused, e.Unspooled, e.Inexact},
		Strange: e.Strange, Last: e.Last, Waiting: e.Waiting,
		History: extent(e.Segments), Imported: extent(s.engine.Imported().Segments()),
		Hosts: e.Hosts.Known, NewHosts: e.NewHosts, Devices: e.Hosts.Devices, Learning: e.Hosts.LearningUntil, Muted: e.Muted, Alert: e.LastAlert,
		Names:   NameStats{e.Names.Lookups, e.Names.Found, e.Names.Failed},
		Routers: []Source{}, Before: []Source{}, Strangers: []Source{}, Clients: s.callers(), Troubles: []Trouble{},
	}
	status.Disk = Disk{status.History.Bytes, status.Imported.Bytes, e.Spool, e.Used}
	if e.Removed.Files > 0 {
		removed := Removed(e.Removed)
		status.History.Removed = &removed
	}
	for reason, n := range c.Reasons {
		if n > 0 && reason > 0 {
			if status.Reasons == nil {
				status.Reasons = make(map[string]uint64)
			}
			status.Reasons[capture.Reason(reason).String()] = n
		}
	}
	for _, r := range e.Routers {
		status.Routers = append(status.Routers, Source(r))
	}
	for _, r := range e.Before {
		status.Before = append(status.Before, Source(r))
	}
	for _, r := range e.Strangers {
		status.Strangers = append(status.Strangers, Source(r))
	}
	for _, t := range e.Troubles {
		status.Troubles = append(status.Troubles, Trouble(t))
	}
	return answer(w, status)
}

func extent(segments []history.SegmentInfo) (x Extent) {
	for _, g := range segments {
		x.Events += g.Rows
		x.Bytes += g.Bytes
		x.Files++
		if g.Last == 0 {
			continue
		}
		if x.First == 0 || g.First < x.First {
			x.First = g.First
		}
		x.Last = max(x.Last, g.Last)
		if x.Since.IsZero() || g.Since.Before(x.Since) {
			x.Since = g.Since
		}
		if g.Until.After(x.Until) {
			x.Until = g.Until
		}
	}
	return x
}
