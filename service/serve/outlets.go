package serve

import (
	"errors"
	"net/http"

	"linklog/phrase"
	"linklog/service"
	"linklog/service/api"
	"linklog/service/localsocket"
)

// outlets lists the places outside that are told of alerts.
func (s *Server) outlets(r *http.Request) (any, error) {
	return map[string][]api.Outlet{"outlets": s.outletsNow()}, nil
}

func (s *Server) outletsNow() []api.Outlet {
	out := []api.Outlet{}
	for _, o := range s.service.Outlets.States() {
		one := api.Outlet{Name: o.Name, Type: o.Type, Sent: o.Sent, Told: o.Told, Refused: o.Refused, Late: o.Late, Waiting: o.Waiting, Last: o.Last}
		if o.Err != nil {
			reason := clean(phrase.Of(o.Err))
			one.Error, one.Reason = oneLine(o.Err.Error()), &reason
		}
		out = append(out, one)
	}
	return out
}

// testOutlet sends a message through one.
func (s *Server) testOutlet(r *http.Request) (any, error) {
	err := s.service.Outlets.Test(r.Context(), r.PathValue("name"))
	var none service.NoOutlet
	switch {
	case errors.As(err, &none):
		return nil, failed(http.StatusNotFound, err)
	case err != nil && r.Context().Err() == nil:
		return nil, failed(http.StatusBadGateway, err)
	}
	return nil, err
}

// secrets lists the names of the secrets of outlets; their values are not told to anybody.
func (s *Server) secrets(r *http.Request) (any, error) {
	names := s.service.Outlets.Secrets()
	if names == nil {
		names = []string{}
	}
	return map[string][]string{"secrets": names}, nil
}

// setSecret keeps one; an empty value removes it.
func (s *Server) setSecret(r *http.Request) (any, error) {
	var value string
	if err := body(r, "value", phrase.Say("the secret; empty to remove it"), &value); err != nil {
		return nil, err
	}
	s.changes.Lock()
	defer s.changes.Unlock()
	if err := s.may(r, localsocket.Admin); err != nil {
		return nil, err
	}
	if err := s.service.Outlets.SetSecret(r.PathValue("name"), value); err != nil {
		return nil, failed(http.StatusBadRequest, err)
	}
	s.log.Info("secret changed", "name", r.PathValue("name"), "by", s.by(r))
	return nil, nil
}
