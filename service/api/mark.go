package api

import "time"

// Mark is a line of an index: where a page of the events that match begins, how far the
// search is, or both, at its end.
type Mark struct {
	Count    int64     `json:"count"`             // matches so far
	Cursor   string    `json:"cursor,omitempty"`  // the next match comes after it; "": this line says only how far the search is
	Time     time.Time `json:"time,omitzero"`     // of the match before it, to the second
	Last     uint64    `json:"last,omitzero"`     // in the first line: the newest received event that is searched
	Searched int64     `json:"searched,omitzero"` // events that were searched or passed over, as far as the line says it
	Of       int64     `json:"of,omitzero"`       // and all
	End      bool      `json:"end,omitzero"`      // the search is at its end
}
