package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"

	"linklog/capture"
	"linklog/format"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/archive"
	"linklog/service/history"
	"linklog/service/localsocket"
	"linklog/service/sqlite"
)

// importEvents stores events of old logs, apart from what the service received.
func (s *Server) importEvents(r *http.Request) (any, error) {
	p := readParams(r)
	mark := p.number("mark", 0)
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
	events, received, err := s.notReceived(r.Context(), events)
	if err != nil {
		return nil, err
	}
	added, known, err := s.engine.Imported().Add(r.Context(), mark, events)
	known += received
	switch {
	case errors.Is(err, archive.ErrMark):
		return nil, refuse(http.StatusConflict, phrase.Say("the import is no longer known: start it again; nothing is stored twice"))
	case err != nil && !errors.Is(err, sqlite.ErrFull) && !errors.Is(err, sqlite.ErrReadOnly) && r.Context().Err() == nil:
		return nil, failed(http.StatusBadRequest, err)
	case err != nil:
		return nil, err
	}
	return api.Import{Mark: mark, Added: added, Known: known}, nil
}

// happening is what tells an event from all others: names may have changed since,
// and numbers mean nothing elsewhere.
type happening struct {
	nanoseconds      int64
	kind             capture.Kind
	dir              capture.Direction
	proto            capture.Protocol
	router           netip.Addr
	src, dst         netip.Addr
	srcPort, dstPort uint16
	text             string
}

func happeningOf(ev *capture.Event) happening {
	return happening{
		ev.Time.UnixNano(), ev.Kind, ev.Dir, ev.Proto, ev.Router, ev.Src.Addr, ev.Dst.Addr, ev.Src.Port, ev.Dst.Port, ev.Text,
	}
}

// notReceived leaves out what the service itself received and still has: whoever
// imports what he exported here must not have it twice. known is how many those are.
func (s *Server) notReceived(ctx context.Context, events []capture.Event) (rest []capture.Event, known int, err error) {
	have := extent(s.engine.History().Segments())
	seconds := make(map[int64]bool)
	q := history.Query{WithoutNames: true, Second: func(unix int64) bool { return seconds[unix] }}
	for i := range events {
		t := events[i].Time
		if have.Events == 0 || t.Before(have.Since) || t.After(have.Until) {
			continue
		}
		seconds[t.Unix()] = true
		if q.Since.IsZero() || t.Before(q.Since) {
			q.Since = t
		}
		if !t.Before(q.Until) {
			q.Until = t.Add(1)
		}
	}
	if len(seconds) == 0 {
		return events, 0, nil
	}
	received := make(map[happening]bool)
	for i := range events {
		received[happeningOf(&events[i])] = false
	}
	if err := s.engine.History().Each(ctx, q, func(ev *capture.Event) error {
		h := happeningOf(ev)
		if _, asked := received[h]; asked {
			received[h] = true
		}
		return nil
	}); err != nil {
		return nil, 0, err
	}
	for i := range events {
		if received[happeningOf(&events[i])] {
			known++
		} else {
			rest = append(rest, events[i])
		}
	}
	return rest, known, nil
}
