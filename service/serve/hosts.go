package serve

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"linklog/assets/vendors"
	"linklog/capture"
	"linklog/filter"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/book"
	"linklog/service/history"
)

func (s *Server) hosts(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	q := book.HostQuery{
		Order:   []book.HostOrder{book.ByLastSeen, book.ByFirstSeen, book.ByCount, book.ByHostName, book.ByAddress}[p.choice("order", "last", "first", "count", "name", "address")],
		Reverse: p.yes("reverse"), New: p.yes("new"), Find: p.text("find"),
		Skip: p.count("skip", 0), Limit: p.count("limit", book.DefaultLimit),
	}
	if q.Limit == 0 {
		q.Limit = -1 // all
	}
	if ignored := p.yes("ignored"); p.has("ignored") {
		q.Ignored = &ignored
	}
	if text := p.text("device"); text != "" {
		a, err := netip.ParseAddr(text)
		if err != nil {
			p.fail("device", phrase.Of(err))
		}
		q.Device = a
	}
	by := ""
	if i := p.choice("by", append([]string{"host"}, api.Classes()...)...); i > 0 {
		by = api.Classes()[i-1]
	}
	group, within := p.text("group"), p.has("group")
	switch {
	case within && by == "":
		p.fail("group", phrase.Say("is one of those that by makes"))
	case within:
		class := s.hostClass(by)
		q.Only = func(h *book.Host) bool { return class(h) == group }
	case by != "" && q.Order == book.ByAddress:
		p.fail("order", phrase.Say("groups of hosts have no address"))
	}
	events, some := s.among(p)
	if p.end() != nil {
		return p.err
	}
	if some || by != "" || q.Limit < 0 || q.Limit > book.DefaultLimit {
		end, err := s.heavy(r.Context())
		if err != nil {
			return err
		}
		defer end()
	}
	if err := s.engine.SettleImports(r.Context()); err != nil {
		return err
	}
	exact := true
	if some {
		found, err := s.groupsFrom(r.Context(), fromAll, events, history.Grouping{By: history.ByRemote | history.ByDirection, WithoutNames: true})
		if err != nil {
			return err
		}
		exact, q.Among = found.Exact, make(map[book.Ref]book.Counts, len(found.List))
		for i := range found.List {
			g := &found.List[i]
			ref := book.ByAddr(g.Remote.Addr)
			if !g.Remote.Addr.IsValid() {
				ref = book.ByName(g.Remote.Name)
			}
			if !ref.IsZero() {
				q.Among[ref] = q.Among[ref].Plus(countsOf(g))
			}
		}
	}
	if by != "" && !within {
		groups, err := s.hostGroups(r.Context(), q, by)
		if err != nil {
			return err
		}
		groups.Exact = groups.Exact && exact
		return answer(w, groups)
	}
	return s.writeHosts(w, r, q, exact)
}

// among reads which events a host or device is to have; false: all are wanted, whatever
// events they have.
func (s *Server) among(p *params) (q history.Query, some bool) {
	q.Filter = s.matcher(p)
	q.Since, q.Until = p.time("since"), p.time("until")
	return q, q.Filter != nil || !q.Since.IsZero() || !q.Until.IsZero()
}

// countsOf are the attempts of a group.
func countsOf(g *history.Group) book.Counts {
	c := book.Counts{Allowed: uint64(max(g.Allowed, 0)), Blocked: uint64(max(g.Blocked, 0))}
	switch g.Dir {
	case capture.In:
		c.In = uint64(max(g.Count, 0))
	case capture.Out:
		c.Out = uint64(max(g.Count, 0))
	}
	return c
}

// hostsWithin bounds an answer with hosts, however many: they may be half a million.
const hostsWithin = 2 * time.Minute

