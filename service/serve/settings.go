package serve

import (
	"net/http"

	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/localsocket"
)

var errNoSettings = refuse(http.StatusNotFound, phrase.Say("this service has no settings file"))

// settings gives the text of the settings file.
func (s *Server) settings(w http.ResponseWriter, r *http.Request) error {
	if s.config.Settings == nil {
		return errNoSettings
	}
	text, path, err := s.config.Settings.Read()
	if err != nil {
		return err
	}
	return answer(w, api.SettingsText{Path: path, Text: string(text), Absent: s.config.Settings.IsAbsent()})
}

// setSettings takes another text of the settings file.
func (s *Server) setSettings(w http.ResponseWriter, r *http.Request) error {
	if s.config.Settings == nil {
		return errNoSettings
	}
	var text string
	if err := body(r, "text", phrase.Say("that of the whole settings file"), &text); err != nil {
		return err
	}
	// One after another, each by who may do so then: of two administrators who remove
	// each other, one remains.
	s.changes.Lock()
	defer s.changes.Unlock()
	if err := s.may(r, localsocket.Admin); err != nil {
		return err
	}
	restart, err := s.config.Settings.Write([]byte(text))
	if err != nil {
		return badRequest(phrase.Of(err))
	}
	s.log.Info("settings changed", "by", s.clients.who(callerOf(r.Context())).String())
	return answer(w, map[string]bool{"restart": restart})
}

// reload reads the settings file again.
func (s *Server) reload(w http.ResponseWriter, r *http.Request) error {
	if s.config.Settings == nil {
		return errNoSettings
	}
	restart, err := s.config.Settings.Reload()
	if err != nil {
		return badRequest(phrase.Of(err))
	}
	s.log.Info("settings read again", "by", s.clients.who(callerOf(r.Context())).String())
	return answer(w, map[string]bool{"restart": restart})
}
