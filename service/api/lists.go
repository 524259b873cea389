package api

import (
	"net/netip"
	"time"

	"linklog/phrase"
)

// Lists are the lists of addresses and names that the settings ask for.
type Lists struct {
	Lists []List         `json:"lists"`
	Own   []netip.Prefix `json:"own"` // the user's networks, which are on none
}

// List is one of them.
type List struct {
	Name    string `json:"name"`
	From    string `json:"from"`            // address or path
	About   string `json:"about,omitempty"` // what is on it, of those that LinkLog knows
	Terms   string `json:"terms,omitempty"` // of who makes it
	Page    string `json:"page,omitempty"`  // where they are
	Quiet   bool   `json:"quiet,omitempty"` // marked, without an alert
	Entries int    `json:"entries"`
	Home    int    `json:"home,omitempty"`  // of these in networks that nobody owns, which never match
	Wrong   int    `json:"wrong,omitempty"` // lines that are not understood
	First   int    `json:"first,omitempty"` // the first of them

	Version string         `json:"version,omitempty"` // changes with what is on it; "": there is nothing yet
	Fetched time.Time      `json:"fetched,omitzero"`
	Next    time.Time      `json:"next,omitzero"` // it will be fetched; of a file: never
	Error   string         `json:"error,omitempty"`
	Reason  *phrase.Phrase `json:"reason,omitempty"`
}
