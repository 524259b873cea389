package api

import (
	"bufio"
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"linklog/service/book"
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
			p.fail("device", err.Error())
		}
		q.Device = a
	}
	if p.end() != nil {
		return p.err
	}
	if q.Limit < 0 || q.Limit > book.DefaultLimit {
		end, err := s.heavy(r.Context())
		if err != nil {
			return err
		}
		defer end()
	}
	return s.writeHosts(w, r, q)
}

// hostsWithin bounds an answer with hosts, however many: they may be half a million.
const hostsWithin = 2 * time.Minute

// writeHosts answers with hosts as they come, so that they are never all in memory.
func (s *Server) writeHosts(w http.ResponseWriter, r *http.Request, q book.HostQuery) error {
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
	out.WriteString("]}\n")
	return out.Flush()
}

func (s *Server) host(w http.ResponseWriter, r *http.Request) error {
	h, known, err := s.engine.Hosts().Host(book.ParseRef(r.PathValue("ref")))
	if err != nil {
		return err
	}
	if !known {
		return &Error{Status: http.StatusNotFound, Message: "no such host was seen"}
	}
	return answer(w, hostOf(&h))
}

func hostOf(h *book.Host) Host {
	out := Host{
		Ref: h.Ref.String(), Addr: h.Addr, Names: Names{h.Name, h.Label, h.RouterName, h.DNSName}, DNSFirst: h.DNSFirst, DNSLast: h.DNSLast,
		First: h.FirstSeen, Last: h.LastSeen, FirstSeq: h.FirstSeq, In: h.In, Out: h.Out,
		Ports: make([]HostPort, len(h.Ports)), OtherPorts: h.OtherPorts, Devices: make([]HostDevice, len(h.Devices)), Ignored: h.Ignored, New: h.New,
	}
	if !h.Addr.IsValid() && out.Names.Name == "" {
		out.Names.Name = h.Ref.Name
	}
	for i, p := range h.Ports {
		out.Ports[i] = HostPort{p.Dir.String(), p.Proto.String(), p.Port, p.Service, p.Count}
	}
	for i, d := range h.Devices {
		out.Devices[i] = HostDevice(d)
	}
	return out
}

func (s *Server) devices(w http.ResponseWriter, r *http.Request) error {
	if err := readParams(r).end(); err != nil {
		return err
	}
	list := s.engine.Hosts().Devices()
	out := make([]Device, len(list))
	for i, d := range list {
		out[i] = Device{d.Addr, Names{d.Name, d.Label, d.RouterName, d.DNSName}, d.FirstSeen, d.LastSeen, d.In, d.Out, d.Hosts}
	}
	return answer(w, map[string][]Device{"devices": out})
}

// label gives a host or a device a name of the user's own.
func (s *Server) label(w http.ResponseWriter, r *http.Request) error {
	var label string
	if err := body(r, "label", "a name; an empty one takes it away", &label); err != nil {
		return err
	}
	ref := book.ParseRef(r.PathValue("ref"))
	if ref.IsZero() {
		return badRequest("%q is not a host", r.PathValue("ref"))
	}
	if strings.HasPrefix(r.URL.Path, "/v1/devices/") && !ref.Addr.IsValid() {
		return badRequest("%q is not an address of a device", r.PathValue("ref"))
	}
	if err := s.engine.SetLabel(ref, label); err != nil {
		return err
	}
	return done(w)
}

