package serve

import (
	"context"
	"net/http"
	"strconv"

	"linklog/capture"
	"linklog/format"
	"linklog/phrase"
	"linklog/service/archive"
	"linklog/service/history"
)

// defaultLimit is how many events a page has if the caller does not say.
const defaultLimit = 500

// Where events come from, the values of the parameter from.
var sources = []string{"live", "imported", "all"}

// fromAll is the place of all in sources.
const fromAll = 2

// events answers with events that are stored, a line each.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	q := s.query(p)
	q.Limit = p.count("limit", defaultLimit)
	q.OldestFirst = p.choice("order", "newest", "oldest") == 1
	from := p.choice("from", sources...)
	if sources[from] == "all" && (q.After > 0 || q.Before > 0) {
		p.fail("after, before", phrase.Say("numbers of events mean nothing when from is all: ask by time"))
	}
	cut := p.cut(&q)
	if p.end() != nil {
		return p.err
	}
	out := newStream(w, s.options())
	defer out.close()
	defer out.keepFlushing()()
	if err := s.each(r.Context(), from, q, cut, out.event); err != nil {
		return err
	}
	return out.flush()
}

// cut reads where a page or a search begins; nil: at the end.
func (p *params) cut(q *history.Query) *archive.Cut {
	text := p.text("cursor")
	if text != "" && (q.After > 0 || q.Before > 0) {
		p.fail("after, before", phrase.Say("a cursor says where to begin: there can be no numbers of events beside it"))
	}
	if !p.has("cursor") {
		return nil
	}
	c, err := archive.ParseCut(text)
	if err != nil {
		p.fail("cursor", phrase.Say("{{.Value}} is not a cursor that the service gave", "Value", strconv.Quote(text)))
	}
	return &c
}

func (s *Server) options() *format.Options { return &format.Options{Services: s.config.Services} }

// each reads events that are stored, imported, or both in the order of time.
func (s *Server) each(ctx context.Context, from int, q history.Query, cut *archive.Cut, f func(*capture.Event) error) error {
	live := func(ctx context.Context, f func(*capture.Event) error) error {
		return s.engine.Each(ctx, cut.Received(q), f)
	}
	imported := func(ctx context.Context, f func(*capture.Event) error) error {
		return s.engine.EachImported(ctx, q, cut, f)
	}
	switch sources[from] {
	case "live":
		return live(ctx, f)
	case "imported":
		return imported(ctx, f)
	}
	return archive.Merge(ctx, live, imported, !q.OldestFirst, q.Limit, f)
}

func (s *Server) count(r *http.Request) (any, error) {
	p := readParams(r)
	q := s.query(p)
	from := p.choice("from", sources...)
	if p.end() != nil {
		return nil, p.err
	}
	var received, imported int64
	var err error
	if sources[from] != "imported" {
		received, err = s.engine.Count(r.Context(), q)
	}
	if err == nil && sources[from] != "live" {
		imported, err = s.engine.CountImported(r.Context(), q)
	}
	return map[string]int64{"count": received + imported}, err
}

// purge removes what is older than a time, by whole files.
func (s *Server) purge(r *http.Request) (any, error) {
	p := readParams(r)
	before := p.time("before")
	if !p.has("before") {
		p.fail("before", phrase.Say("a time such as 2026-11-23T00:00:00Z is needed: files of the history in which all is older are removed"))
	}
	if p.end() != nil {
		return nil, p.err
	}
	removed, err := s.engine.Purge(before)
	if err != nil {
		return nil, err
	}
	events := int64(0)
	for _, f := range removed {
		events += f.Rows
	}
	s.log.Info("old events purged", "by", s.by(r), "files", len(removed), "events", events)
	return map[string]int64{"files": int64(len(removed)), "events": events}, nil
}
