package service

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"linklog/service/datafile"
)

// readIdentity reads the name of this history, by which a client knows whether the
// numbers of events it remembers mean anything here; it is made with the folder. Where it
// cannot be read or kept, the service has another name at each start, and says so.
func (e *Engine) readIdentity() {
	path := filepath.Join(e.config.DataDir, "id")
	text, err := datafile.Read(path)
	if id := strings.TrimSpace(string(text)); err == nil && len(id) == 32 {
		if _, err := hex.DecodeString(id); err == nil {
			e.id = id
			return
		}
	}
	var random [16]byte
	rand.Read(random[:]) // never fails
	e.id = hex.EncodeToString(random[:])
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = datafile.Replace(path, []byte(e.id+"\n"), 0o600)
	}
	if err != nil {
		e.trouble("history's name", fmt.Errorf("until this is fixed, programs that follow begin anew after each start: %w", err))
	}
}

// ID names this history, whatever process serves it.
func (e *Engine) ID() string { return e.id }

// Oldest is the Seq of the oldest event that can be read; 0: there is none.
func (e *Engine) Oldest() uint64 {
	if segments := e.history.Segments(); len(segments) > 0 && segments[0].First > 0 {
		return segments[0].First
	}
	if e.Last() == 0 {
		return 0
	}
	return e.ring.lowest() + 1
}

// Listening tells whether the port is ours.
func (e *Engine) Listening() bool { return e.listener.Load() != nil }
