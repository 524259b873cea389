// Package api is what the service and its callers say to each other on the local socket,
// as types: package serve answers, package client asks, and docs/socket.md describes it
// for people with curl.
package api

import (
	"slices"

	"linklog/phrase"
)

// Version is the version of the protocol, the 1 of /v1/.
const Version = 1

// VersionHeader is the header by which a caller may say which version he speaks.
const VersionHeader = "LinkLog-API"

// Limits of what callers may ask for.
const (
	MaxClients        = 128    // connections
	MaxClientsPerUser = 16     // connections of one user
	MaxImportEvents   = 10_000 // events in a batch to import
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
	Ports   []Port `json:"ports"`   // all, that first
}

// UDP are the UDP ports of the service, that of the traps first.
func (h *Hello) UDP() []Port { return udp(h.Ports, h.Port, h.Open) }

// udp leaves the ports for TCP out. A service of before there were several has one.
func udp(ports []Port, port uint16, open bool) []Port {
	if len(ports) == 0 {
		return []Port{{Port: port, Open: open}}
	}
	return slices.DeleteFunc(slices.Clone(ports), func(p Port) bool { return p.TCP })
}

// OpenPorts are the numbers of ports that are open, and of those that are not.
func OpenPorts(ports []Port) (open, closed []uint16) {
	for _, p := range ports {
		if p.Open {
			open = append(open, p.Port)
		} else {
			closed = append(closed, p.Port)
		}
	}
	return open, closed
}

// Port is a port that the service is to receive messages on.
type Port struct {
	Port   uint16 `json:"port"`
	TCP    bool   `json:"tcp,omitempty"`
	Open   bool   `json:"open"`             // it is the service's
	Holder string `json:"holder,omitempty"` // which program has it instead, where that is known
}

// Error is the body of every answer that is not a success.
type Error struct {
	Status  int    `json:"-"`
	Message string `json:"error"` // in English

	// Reason is Message in parts, to be said in the language of whoever reads it.
	Reason phrase.Phrase `json:"reason,omitzero"`

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

// Phrase is what the error says; that of a service without reasons is English.
func (e *Error) Phrase() phrase.Phrase {
	if e.Reason.IsZero() {
		return phrase.Say("{{.Text}}", "Text", e.Message)
	}
	return e.Reason
}
