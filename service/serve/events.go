package serve

import (
	"bufio"
	"context"
	"net/http"
	"time"

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

// events answers with events that are stored, a line each.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	q := s.query(p)
	q.Limit = p.count("limit", defaultLimit)
	q.OldestFirst = p.choice("order", "newest", "oldest") == 1
	from := p.choice("from", sources...)
	if from == 2 && (q.After > 0 || q.Before > 0) {
		p.fail("after, before", phrase.Say("numbers of events mean nothing when from is all: ask by time"))
	}
	if p.end() != nil {
		return p.err
	}
	out := newStream(w, s.options())
	defer out.close()
	if err := s.each(r.Context(), from, q, out.event); err != nil {
		return err
	}
	return out.flush()
}

func (s *Server) options() *format.Options { return &format.Options{Services: s.config.Services} }

// each reads events that are stored, imported, or both in the order of time.
func (s *Server) each(ctx context.Context, from int, q history.Query, f func(*capture.Event) error) error {
	switch sources[from] {
	case "live":
		return s.engine.Each(ctx, q, f)
	case "imported":
		return s.engine.EachImported(ctx, q, f)
	}
	return archive.Merge(ctx,
		func(ctx context.Context, f func(*capture.Event) error) error { return s.engine.Each(ctx, q, f) },
		func(ctx context.Context, f func(*capture.Event) error) error { return s.engine.EachImported(ctx, q, f) },
		!q.OldestFirst, q.Limit, f)
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

// stream writes lines to a caller. What he does not take within a while ends it.
type stream struct {
	w       *bufio.Writer
	rc      *http.ResponseController
	options *format.Options
	line    []byte
	flushed time.Time
}

func newStream(w http.ResponseWriter, o *format.Options) *stream {
	w.Header().Set("Content-Type", "application/x-ndjson")
	return &stream{w: bufio.NewWriterSize(deadlined{w, http.NewResponseController(w)}, 64<<10), rc: http.NewResponseController(w), options: o}
}

// deadlined gives each write its time.
type deadlined struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (d deadlined) Write(b []byte) (int, error) {
	if err := d.rc.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return 0, err
	}
	return d.w.Write(b)
}

func (st *stream) event(ev *capture.Event) error {
	st.line = append(format.AppendJSON(st.line[:0], ev, st.options), '\n')
	_, err := st.w.Write(st.line)
	return err
}

func (st *stream) flush() error {
	if err := st.w.Flush(); err != nil {
		return err
	}
	if err := st.rc.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	st.flushed = time.Now()
	return st.rc.Flush()
}

// close lets the connection be used again without the deadline.
func (st *stream) close() { _ = st.rc.SetWriteDeadline(time.Time{}) }
