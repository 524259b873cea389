package serve

import (
	"math"
	"net/http"

	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/api"
	"linklog/service/book"
)

func (s *Server) alerts(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	after, limit := p.number("after", 0), p.count("limit", book.DefaultLimit)
	if p.end() != nil {
		return p.err
	}
	if limit == 0 {
		limit = math.MaxInt // all that are kept
	}
	list, err := s.engine.Alerts().After(after, limit)
	if err != nil {
		return err
	}
	out := make([]api.Alert, len(list))
	for i, a := range list {
		out[i] = alertOf(a)
	}
	return answer(w, map[string][]api.Alert{"alerts": out})
}

func alertOf(a alerts.Alert) api.Alert {
	out := api.Alert{
		ID: a.ID, Time: a.Time, Kind: a.Kind.String(), Text: a.String(), Host: a.Host, Name: a.Name, Device: a.Device, DeviceName: a.DeviceName,
		Direction: a.Dir.String(), Protocol: a.Proto.String(), Port: a.Port, Service: a.Service, Seq: a.Seq, Router: a.Router,
		Count: a.Count, Since: a.Since, OldAddr: a.OldAddr, NewAddr: a.NewAddr, Muted: a.Muted,
	}
	for _, h := range a.Hosts {
		out.Hosts = append(out.Hosts, api.NamedIP{Addr: h.Host, Name: h.Name})
	}
	return out
}

// digest sums up the alerts behind one.
func (s *Server) digest(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	after := p.number("after", 0)
	if p.end() != nil {
		return p.err
	}
	a, any, err := s.engine.Alerts().Digest(after)
	if err != nil {
		return err
	}
	var out struct {
		Digest *api.Alert `json:"digest"` // null: nothing happened
	}
	if any {
		alert := alertOf(a)
		out.Digest = &alert
	}
	return answer(w, out)
}

// cursor tells up to which alert a reader with a name of his own has come.
func (s *Server) cursor(w http.ResponseWriter, r *http.Request) error {
	id, known, err := s.engine.Alerts().Cursor(r.PathValue("name"))
	if err != nil {
		return err
	}
	if !known {
		return refuse(http.StatusNotFound, phrase.Say("no such cursor"))
	}
	return answer(w, map[string]uint64{"alert": id})
}

func (s *Server) setCursor(w http.ResponseWriter, r *http.Request) error {
	var alert uint64
	if err := body(r, "alert", phrase.Say("the number of an alert"), &alert); err != nil {
		return err
	}
	if err := s.engine.Alerts().SetCursor(r.PathValue("name"), alert); err != nil {
		return err
	}
	return done(w)
}
