package serve

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"linklog/assets/origin"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/archive"
	"linklog/service/history"
)

// dimensions are what events can be counted by, by their names in requests.
var dimensions = []struct {
	name string
	by   history.Dimension
}{
	{"time", history.ByTime}, {"kind", history.ByKind}, {"reason", history.ByReason}, {"direction", history.ByDirection}, {"protocol", history.ByProtocol}, {"verdict", history.ByVerdict},
	{"router", history.ByRouter}, {"router_host", history.ByRouterName}, {"new", history.ByNew}, {"source", history.BySource}, {"dest", history.ByDest}, {"remote", history.ByRemote},
	{"local", history.ByLocal}, {"source_port", history.BySourcePort}, {"dest_port", history.ByDestPort},
}

// maxGroups bounds the groups of an answer; the events of all others are its rest.
const maxGroups = 10_000

// groups counts events by what the caller names.
func (s *Server) groups(r *http.Request) (any, error) {
	p := readParams(r)
	q := s.query(p)
	from := p.choice("from", sources...)
	if from > 0 && (q.After > 0 || q.Before > 0) {
		p.fail("after, before", phrase.Say("groups of imported events are asked for by time, not by numbers of events"))
	}
	bucket := p.number("bucket", 3600)
	if bucket == 0 || bucket > 366*24*3600 {
		p.fail("bucket", phrase.Say("must be a number of seconds, from 1 to a year"))
	}
	g := history.Grouping{Limit: p.count("limit", 100), Bucket: time.Duration(bucket) * time.Second, Volumes: p.yes("volumes"), ByBytes: p.choice("order", "count", "bytes") > 0}
	class := ""     // instead of the remote ends themselves
	sorted := false // by category, instead of the ports themselves
	named := history.Dimension(0)
	for name := range strings.SplitSeq(p.text("by"), ",") {
		name = strings.TrimSpace(name)
		by, of := history.Dimension(0), s.remoteClass(name)
		if of != nil {
			by = history.ByRemote
		}
		for _, d := range dimensions {
			if d.name == name {
				by = d.by
			}
		}
		if name == "category" {
			by, sorted = history.ByDestPort|history.ByProtocol, true
		} else {
			named |= by
		}
		if by == 0 {
			p.fail("by", phrase.Say("must be one or several of {{.Names}}, with commas between them",
				"Names", "time, kind, reason, direction, protocol, verdict, router, router_host, new, source, dest, remote, owner, country, domain, local, source_port, dest_port, category"))
		}
		if by == history.ByRemote && g.By&by != 0 && (of != nil || class != "") {
			p.fail("by", phrase.Say("must be only one of remote, owner, country and domain"))
		}
		if of != nil {
			g.Class, class = of, name
		}
		g.By |= by
	}
	if sorted && named&history.ByDestPort != 0 {
		p.fail("by", phrase.Say("must be only one of dest_port and category"))
	}
	if p.end() != nil {
		return nil, p.err
	}
	if g.Limit == 0 || g.Limit > maxGroups {
		g.Limit = maxGroups
	}
	end, err := s.heavy(r.Context())
	if err != nil {
		return nil, err
	}
	defer end()
	asked := g
	if sorted { // all ports, so that none is missing in its category
		asked.Limit = maxGroups
	}
	found, err := s.groupsFrom(r.Context(), from, q, asked)
	if err != nil {
		return nil, err
	}
	var categories []string
	if sorted {
		if g.By = g.By &^ history.ByDestPort; named&history.ByProtocol == 0 {
			g.By &^= history.ByProtocol
		}
		found, categories = s.byCategory(found, g)
	}
	out := api.Groups{Groups: make([]api.Group, len(found.List)), Rest: found.Rest, RestVolume: volumeOf(&found.RestVolume), Exact: found.Exact}
	for i := range found.List {
		f := &found.List[i]
		group := s.groupOf(f, g.By)
		if class != "" {
			group.Class, group.Remote = api.ClassOf(class, f.Remote.Name), nil
		}
		if sorted {
			group.Category = categories[f.DestPort]
		}
		out.Groups[i] = group
	}
	return out, nil
}

