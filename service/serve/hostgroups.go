package serve

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"linklog/service/api"
	"linklog/service/book"
)

// mostHostGroups bounds the groups that hosts are put into, those with most attempts first: the hosts
// of all others are in the group of what is not known.
const mostHostGroups = 50_000

// hostGroups puts the hosts of a query together; its order, skip and limit are then of the groups.
func (s *Server) hostGroups(ctx context.Context, q book.HostQuery, by string) (api.HostGroups, error) {
	class := s.hostClass(by)
	groups := make(map[string]*api.HostGroup)
	out := api.HostGroups{Exact: true}
	all := q
	all.Order, all.Reverse, all.Skip, all.Limit = book.ByCount, false, 0, -1
	err := s.engine.Hosts().EachHost(all, func(h *book.Host) error {
		name := class(h)
		if len(groups) >= mostHostGroups && groups[name] == nil {
			name, out.Exact = "", false
		}
		g := groups[name]
		if g == nil {
			name = strings.Clone(name) // it may be a part of a longer one
			g = &api.HostGroup{Class: api.ClassOf(by, name), First: h.FirstSeen, Last: h.LastSeen}
			groups[name] = g
		}
		g.Hosts++
		if h.New {
			g.New++
		}
		if h.FirstSeen.Before(g.First) {
			g.First = h.FirstSeen
		}
		if h.LastSeen.After(g.Last) {
			g.Last = h.LastSeen
		}
		g.In += h.In
		g.Out += h.Out
		g.Allowed += h.Allowed
		g.Blocked += h.Blocked
		g.Matches += h.Matches
		return ctx.Err()
	})
	if err != nil {
		return out, err
	}
	out.Groups = make([]api.HostGroup, 0, len(groups))
	for _, g := range groups {
		out.Groups = append(out.Groups, *g)
	}
	slices.SortFunc(out.Groups, func(a, b api.HostGroup) int { return compareGroups(&a, &b, q.Order, q.Reverse) })
	out.Groups = out.Groups[min(q.Skip, len(out.Groups)):]
	if q.Limit > 0 {
		out.Groups = out.Groups[:min(q.Limit, len(out.Groups))]
	}
	return out, nil
}

// hostClass says what a host is put together by.
func (s *Server) hostClass(by string) func(*book.Host) string {
	if of := classOf(by); of != nil {
		return func(h *book.Host) string { return of(h.Addr, h.Name) }
	}
	return s.usedFor
}

// usedFor is what most attempts of a host are for, as far as its ports are known; of as many, what
// comes first by alphabet.
func (s *Server) usedFor(h *book.Host) (category string) {
	counts := make(map[string]uint64, len(h.Ports))
	for _, p := range h.Ports {
		name := s.config.Services.Category(p.Port, p.Proto)
		counts[name] += p.Count
		if n, most := counts[name], counts[category]; n > most || n == most && name != "" && (category == "" || name < category) {
			category = name
		}
	}
	return category
}

// compareGroups is the order of groups, as that of hosts.
func compareGroups(a, b *api.HostGroup, o book.HostOrder, reverse bool) int {
	if o == book.ByHostName && (a.Name() == "") != (b.Name() == "") { // what is not known comes last in any case
		return cmp.Compare(b.Name(), a.Name())
	}
	order := 0
	switch o {
	case book.ByFirstSeen:
		order = b.First.Compare(a.First)
	case book.ByCount:
		order = cmp.Compare(b.In+b.Out, a.In+a.Out)
	case book.ByHostName:
		order = strings.Compare(strings.ToLower(a.Name()), strings.ToLower(b.Name()))
	default:
		order = b.Last.Compare(a.Last)
	}
	if reverse {
		order = -order
	}
	return cmp.Or(order, strings.Compare(a.Name(), b.Name()))
}
