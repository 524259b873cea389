package serve

import (
	"net/http"

	"linklog/service/api"
)

func (s *Server) hello(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r.Context())
	role := s.clients.present(c)
	h := api.Hello{
		API: api.Version, Service: s.config.Version, ID: s.service.ID(), Role: role.String(), User: s.clients.who(c).String(),
		Last: s.engine.Last(), Oldest: s.engine.Oldest(), Alert: s.engine.Alerts().Last(), Port: s.service.Intake.Port(), Open: s.service.Intake.Listening(),
	}
	return answer(w, h)
}
