package api

import "time"

// Rule is what the user is told about, or what is not recorded. See docs/alerts.md.
type Rule struct {
	Name      string    `json:"name,omitempty"`
	Builtin   string    `json:"builtin,omitempty"` // in place of a name
	On        bool      `json:"on"`
	Filter    string    `json:"filter,omitempty"`
	When      string    `json:"when,omitempty"`
	Outlets   []string  `json:"outlets,omitempty"` // none: everywhere
	Quiet     string    `json:"quiet,omitempty"`
	Meanwhile string    `json:"meanwhile,omitempty"`
	Told      uint64    `json:"told"`            // alerts, ever
	Last      time.Time `json:"last,omitzero"`   // the last of them
	Error     string    `json:"error,omitempty"` // why it cannot be used

	DoNotRecord bool   `json:"do_not_record,omitempty"` // it tells nothing: what matches is not recorded
	Hours       string `json:"hours,omitempty"`         // of the day, at which it is so; "": all
	Unrecorded  uint64 `json:"unrecorded,omitempty"`    // attempts, since the start of the service
}

// Trial is how often a rule would have told.
type Trial struct {
	Told    uint64    `json:"told"`    // alerts
	Matches uint64    `json:"matches"` // events that its filter lets through; or that would not have been recorded
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
	Whole   bool      `json:"whole"`            // false: it looked at a part; there may be more
	Alerts  []Alert   `json:"alerts,omitempty"` // the last of them
}

// Delivery is what became of an alert at an outlet: delivered, waiting or failed.
type Delivery struct {
	Outlet string `json:"outlet"`
	State  string `json:"state"`
	Why    string `json:"why,omitempty"` // it failed
}
