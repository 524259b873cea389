package serve

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/netip"

	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/lists"
)

// lists gives how the lists are.
func (s *Server) lists(r *http.Request) (any, error) { return s.listsNow(), nil }

func (s *Server) listsNow() api.Lists {
	out := api.Lists{Lists: []api.List{}, Own: s.service.Lists.Own()}
	if out.Own == nil {
		out.Own = []netip.Prefix{}
	}
	for _, l := range s.service.Lists.States() {
		one := api.List{Name: l.Name, From: l.URL, About: l.About, Terms: l.Terms, Page: l.Page, Quiet: l.Quiet, Next: l.Next}
		if l.Set != nil {
			one.Entries, one.Home, one.Wrong, one.First = l.Set.Entries, l.Set.Home, l.Set.Wrong, l.Set.First
			one.Version, one.Fetched = l.Sum, l.Fetched
		}
		if l.Err != nil {
			reason := clean(phrase.Of(l.Err))
			one.Error, one.Reason = oneLine(l.Err.Error()), &reason
		}
		out.Lists = append(out.Lists, one)
	}
	return out
}

// listsVersion changes whenever a list does, or the user's networks do.
func listsVersion(states []lists.State, own []netip.Prefix) string {
	h := fnv.New64a()
	any := false
	for _, l := range states {
		if l.Set != nil {
			any = true
			fmt.Fprintln(h, l.Name, l.Sum, l.Quiet)
		}
	}
	if !any {
		return ""
	}
	fmt.Fprintln(h, own)
	return hex.EncodeToString(h.Sum(nil))
}

// list gives a list as it came.
func (s *Server) list(w http.ResponseWriter, r *http.Request) error {
	in, err := s.service.Lists.Text(r.PathValue("name"))
	if err != nil {
		return failed(http.StatusNotFound, err)
	}
	defer in.Close()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rc := http.NewResponseController(w)
	_, err = io.Copy(deadlined{w, rc}, in)
	return err
}

// updateLists fetches lists now: one, or all.
func (s *Server) updateLists(r *http.Request) (any, error) {
	var name string
	if err := body(r, "name", phrase.Say("that of a list; empty for all"), &name); err != nil {
		return nil, err
	}
	switch err := s.service.Lists.Update(r.Context(), name); {
	case errors.Is(err, lists.ErrNone):
		return nil, failed(http.StatusNotFound, err)
	case err != nil && r.Context().Err() == nil:
		return nil, failed(http.StatusBadGateway, err)
	case err != nil:
		return nil, err
	}
	return s.listsNow(), nil
}
