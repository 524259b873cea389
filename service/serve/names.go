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
func (s *Server) names(r *http.Request) (any, error) {
	var ips []netip.Addr
	if err := body(r, "ips", phrase.Say("a list of addresses"), &ips); err != nil {
		return nil, err
	}
	if len(ips) > maxNames {
		return nil, badRequest(phrase.Say("{{.Count}} addresses are too many: ask for up to {{.Limit}} at once", "Count", len(ips), "Limit", maxNames))
	}
	names := make(map[string]string)
	for _, a := range ips {
		if !a.IsValid() { // null or ""
			return nil, badRequest(phrase.Say("body: ips: an address is empty"))
		}
		if name, ok := s.engine.Hosts().NameOf(a); ok && name != "" {
			names[a.String()] = name
		}
	}
	return map[string]any{"names": names}, nil
}

// namesSeen gives all names DNS ever gave to an address.
func (s *Server) namesSeen(r *http.Request) (any, error) {
	a, err := netip.ParseAddr(r.PathValue("ip"))
	if err != nil {
		return nil, badRequest(phrase.Of(err))
	}
	all, err := s.engine.History().Names(a)
	if err != nil {
		return nil, err
	}
	out := make([]api.NameSeen, len(all))
	for i, n := range all {
		out[i] = api.NameSeen(n)
	}
	return map[string][]api.NameSeen{"names": out}, nil
}
