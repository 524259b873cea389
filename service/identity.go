package service

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"linklog/service/datafile"
	"linklog/service/health"
)

// readIdentity reads the name of this history, by which a client knows whether the
// numbers of events it remembers mean anything here; it is made with the folder. Where it
// cannot be read or kept, the service has another name at each start, and says so.
func (s *Service) readIdentity() {
	path := filepath.Join(s.config.DataDir, "id")
	text, err := datafile.Read(path)
	if id := strings.TrimSpace(string(text)); err == nil && len(id) == 32 {
		if _, err := hex.DecodeString(id); err == nil {
			s.id = id
			return
		}
	}
	var random [16]byte
	rand.Read(random[:]) // never fails
	s.id = hex.EncodeToString(random[:])
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = datafile.Replace(path, []byte(s.id+"\n"), 0o600)
	}
	s.Health.Check(health.IDUnwritten, err)
}

// ID names this history, whatever process serves it.
func (s *Service) ID() string { return s.id }