// writeHosts answers with hosts as they come, so that they are never all in memory.
func (s *Server) writeHosts(w http.ResponseWriter, r *http.Request, q book.HostQuery, exact bool) error {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(hostsWithin)); err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	before := `{"hosts":[`
	begin := func() {
		w.Header().Set("Content-Type", "application/json") // from now on it cannot fail any more: see fail
		out.WriteString(before)
		before = ","
	}
	err := s.engine.Hosts().EachHost(q, func(h *book.Host) error {
		begin()
		data, err := json.Marshal(hostOf(h))
		if err == nil {
			_, err = out.Write(data)
		}
		return cmp.Or(err, r.Context().Err())
	})
	if err != nil {
		return err
	}
	if before != "," {
		begin()
	}
	end := "]}\n"
	if !exact {
		end = "],\"exact\":false}\n"
	}
	out.WriteString(end)
	return out.Flush()
}

func (s *Server) host(r *http.Request) (any, error) {
	p := readParams(r)
	counted := p.yes("attempts")
	if p.end() != nil {
		return nil, p.err
	}
	if err := s.engine.SettleImports(r.Context()); err != nil {
		return nil, err
	}
	ref := book.ParseRef(r.PathValue("ref"))
	h, known, err := s.engine.Hosts().Host(ref)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, refuse(http.StatusNotFound, phrase.Say("no such host was seen"))
	}
	out := hostOf(&h)
	if counted && ref.Addr.IsValid() {
		out.Attempts, err = s.attempts(r.Context(), filter.OfHost(ref.Addr, ""))
	}
	return out, err
}

func (s *Server) device(r *http.Request) (any, error) {
	p := readParams(r)
	counted := p.yes("attempts")
	if p.end() != nil {
		return nil, p.err
	}
	if err := s.engine.SettleImports(r.Context()); err != nil {
		return nil, err
	}
	ref := s.engine.Hosts().RefOf(book.ParseRef(r.PathValue("ref")))
	for _, d := range s.engine.Hosts().Devices() {
		if d.Ref() != ref {
			continue
		}
		out := deviceOf(&d)
		out.Addresses = s.addresses(d.MAC)
		var err error
		if counted {
			out.Attempts, err = s.attempts(r.Context(), filter.OfDevice(out.MAC, d.Addr, ""))
		}
		return out, err
	}
	return nil, refuse(http.StatusNotFound, phrase.Say("no such device was seen"))
}

// maxAddresses bounds the addresses of a device that are listed: of IPv6 it can have ever new
// ones.
const maxAddresses = 100

// addresses are those that a device has and had.
func (s *Server) addresses(mac capture.MAC) (list []api.HeldAddress) {
	held := s.engine.Hosts().HeldBy(mac)
	for _, h := range held[:min(len(held), maxAddresses)] {
		list = append(list, api.HeldAddress{Addr: h.Addr, From: h.From, Until: h.Until})
	}
	return list
}

