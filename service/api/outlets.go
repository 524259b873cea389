package api

import (
	"time"

	"linklog/phrase"
)

// Outlet is a place outside that is told of alerts. Numbers count since the service began
// to tell it.
type Outlet struct {
	Name    string         `json:"name"`
	Type    string         `json:"type"`
	Sent    uint64         `json:"sent"`            // messages
	Told    uint64         `json:"told"`            // alerts in them
	Refused uint64         `json:"refused"`         // alerts that it will never take
	Late    uint64         `json:"late"`            // alerts that could not be delivered for a day
	Waiting int            `json:"waiting"`         // alerts
	Last    time.Time      `json:"last,omitzero"`   // when it was tried last
	Error   string         `json:"error,omitempty"` // why it does not work now
	Reason  *phrase.Phrase `json:"reason,omitempty"`
}
