package serve

import (
	"net/http"
	"time"

	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/archive"
)

// Matches between the marks of an index.
const (
	defaultEvery = 500
	maxEvery     = 100_000
)

// progressWithin is how often an index says how far it is, at least.
const progressWithin = 100 * time.Millisecond

// index searches for all events that match, and answers with where pages of them begin.
func (s *Server) index(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	q := archive.IndexQuery{Query: s.query(p), Progress: &archive.Progress{}}
	q.OldestFirst = p.choice("order", "newest", "oldest") == 1
	from := p.choice("from", sources...)
	q.Cut = p.cut(&q.Query)
	if sources[from] == "imported" && (q.After > 0 || q.Before > 0) {
		p.fail("after, before", phrase.Say("an index of imported events is bounded by time, not by numbers of events"))
	}
	q.Every = p.count("every", defaultEvery)
	if q.Every < 1 || q.Every > maxEvery {
		p.fail("every", phrase.Say("must be a number from 1 to {{.Max}}", "Max", maxEvery))
	}
	if p.end() != nil {
		return p.err
	}
	q.Imported = sources[from] != "live"
	out := newStream(w, s.options())
	defer out.close()
	progress := func() (api.Mark, bool) {
		searched, of := q.Progress.Searched.Load(), q.Progress.Of.Load()
		return api.Mark{Count: q.Progress.Found.Load(), Searched: min(searched, of), Of: of}, of > 0
	}
	end := every(progressWithin, func() {
		if m, known := progress(); known {
			_ = out.object(&m) // the next mark says what is wrong
			_ = out.flush()
		}
	})
	defer func() { end() }()
	last, err := s.engine.Index(r.Context(), q, sources[from] != "imported", func(m archive.Mark) error {
		mark := api.Mark{Count: m.Count, Cursor: m.Cut.String(), Time: m.Time}
		if m.Count == 0 {
			mark.Last = q.Progress.Last.Load()
		}
		if err := out.object(&mark); err != nil {
			return err
		}
		if _, since := out.waiting(); m.Count > int64(q.Every) && time.Since(since) < partWithin {
			return nil
		}
		return out.flush()
	})
	if err != nil {
		return err
	}
	end()
	end = func() {}
	m, _ := progress()
	m.Count, m.Cursor, m.Time, m.End = last.Count, last.Cut.String(), last.Time, true
	if err := out.object(&m); err != nil {
		return err
	}
	return out.flush()
}
