package serve

import (
	"net/http"

	"linklog/phrase"
	"linklog/service/api"
)

func (s *Server) ignores(w http.ResponseWriter, r *http.Request) error {
	out := []api.IgnoreRule{}
	for _, rule := range s.engine.Alerts().Ignores() {
		o := api.IgnoreRule{Filter: rule.Query, Settings: rule.Settings}
		if rule.Err != nil {
			o.Error = rule.Err.Error()
		}
		out = append(out, o)
	}
	return answer(w, map[string][]api.IgnoreRule{"ignore": out})
}

func (s *Server) ignore(w http.ResponseWriter, r *http.Request) error {
	var text string
	if err := body(r, "filter", phrase.Say("which hosts are ignored"), &text); err != nil {
		return err
	}
	kept, err := s.engine.Alerts().Ignore(text)
	if err != nil {
		return err
	}
	return answer(w, map[string]string{"filter": kept})
}

func (s *Server) unignore(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	text := p.text("filter")
	if p.end() != nil {
		return p.err
	}
	was, err := s.engine.Alerts().Unignore(text)
	if err != nil {
		return err
	}
	if !was {
		return refuse(http.StatusNotFound, phrase.Say("this filter is not in the ignore list"))
	}
	return done(w)
}
