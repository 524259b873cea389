package service

import (
	"encoding/json"
	"path/filepath"

	"linklog/service/datafile"
)

// A socket that others hold open (Config.Conns) outlives us, and so does its count of
// what was dropped. The file "dropped" tells how much of it was told already, so that
// the next process tells the rest and nothing twice.
type droppedBefore struct {
	Sockets string `json:"sockets"` // which they are
	Told    uint64 `json:"told"`
}

func (e *Engine) droppedFile() string { return filepath.Join(e.config.DataDir, "dropped") }

// readDropped finds out what was told of the sockets we were given.
func (e *Engine) readDropped() {
	if e.sockets == "" {
		return
	}
	text, err := datafile.Read(e.droppedFile())
	var before droppedBefore
	if err != nil || json.Unmarshal(text, &before) != nil || before.Sockets != e.sockets {
		return // other sockets, or nobody knows: all of it is told
	}
	if now, exact := e.dropped(); exact && before.Told <= now {
		e.toldBefore = before.Told
	}
}

// writeDropped notes what was told, n of this process's time.
func (e *Engine) writeDropped(n uint64) {
	if e.sockets == "" {
		return
	}
	text, err := json.Marshal(droppedBefore{Sockets: e.sockets, Told: e.toldBefore + n})
	if err == nil {
		err = datafile.Replace(e.droppedFile(), text, 0o600)
	}
	e.trouble("count of losses", err)
}
