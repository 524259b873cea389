package service

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// identity reads the name of this history, by which a client knows whether the
// numbers of events it remembers mean anything here; it is made with the folder.
func identity(dir string) (string, error) {
	path := filepath.Join(dir, "id")
	text, err := os.ReadFile(path)
	if id := strings.TrimSpace(string(text)); err == nil && len(id) == 32 {
		if _, err := hex.DecodeString(id); err == nil {
			return id, nil
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the name of the history: %w", err)
	}
	var random [16]byte
	rand.Read(random[:]) // never fails
	id := hex.EncodeToString(random[:])
	if err := os.WriteFile(path+".new", []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the name of the history: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fmt.Errorf("write the name of the history: %w", err)
	}
	return id, nil
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
