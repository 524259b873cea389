package service

import (
	"encoding/json"
	"time"

	"linklog/capture"
	"linklog/service/spool"
)

// gap is what the spool keeps of a loss, as JSON: the record's time is its end.
type gap struct {
	Since time.Time `json:"since"`
	Lost  uint64    `json:"lost,omitempty"` // datagrams at least; 0: nobody knows
	Text  string    `json:"text"`
}

// record makes a gap that ends now a record of the spool.
func (g gap) record(now time.Time) (spool.Record, error) {
	if g.Since.After(now.Round(0)) {
		g.Since = now // the clock was set back meanwhile
	}
	g.Since = g.Since.Round(0)
	data, err := json.Marshal(g)
	return spool.Record{Kind: spool.Gap, Time: now.UTC().Round(0), Data: data}, err
}

// gapEvent reads a gap from its record. One that cannot be read is still a gap.
func gapEvent(r *spool.Record, ev *capture.Event) {
	*ev = capture.Event{Seq: r.Seq, Time: r.Time, Kind: capture.Gap, Text: "something was lost"}
	var g gap
	if json.Unmarshal(r.Data, &g) == nil {
		ev.Since, ev.Lost, ev.Text = g.Since.UTC(), g.Lost, capture.Clean(g.Text)
	}
}
