package serve

import (
	"errors"
	"net/http"

	"linklog/filter"
	"linklog/phrase"
	"linklog/service/engine"
	"linklog/service/localsocket"
)

// forget removes what is stored about the events that match a filter, or says how much it is.
func (s *Server) forget(r *http.Request) (any, error) {
	p := readParams(r)
	m := s.matcher(p)
	dry := p.yes("dry_run")
	if p.wrong == nil && asksNothing(m) {
		p.fail("filter", phrase.Say("a filter is needed: it says what is to be removed"))
	}
	if p.end() != nil {
		return nil, p.err
	}
	if !dry {
		if err := s.may(r, localsocket.Admin); err != nil {
			return nil, err
		}
	}
	found, err := s.engine.Forget(r.Context(), m, dry)
	if errors.Is(err, engine.ErrForgetting) {
		return nil, refuse(http.StatusConflict, phrase.Say("something else is being removed just now; try again in a while"))
	}
	if err != nil {
		return nil, err
	}
	if !dry && !found.Empty() {
		s.log.Info("stored events are being removed on request", "by", s.by(r), "events", found.Events, "imported", found.Imported)
	}
	return found, nil
}

// asksNothing reports whether a filter lets everything through; nil: there is none.
func asksNothing(m *filter.Matcher) bool {
	if m == nil {
		return true
	}
	f, known := m.Untimed()
	since, until := m.Times()
	return known && f == filter.Filter{} && since.IsZero() && until.IsZero()
}

// forgetting says how far it is with what is being removed.
func (s *Server) forgetting(r *http.Request) (any, error) {
	p := readParams(r)
	if p.end() != nil {
		return nil, p.err
	}
	return s.engine.Forgetting(), nil
}
