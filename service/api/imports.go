package api

import "time"

// Batch is what became of a batch of events to import.
type Batch struct {
	Mark   uint64 `json:"mark"`             // to be sent with the next batch of the same import
	Import int    `json:"import,omitempty"` // the number of the import, once it has stored an event
	Added  int    `json:"added"`            // events that are stored now
	Known  int    `json:"known"`            // events that were there before the import

	Unrecorded int `json:"unrecorded,omitempty"` // events that the settings do not want recorded
}

// Imports are the imports that stored events, oldest first.
type Imports struct {
	Imports    []Import `json:"imports"`
	Unnumbered int64    `json:"unnumbered"` // events of versions that did not number imports
}

// Import is one import.
type Import struct {
	Number     int       `json:"number"`
	When       time.Time `json:"when"`
	Files      []string  `json:"files"`
	MoreFiles  int       `json:"more_files,omitempty"` // that are not listed
	Added      int64     `json:"added"`
	Known      int64     `json:"known"`
	Unrecorded int64     `json:"unrecorded,omitempty"` // as in Batch
	Since      time.Time `json:"since"`                // the time of the earliest and the latest event
	Until      time.Time `json:"until"`
	Undoing    bool      `json:"undoing,omitempty"` // it was not yet removed in full
}