// done answers that it is done.
func done(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// seen tells that the user has seen the hosts that began up to an event.
func (s *Server) seen(w http.ResponseWriter, r *http.Request) error {
	var upTo uint64
	if err := body(r, "up_to", "the number of an event; 0: all", &upTo); err != nil {
		return err
	}
	if err := s.engine.Hosts().MarkSeen(upTo); err != nil {
		return err
	}
	return done(w)
}

// maxNames bounds how many names can be asked for at once.
const maxNames = 10_000

// names gives the best names of addresses; those that have none are left out.
func (s *Server) names(w http.ResponseWriter, r *http.Request) error {
	var ips []netip.Addr
	if err := body(r, "ips", "a list of addresses", &ips); err != nil {
		return err
	}
	if len(ips) > maxNames {
		return badRequest("%d addresses are too many; ask for up to %d at once", len(ips), maxNames)
	}
	names := make(map[string]string)
	for _, a := range ips {
		if !a.IsValid() { // null or ""
			return badRequest("body: ips: an address is empty")
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
		return badRequest("%w", err)
	}
	all, err := s.engine.History().Names(a)
	if err != nil {
		return err
	}
	out := make([]NameSeen, len(all))
	for i, n := range all {
		out[i] = NameSeen(n)
	}
	return answer(w, map[string][]NameSeen{"names": out})
}

func (s *Server) ignores(w http.ResponseWriter, r *http.Request) error {
	out := []IgnoreRule{}
	for _, rule := range s.engine.Hosts().Ignores() {
		o := IgnoreRule{Filter: rule.Query, Settings: rule.Settings}
		if rule.Err != nil {
			o.Error = rule.Err.Error()
		}
		out = append(out, o)
	}
	return answer(w, map[string][]IgnoreRule{"ignore": out})
}

func (s *Server) ignore(w http.ResponseWriter, r *http.Request) error {
	var text string
	if err := body(r, "filter", "which hosts are ignored", &text); err != nil {
		return err
	}
	kept, err := s.engine.Hosts().Ignore(text)
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
	was, err := s.engine.Hosts().Unignore(text)
	if err != nil {
		return err
	}
	if !was {
		return &Error{Status: http.StatusNotFound, Message: "that filter is not in the ignore list"}
	}
	return done(w)
}

func (s *Server) alerts(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	after, limit := p.number("after", 0), p.count("limit", book.DefaultLimit)
	if p.end() != nil {
		return p.err
	}
	if limit == 0 {
		limit = math.MaxInt // all that are kept
	}
	list, err := s.engine.Hosts().Alerts(after, limit)
	if err != nil {
		return err
	}
	out := make([]Alert, len(list))
	for i, a := range list {
		out[i] = alertOf(a)
	}
	return answer(w, map[string][]Alert{"alerts": out})
}

// digest sums up the alerts behind one.
func (s *Server) digest(w http.ResponseWriter, r *http.Request) error {
	p := readParams(r)
	after := p.number("after", 0)
	if p.end() != nil {
		return p.err
	}
	a, any, err := s.engine.Hosts().Digest(after)
	if err != nil {
		return err
	}
	var out struct {
		Digest *Alert `json:"digest"` // null: nothing happened
	}
	if any {
		alert := alertOf(a)
		out.Digest = &alert
	}
	return answer(w, out)
}

// cursor tells up to which alert a reader with a name of his own has come.
func (s *Server) cursor(w http.ResponseWriter, r *http.Request) error {
	id, known, err := s.engine.Hosts().Cursor(r.PathValue("name"))
	if err != nil {
		return err
	}
	if !known {
		return &Error{Status: http.StatusNotFound, Message: "nobody of that name was here"}
	}
	return answer(w, map[string]uint64{"alert": id})
}

func (s *Server) setCursor(w http.ResponseWriter, r *http.Request) error {
	var alert uint64
	if err := body(r, "alert", "the number of an alert", &alert); err != nil {
		return err
	}
	if err := s.engine.Hosts().SetCursor(r.PathValue("name"), alert); err != nil {
		return err
	}
	return done(w)
}

// muted is until when alerts are muted.
type muted struct {
	Until time.Time `json:"until,omitzero"` // zero: they are not
}

func (s *Server) mute(w http.ResponseWriter, r *http.Request) error {
	return answer(w, muted{s.engine.Hosts().Mute()})
}

func (s *Server) setMute(w http.ResponseWriter, r *http.Request) error {
	var until time.Time
	if err := body(r, "until", "", &until); err != nil {
		return err
	}
	if err := s.engine.Hosts().SetMute(until); err != nil {
		return err
	}
	return answer(w, muted{s.engine.Hosts().Mute()})
}
