package intake

import (
	"encoding/json"

	"linklog/service/datafile"
	"linklog/service/health"
)

// A socket that others hold open (Config.Conns) outlives us, and so does its count of
// what was dropped. The file "dropped" tells how much of it was told already, so that
// the next process tells the rest and nothing twice.
type droppedBefore struct {
	Sockets string `json:"sockets"` // which they are
	Told    uint64 `json:"told"`
}

func (r *receiver) droppedFile() string { return r.file("dropped") }

// readDropped finds out what was told of the sockets we were given.
func (r *receiver) readDropped() {
	if r.sockets == "" {
		return
	}
	text, err := datafile.Read(r.droppedFile())
	var before droppedBefore
	if err != nil || json.Unmarshal(text, &before) != nil || before.Sockets != r.sockets {
		return // other sockets, or nobody knows: all of it is told
	}
	if now, exact := r.dropped(); exact && before.Told <= now {
		r.toldBefore = before.Told
	}
}

// writeDropped notes what was told by now.
func (r *receiver) writeDropped() {
	n, _ := r.dropped()
	if r.sockets == "" || n == r.told {
		return
	}
	r.told = n
	text, err := json.Marshal(droppedBefore{Sockets: r.sockets, Told: r.toldBefore + n})
	if err == nil {
		err = datafile.Replace(r.droppedFile(), text, 0o600)
	}
	r.check(health.DropsUnwritten, err)
}
