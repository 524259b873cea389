package serve

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"

	"linklog/capture"
	"linklog/format"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/archive"
	"linklog/service/localsocket"
	"linklog/service/sqlite"
)

// importEvents stores events of old logs, apart from what the service received.
func (s *Server) importEvents(r *http.Request) (any, error) {
	p := readParams(r)
	mark, file := p.number("mark", 0), p.text("file")
	if p.end() != nil {
		return nil, p.err
	}
	if !p.has("mark") {
		mark = s.engine.Imported().Mark()
	}
	var events []capture.Event
	lines := bufio.NewReaderSize(r.Body, 64<<10)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && err == io.EOF {
			break
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(events) == api.MaxImportEvents {
			return nil, badRequest(phrase.Say("more than {{.Limit}} events at once", "Limit", api.MaxImportEvents))
		}
		ev, err := format.ParseJSON(line)
		if err != nil {
			return nil, badRequest(phrase.Say("line {{.Line}}: {{.Reason}}", "Line", n, "Reason", err))
		}
		events = append(events, ev)
	}
	if err := s.may(r, localsocket.Admin); err != nil { // reading took its time
		return nil, err
	}
	s.engine.Settle(r.Context()) // what was received just now is known, too
	done, err := s.engine.Imported().Add(r.Context(), archive.Batch{Mark: mark, File: file, Events: events})
	switch {
	case errors.Is(err, archive.ErrMark):
		return nil, refuse(http.StatusConflict, phrase.Say("the import is no longer known: start it again; nothing is stored twice"))
	case err != nil && !errors.Is(err, sqlite.ErrFull) && !errors.Is(err, sqlite.ErrReadOnly) && r.Context().Err() == nil:
		return nil, failed(http.StatusBadRequest, err)
	case err != nil:
		return nil, err
	}
	return api.Batch{Mark: mark, Import: done.Import, Added: done.Added, Known: done.Known, Unrecorded: done.Unrecorded}, nil
}

// imports lists the imports that stored events.
func (s *Server) imports(r *http.Request) (any, error) {
	if err := readParams(r).end(); err != nil {
		return nil, err
	}
	list, unnumbered := s.engine.Imported().Imports()
	out := api.Imports{Imports: make([]api.Import, len(list)), Unnumbered: unnumbered}
	for i := range list {
		im := &list[i]
		out.Imports[i] = api.Import{
			Number: im.Number, When: im.When, Files: append([]string{}, im.Files...), MoreFiles: im.MoreFiles,
			Added: im.Added, Known: im.Known, Unrecorded: im.Unrecorded, Since: im.Since, Until: im.Until, Undoing: im.Undoing,
		}
	}
	return out, nil
}

// undoImport removes what an import stored.
func (s *Server) undoImport(r *http.Request) (any, error) {
	if err := readParams(r).end(); err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 1 {
		return nil, badRequest(phrase.Say("{{.Value}} is not the number of an import", "Value", strconv.Quote(r.PathValue("number"))))
	}
	removed, err := s.engine.Imported().Undo(r.Context(), number)
	var missing *archive.NumberError
	switch {
	case errors.As(err, &missing) && len(missing.There) == 0:
		return nil, refuse(http.StatusNotFound, phrase.Say("there is no import {{.Number}}: no import has a number", "Number", number))
	case errors.As(err, &missing):
		return nil, refuse(http.StatusNotFound, phrase.Say("there is no import {{.Number}}; the numbers are {{.Numbers}}", "Number", number, "Numbers", missing.Numbers()))
	case err != nil:
		return nil, err
	}
	s.log.Info("import undone", "by", s.by(r), "import", number, "events", removed)
	return map[string]int64{"removed": removed}, nil
}
