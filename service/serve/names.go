package serve

import (
	"net/http"
	"net/netip"

	"linklog/phrase"
	"linklog/service/api"
)

// maxNames bounds how many names can be asked for at once.
const maxNames = 10_000

// names gives the best names of addresses; those that have none are left out.
func (s *Server) names(w http.ResponseWriter, r *http.Request) error {
	var ips []netip.Addr
	if err := body(r, "ips", phrase.Say("a list of addresses"), &ips); err != nil {
		return err
	}
	if len(ips) > maxNames {
		return badRequest(phrase.Say("{{.Count}} addresses are too many: ask for up to {{.Limit}} at once", "Count", len(ips), "Limit", maxNames))
	}
	names := make(map[string]string)
	for _, a := range ips {
		if !a.IsValid() { // null or ""
			return badRequest(phrase.Say("body: ips: an address is empty"))
		}
		if name, ok := s.engine.Hosts().NameOf(a); ok && name != "" {
			names[a.String()] = name
		}
	}
	return answer(w, map[string]any{"names": names})
}

// namesSeen gives all names DNS ever gave to an address.
func (s *Server) namesSeen(w http.ResponseWriter, r *http.Request) error {
	a, err := netip.ParseAddr(r.PathValue("ip"))
	if err != nil {
		return badRequest(phrase.Of(err))
	}
	all, err := s.engine.History().Names(a)
	if err != nil {
		return err
	}
	out := make([]api.NameSeen, len(all))
	for i, n := range all {
		out[i] = api.NameSeen(n)
	}
	return answer(w, map[string][]api.NameSeen{"names": out})
}
