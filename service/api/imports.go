package api

// Import is what became of a batch of events to import.
type Import struct {
	Mark  uint64 `json:"mark"`  // to be sent with the next batch of the same import
	Added int    `json:"added"` // events that are stored now
	Known int    `json:"known"` // events that were there before the import
}