// attempts counts by direction and verdict the events of a host or device that are kept.
func (s *Server) attempts(ctx context.Context, of filter.Filter) ([]api.Attempts, error) {
	m, err := of.Compile(s.config.Services, time.Now())
	if err != nil {
		return nil, err
	}
	end, err := s.heavy(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	found, err := s.groupsFrom(ctx, fromAll, history.Query{Filter: m}, history.Grouping{By: history.ByDirection | history.ByVerdict})
	list := []api.Attempts{}
	for _, g := range found.List {
		if g.Dir != 0 {
			list = append(list, api.Attempts{Direction: g.Dir.String(), Verdict: g.Verdict.String(), Count: g.Count})
		}
	}
	return list, err
}

func hostOf(h *book.Host) api.Host {
	out := api.Host{
		Ref: h.Ref.String(), Addr: h.Addr, Names: api.Names{Name: h.Name, Label: h.Label, Router: h.RouterName, DNS: h.DNSName, Asked: h.AskedName}, DNSFirst: h.DNSFirst, DNSLast: h.DNSLast,
		First: h.FirstSeen, Last: h.LastSeen, FirstSeq: h.FirstSeq, In: h.In, Out: h.Out, Allowed: h.Allowed, Blocked: h.Blocked,
		Ports: make([]api.HostPort, len(h.Ports)), OtherPorts: h.OtherPorts, Devices: make([]api.HostDevice, len(h.Devices)), Ignored: h.Ignored, New: h.New, Note: h.Note, Matches: h.Matches,
	}
	if !h.Addr.IsValid() && out.Names.Name == "" {
		out.Names.Name = h.Ref.Name
	}
	for i, p := range h.Ports {
		out.Ports[i] = api.HostPort{Direction: p.Dir.String(), Protocol: p.Proto.String(), Port: p.Port, Service: p.Service, Count: p.Count}
	}
	for i, d := range h.Devices {
		out.Devices[i] = api.HostDevice(d)
	}
	return out
}

func (s *Server) devices(r *http.Request) (any, error) {
	p := readParams(r)
	events, some := s.among(p)
	if p.end() != nil {
		return nil, p.err
	}
	if err := s.engine.SettleImports(r.Context()); err != nil {
		return nil, err
	}
	var among map[book.Ref]book.Counts
	if some {
		end, err := s.heavy(r.Context())
		if err != nil {
			return nil, err
		}
		defer end()
		found, err := s.groupsFrom(r.Context(), fromAll, events, history.Grouping{By: history.ByLocal | history.ByDirection, WithoutNames: true})
		if err != nil {
			return nil, err
		}
		among = make(map[book.Ref]book.Counts, len(found.List))
		for i := range found.List {
			local := &found.List[i].Local
			d := book.Device{Addr: local.Addr, MAC: local.MAC}
			among[d.Ref()] = among[d.Ref()].Plus(countsOf(&found.List[i]))
		}
	}
	list := s.engine.Hosts().DevicesAmong(among)
	out := make([]api.Device, len(list))
	for i := range list {
		out[i] = deviceOf(&list[i])
	}
	return map[string][]api.Device{"devices": out}, nil
}

func deviceOf(d *book.Device) api.Device {
	return api.Device{
		Ref: cmp.Or(d.MAC.String(), d.Addr.String()), Addr: d.Addr, MAC: d.MAC.String(), Private: d.MAC.IsPrivate(), Vendor: vendors.Of(d.MAC),
		Names: api.Names{Name: d.Name, Label: d.Label, Router: d.RouterName, Lease: d.LeaseName, DNS: d.DNSName},
		First: d.FirstSeen, Last: d.LastSeen, In: d.In, Out: d.Out, Allowed: d.Allowed, Blocked: d.Blocked, Hosts: d.Hosts, Note: d.Note, Matches: d.Matches,
	}
}

// label gives a host or a device a name of the user's own.
func (s *Server) label(r *http.Request) (any, error) {
	var label string
	if err := body(r, "label", phrase.Say("a name; an empty one removes it"), &label); err != nil {
		return nil, err
	}
	ref, err := named(r)
	if err != nil {
		return nil, err
	}
	return nil, s.engine.SetLabel(ref, label)
}

// note keeps what the user writes about a host or a device.
func (s *Server) note(r *http.Request) (any, error) {
	var note string
	if err := body(r, "note", phrase.Say("a text; an empty one removes it"), &note); err != nil {
		return nil, err
	}
	ref, err := named(r)
	if err != nil {
		return nil, err
	}
	return nil, s.engine.Hosts().SetNote(ref, note)
}

// named is the host or device in the path of a request.
func named(r *http.Request) (book.Ref, error) {
	ref := book.ParseRef(r.PathValue("ref"))
	if ref.IsZero() {
		return ref, badRequest(phrase.Say("{{.Host}} is not a valid host", "Host", strconv.Quote(r.PathValue("ref"))))
	}
	if _, mac := capture.ParseMAC(ref.Name); strings.HasPrefix(r.URL.Path, "/v1/devices/") && !ref.Addr.IsValid() && !mac {
		return ref, badRequest(phrase.Say("{{.Device}} is not the address of a device", "Device", strconv.Quote(r.PathValue("ref"))))
	}
	return ref, nil
}

// seen tells that the user has seen the hosts that began up to an event.
func (s *Server) seen(r *http.Request) (any, error) {
	var upTo uint64
	if err := body(r, "up_to", phrase.Say("the number of an event; 0: all"), &upTo); err != nil {
		return nil, err
	}
	return nil, s.engine.Hosts().MarkSeen(upTo)
}
