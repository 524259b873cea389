package serve

import (
	"math"
	"net/http"
	"time"

	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/api"
	"linklog/service/book"
	"linklog/service/deliver"
)

func (s *Server) alerts(r *http.Request) (any, error) {
	p := readParams(r)
	after, limit, newest, deliveries := p.number("after", 0), p.count("limit", book.DefaultLimit), p.yes("newest"), p.yes("deliveries")
	if newest && after > 0 {
		p.fail("newest", phrase.Say("goes without after"))
	}
	if p.end() != nil {
		return nil, p.err
	}
	if limit == 0 {
		limit = math.MaxInt // all that are kept
	}
	read := func() ([]alerts.Alert, error) { return s.engine.Alerts().After(after, limit) }
	if newest {
		read = func() ([]alerts.Alert, error) { return s.engine.Alerts().Newest(limit) }
	}
	list, err := read()
	if err != nil {
		return nil, err
	}
	out := make([]api.Alert, len(list))
	for i, a := range list {
		out[i] = a.API()
	}
	if deliveries {
		if err := s.deliveries(list, out); err != nil {
			return nil, err
		}
	}
	return map[string][]api.Alert{"alerts": out}, nil
}

// digest sums up the alerts behind one.
func (s *Server) digest(r *http.Request) (any, error) {
	p := readParams(r)
	after := p.number("after", 0)
	if p.end() != nil {
		return nil, p.err
	}
	a, any, err := s.engine.Alerts().Digest(after)
	if err != nil {
		return nil, err
	}
	var out struct {
		Digest *api.Alert `json:"digest"` // null: nothing happened
	}
	if any {
		alert := a.API()
		out.Digest = &alert
	}
	return out, nil
}

// cursor tells up to which alert a reader with a name of his own has come.
func (s *Server) cursor(r *http.Request) (any, error) {
	id, known, err := s.engine.Alerts().Cursor(r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, refuse(http.StatusNotFound, phrase.Say("no such cursor"))
	}
	return map[string]uint64{"alert": id}, nil
}

func (s *Server) setCursor(r *http.Request) (any, error) {
	var alert uint64
	if err := body(r, "alert", phrase.Say("the number of an alert"), &alert); err != nil {
		return nil, err
	}
	return nil, s.engine.Alerts().SetCursor(r.PathValue("name"), alert)
}

func (s *Server) ignores(r *http.Request) (any, error) {
	out := []api.IgnoreRule{}
	for _, rule := range s.engine.Alerts().Ignores() {
		o := api.IgnoreRule{Filter: rule.Query, Settings: rule.Settings}
		if rule.Err != nil {
			o.Error = rule.Err.Error()
		}
		out = append(out, o)
	}
	return map[string][]api.IgnoreRule{"ignore": out}, nil
}

func (s *Server) ignore(r *http.Request) (any, error) {
	var text string
	if err := body(r, "filter", phrase.Say("which hosts are ignored"), &text); err != nil {
		return nil, err
	}
	kept, err := s.engine.Alerts().Ignore(text)
	return map[string]string{"filter": kept}, err
}

func (s *Server) unignore(r *http.Request) (any, error) {
	p := readParams(r)
	text := p.text("filter")
	if p.end() != nil {
		return nil, p.err
	}
	was, err := s.engine.Alerts().Unignore(text)
	if err != nil {
		return nil, err
	}
	if !was {
		return nil, refuse(http.StatusNotFound, phrase.Say("this filter is not in the ignore list"))
	}
	return nil, nil
}

// muted is until when alerts are muted.
type muted struct {
	Until time.Time `json:"until,omitzero"` // zero: they are not
}

func (s *Server) mute(r *http.Request) (any, error) {
	return muted{s.engine.Alerts().Mute()}, nil
}

func (s *Server) setMute(r *http.Request) (any, error) {
	var until time.Time
	if err := body(r, "until", phrase.Phrase{}, &until); err != nil {
		return nil, err
	}
	if err := s.engine.Alerts().SetMute(until); err != nil {
		return nil, err
	}
	return muted{s.engine.Alerts().Mute()}, nil
}

// deliveries notes what became of alerts at the outlets.
func (s *Server) deliveries(list []alerts.Alert, out []api.Alert) error {
	if len(list) == 0 {
		return nil
	}
	readers, err := s.engine.Alerts().Readers()
	if err != nil {
		return err
	}
	failures, err := s.engine.Alerts().Failures(list[0].ID - 1)
	if err != nil {
		return err
	}
	for _, o := range s.service.Outlets.States() {
		at, known := readers[alerts.OutletCursor+o.Name]
		if !known {
			continue
		}
		for i := range list {
			a := &list[i]
			if !deliver.Goes(a, o.Name, o.DigestOnly) || a.ID <= at.Begun {
				continue
			}
			d := api.Delivery{Outlet: o.Name, State: "waiting"}
			if a.ID <= at.Done {
				d.State = "delivered"
			}
			for _, f := range failures[a.ID] {
				if f.Outlet == o.Name {
					d.State, d.Why = "failed", oneLine(f.Why)
				}
			}
			out[i].Deliveries = append(out[i].Deliveries, d)
		}
	}
	return nil
}
