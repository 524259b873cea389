package serve

import (
	"net/http"

	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/localsocket"
)

// settings gives the text of the settings file.
func (s *Server) settings(r *http.Request) (any, error) {
	text, path, err := s.config.Settings.Read()
	if err != nil {
		return nil, err
	}
	return api.SettingsText{Path: path, Text: string(text), Absent: s.config.Settings.IsAbsent()}, nil
}

// setSettings takes another text of the settings file.
func (s *Server) setSettings(r *http.Request) (any, error) {
	var text string
	if err := body(r, "text", phrase.Say("that of the whole settings file"), &text); err != nil {
		return nil, err
	}
	// One after another, each by who may do so then: of two administrators who remove
	// each other, one remains.
	s.changes.Lock()
	defer s.changes.Unlock()
	if err := s.may(r, localsocket.Admin); err != nil {
		return nil, err
	}
	restart, err := s.config.Settings.Write([]byte(text))
	if err != nil {
		return nil, failed(http.StatusBadRequest, err)
	}
	s.log.Info("settings changed", "by", s.by(r))
	return map[string]bool{"restart": restart}, nil
}

// reload reads the settings file again.
func (s *Server) reload(r *http.Request) (any, error) {
	restart, err := s.config.Settings.Reload()
	if err != nil {
		return nil, failed(http.StatusBadRequest, err)
	}
	s.log.Info("settings reloaded", "by", s.by(r))
	return map[string]bool{"restart": restart}, nil
}
