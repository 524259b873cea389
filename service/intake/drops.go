package intake

import (
	"encoding/json"
	"path/filepath"

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

func (in *Intake) droppedFile() string { return filepath.Join(in.o.DataDir, "dropped") }

// readDropped finds out what was told of the sockets we were given.
func (in *Intake) readDropped() {
	if in.sockets == "" {
		return
	}
	text, err := datafile.Read(in.droppedFile())
	var before droppedBefore
	if err != nil || json.Unmarshal(text, &before) != nil || before.Sockets != in.sockets {
		return // other sockets, or nobody knows: all of it is told
	}
	if now, exact := in.dropped(); exact && before.Told <= now {
		in.toldBefore = before.Told
	}
}

// writeDropped notes what was told, n of this process's time.
func (in *Intake) writeDropped(n uint64) {
	if in.sockets == "" {
		return
	}
	text, err := json.Marshal(droppedBefore{Sockets: in.sockets, Told: in.toldBefore + n})
	if err == nil {
		err = datafile.Replace(in.droppedFile(), text, 0o600)
	}
	in.health.Check(health.DropsUnwritten, err)
}