// byCategory puts groups of ports and protocols together by what they are for. The port of
// a group is then the place of its category in the list.
func (s *Server) byCategory(found history.Groups, g history.Grouping) (history.Groups, []string) {
	list := []string{""} // what is not known
	for i := range found.List {
		f := &found.List[i]
		category := s.config.Services.Category(f.DestPort, f.Proto)
		place := slices.Index(list, category)
		if place < 0 {
			place = len(list)
			list = append(list, category)
		}
		if f.DestPort = uint16(place); g.By&history.ByProtocol == 0 {
			f.Proto = 0
		}
	}
	exact := found.Exact && found.Rest == 0
	found = archive.MergeGroups(found, history.Groups{}, g)
	found.Exact = exact
	return found, list
}

// classOf says what hosts are put together by, of their addresses and names; nil: by nothing of
// that name.
func classOf(by string) func(a netip.Addr, name string) string {
	switch by {
	case "owner":
		return func(a netip.Addr, _ string) string { return origin.Of(a).Owner }
	case "country":
		return func(a netip.Addr, _ string) string { return origin.Of(a).Country }
	case "domain":
		return func(_ netip.Addr, name string) string { return origin.Domain(name) }
	}
	return nil
}

// remoteClass is classOf for the hosts of the history, each with the name that its events are
// shown with.
func (s *Server) remoteClass(by string) func(history.Host) string {
	of := classOf(by)
	switch {
	case of == nil:
		return nil
	case by != "domain":
		return func(h history.Host) string { return of(h.Addr, h.Name) }
	}
	return func(h history.Host) string {
		if h.Addr.IsValid() {
			name, wins := s.engine.Hosts().Called(h.Addr)
			if name == "" {
				name, _ = s.engine.History().Name(h.Addr)
			}
			if wins || h.Name == "" {
				h.Name = name
			}
		}
		return of(h.Addr, h.Name)
	}
}

// groupsFrom counts what was received, what was imported, or both.
func (s *Server) groupsFrom(ctx context.Context, from int, q history.Query, g history.Grouping) (history.Groups, error) {
	switch {
	case sources[from] == "imported":
		return s.engine.GroupImported(ctx, q, g)
	case sources[from] == "live" || len(s.engine.Imported().Segments()) == 0:
		return s.engine.Group(ctx, q, g)
	}
	many := g
	if many.Limit > 0 { // so that what is small in one counts with what is large in the other
		many.Limit = maxGroups
	}
	live, err := s.engine.Group(ctx, q, many)
	if err != nil {
		return live, err
	}
	imported, err := s.engine.GroupImported(ctx, q, many)
	return archive.MergeGroups(live, imported, g), err
}

func (s *Server) groupOf(f *history.Group, by history.Dimension) api.Group {
	out := api.Group{
		Time: f.Time, Kind: f.Kind.String(), Reason: f.Reason.String(), Direction: f.Dir.String(), Protocol: f.Proto.String(), Verdict: f.Verdict.String(), RouterHost: f.RouterName, New: f.New, Count: f.Count, Allowed: f.Allowed, Blocked: f.Blocked,
		Source: s.party(f.Source, by&history.BySource), Dest: s.party(f.Dest, by&history.ByDest),
		Remote: s.party(f.Remote, by&history.ByRemote), Local: s.party(f.Local, by&history.ByLocal),
	}
	out.Volume = volumeOf(&f.Volume)
	if f.Router.IsValid() {
		out.Router = f.Router.String()
	}
	if by&history.BySourcePort != 0 {
		out.SourcePort = &f.SourcePort
	}
	if by&history.ByDestPort != 0 {
		out.DestPort = &f.DestPort
		out.Service = s.config.Services.Name(f.DestPort, f.Proto)
	}
	return out
}

// volumeOf is nil where nothing is known.
func volumeOf(v *history.Volume) *api.Volume {
	if v.Measured == 0 {
		return nil
	}
	return &api.Volume{Measured: v.Measured, BytesUp: v.Up.Bytes, BytesDown: v.Down.Bytes, PacketsUp: v.Up.Packets, PacketsDown: v.Down.Packets}
}

// party is one end of attempts, with the best name that is known.
func (s *Server) party(h history.Host, wanted history.Dimension) *api.NamedIP {
	if wanted == 0 {
		return nil
	}
	if h.Addr.IsValid() {
		addr, name := s.engine.Hosts().DeviceOf(h.Addr, h.MAC)
		h.Addr, h.Name = addr, cmp.Or(name, h.Name)
	}
	return &api.NamedIP{Addr: h.Addr, MAC: h.MAC.String(), Name: h.Name}
}
