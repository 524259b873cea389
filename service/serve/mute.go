package serve

import (
	"net/http"
	"time"

	"linklog/phrase"
)

// muted is until when alerts are muted.
type muted struct {
	Until time.Time `json:"until,omitzero"` // zero: they are not
}

func (s *Server) mute(w http.ResponseWriter, r *http.Request) error {
	return answer(w, muted{s.engine.Alerts().Mute()})
}

func (s *Server) setMute(w http.ResponseWriter, r *http.Request) error {
	var until time.Time
	if err := body(r, "until", phrase.Phrase{}, &until); err != nil {
		return err
	}
	if err := s.engine.Alerts().SetMute(until); err != nil {
		return err
	}
	return answer(w, muted{s.engine.Alerts().Mute()})
}
