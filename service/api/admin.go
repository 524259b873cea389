package api

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"linklog/capture"
	"linklog/format"
	"linklog/service/archive"
	"linklog/service/history"
	"linklog/service/localsocket"
)

// settings gives the text of the settings file.
func (s *Server) settings(w http.ResponseWriter, r *http.Request) error {
	if s.config.Settings == nil {
		return &Error{Status: http.StatusNotFound, Message: "this service has no settings file"}
	}
	text, path, err := s.config.Settings.Read()
	if err != nil {
		return err
	}
	return answer(w, SettingsText{Path: path, Text: string(text), Absent: s.config.Settings.IsAbsent()})
}

// setSettings takes another text of the settings file.
func (s *Server) setSettings(w http.ResponseWriter, r *http.Request) error {
	if s.config.Settings == nil {
		return &Error{Status: http.StatusNotFound, Message: "this service has no settings file"}
	}
	var text string
	if err := body(r, "text", "that of the whole settings file", &text); err != nil {
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
		return badRequest("%w", err)
	}
	s.log.Info("settings changed", "by", s.clients.who(callerOf(r.Context())))
	return answer(w, map[string]bool{"restart": restart})
}

// reload reads the settings file again.
func (s *Server) reload(w http.ResponseWriter, r *http.Request) error {
	if s.config.Settings == nil {
		return &Error{Status: http.StatusNotFound, Message: "this service has no settings file"}
	}
	restart, err := s.config.Settings.Reload()
	if err != nil {
		return badRequest("%w", err)
	}
	s.log.Info("settings read again", "by", s.clients.who(callerOf(r.Context())))
	return answer(w, map[string]bool{"restart": restart})
}

// purge removes what is older than a time, by whole files.
func (s *Server) purge(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	before := p.time("before")
	if !p.has("before") {
		p.fail("before", "a time such as 2026-11-23T00:00:00Z is needed: files of the history in which all is older are removed")
	}
	if p.end() != nil {
		return p.err
	}
	removed, err := s.engine.Purge(before)
	if err != nil {
		return err
	}
	events := int64(0)
	for _, f := range removed {
		events += f.Rows
	}
	s.log.Info("old events purged", "by", s.clients.who(callerOf(r.Context())), "files", len(removed), "events", events)
	return answer(w, map[string]int64{"files": int64(len(removed)), "events": events})
}

// importEvents stores events of old logs, apart from what the service received.
func (s *Server) importEvents(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	mark := p.number("mark", 0)
	if p.end() != nil {
		return p.err
	}
	if !p.has("mark") {
		mark = s.engine.Imported().Mark()
	}
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(6 * readWithin)); err != nil {
		return err
	}
	var events []capture.Event
	lines := bufio.NewReaderSize(r.Body, 64<<10)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err == io.EOF {
			break
		}
		if err != nil && err != io.EOF {
			return err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(events) == MaxImportEvents {
			return badRequest("more than %d events at once", MaxImportEvents)
		}
		ev, err := format.ParseJSON(line)
		if err != nil {
			return badRequest("line %d: %w", n, err)
		}
		events = append(events, ev)
	}
	if err := s.may(r, localsocket.Admin); err != nil { // reading took its time
		return err
	}
	events, received, err := s.notReceived(r.Context(), events)
	if err != nil {
		return err
	}
	added, known, err := s.engine.Imported().Add(r.Context(), mark, events)
	known += received
	switch {
	case errors.Is(err, archive.ErrMark):
		return &Error{Status: http.StatusConflict, Message: err.Error()}
	case err != nil && !errors.Is(err, history.ErrFull) && !errors.Is(err, history.ErrReadOnly) && r.Context().Err() == nil:
		return badRequest("%w", err)
	case err != nil:
		return err
	}
	return answer(w, Import{Mark: mark, Added: added, Known: known})
}
