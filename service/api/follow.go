package api

import (
	"net/netip"

	"linklog/phrase"
)

// Record is a line of a followed stream that is no event: its record member says
// what. Events have none; they are as format.AppendJSON writes them.
type Record struct {
	Record string `json:"record"` // position, name, names_missed, alert, end

	// Seq of a position: everything up to this number was sent, or did not match.
	// It is the first line of a stream, and then the heartbeat.
	Seq uint64 `json:"seq,omitempty"`

	// Addr and Name of a name: the address is shown so; "": it lost its name. With MAC only
	// while it was that of the device with this hardware address and, if Unknown, in the time
	// before it was known whose it was.
	Addr    netip.Addr `json:"ip,omitzero"`
	Name    string     `json:"name,omitempty"`
	MAC     string     `json:"mac,omitempty"`
	Unknown bool       `json:"unknown,omitempty"`

	Alert *Alert `json:"alert,omitempty"`

	// Error of an end: why the stream ends, as the caller may no longer read it.
	Error  string        `json:"error,omitempty"`
	Reason phrase.Phrase `json:"reason,omitzero"`
}

// The values of Record.Record.
const (
	Position    = "position"
	Name        = "name"
	NamesMissed = "names_missed" // more names changed than are remembered: ask for those shown
	AlertRecord = "alert"
	End         = "end" // the last line
)
