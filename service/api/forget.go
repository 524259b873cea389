package api

import "time"

// Forgotten is what is stored about the events that match a filter, or was.
type Forgotten struct {
	Events   int64     `json:"events"`         // received
	Imported int64     `json:"imported"`       // and imported
	Since    time.Time `json:"since,omitzero"` // the time of the earliest, and of the latest
	Until    time.Time `json:"until,omitzero"`
	Files    int       `json:"files"` // of the history that have them
	Hosts    int       `json:"hosts"` // of which nothing else is stored
	Devices  int       `json:"devices"`

	// SetAside are files that were damaged and set aside: nothing is removed from them.
	SetAside []string `json:"set_aside,omitempty"`
}

// Empty reports whether there is nothing to remove.
func (f *Forgotten) Empty() bool { return f.Events+f.Imported == 0 && f.Hosts+f.Devices == 0 }

// Forgetting is how far it is with what is being removed.
type Forgetting struct {
	Running bool      `json:"running"`
	Done    int       `json:"done"` // of the files to be written anew, while it runs
	Of      int       `json:"of"`
	Error   string    `json:"error,omitempty"` // why it does not go on just now; it is tried again
	Ended   time.Time `json:"ended,omitzero"`  // the last one since the service started
	Removed Forgotten `json:"removed"`         // by that one
}
