package guide

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/health"
)

// Facts are what the service has of the routers.
type Facts struct {
	Err  error // it could not be asked
	Open bool  // it listens

	Unstored phrase.Phrase // why what arrives cannot be stored, as on a full disk; zero: it can

	Closed []Closed // where it is to listen, and does not

	Last     api.Source // the router that sent last; without an address: none did
	Fresh    bool       // it did in the span that was asked for
	Tests    bool       // this computer itself sent something
	Only     netip.Addr // what it listens on, where no router can reach that; invalid: one can
	Stranger api.Source // who sent last of those that are not let in; without an address: nobody

	Asked  string       // the only router that was asked for, its address or name; "": every one was
	Others []netip.Addr // who else sent something, the latest first

	// Of the span that was asked for:
	Messages int64   // all that is kept of what the routers sent: not who has which address
	System   int64   // of these, what they say about themselves
	Other    int64   // of these, what was not understood
	Traffic  int64   // connections
	Blocked  int64   // those that the router says it blocked
	Decided  int64   // those of which it says whether it blocked or allowed them
	Minutes  []int64 // connections in each whole minute

	// The newest connections of the routers, the newest first; of those from the home network
	// to the internet the newest, and the newest that the router says it allowed.
	Latest             []capture.Event
	AnyOut, AnyAllowed capture.Event

	out, allowed bool // there may be such

	Device, Host Names
	Refused      phrase.Phrase // that names came which are not used, and why; zero: none came
}

// Names are what the routers say of names: of devices, by which they ask for an address, or of hosts,
// by which devices ask for them.
type Names struct {
	Last time.Time   // when they did last; zero: it is not known that they did
	One  api.NamedIP // one of the latest that has such a name; zero: none

	Other netip.Addr // who else said some, of those who were not asked for; invalid: nobody
	Own   bool       // that is this computer itself
}

// heard adds what a sender said last, at a time, if it said any.
func (n *Names) heard(from netip.Addr, at time.Time, wanted, own bool) {
	switch {
	case at.IsZero():
	case wanted:
		n.Last = later(n.Last, at)
	case !n.Other.IsValid() || n.Own: // rather a router than a test
		n.Other, n.Own = from, own
	}
}

// Question is what Look asks.
type Question struct {
	Since  time.Duration         // how far back; 0: an hour
	Router netip.Addr            // only what this one sent; invalid: every one's
	Name   string                // only what the router sent that calls itself so (as in filters); "": every one's
	IsOwn  func(netip.Addr) bool // knows this computer's addresses: what comes from there is a test; nil: none
}

// LastDay counts what came in the last day; the Facts have nothing else.
func LastDay(ctx context.Context, c *client.Client, isOwn func(netip.Addr) bool) (f Facts) {
	s, err := c.Status(ctx)
	if err != nil {
		return Facts{Err: err}
	}
	q := Question{Since: 24 * time.Hour, IsOwn: isOwn}
	f.Err = f.count(ctx, c, counted, s.Now, &q)
	return f
}

// Look asks the service how things stand, and also gives its status.
func Look(ctx context.Context, c *client.Client, q Question) (api.Status, Facts) {
	s, err := c.Status(ctx)
	if err != nil {
		return s, Facts{Err: err}
	}
	f := heard(&s, q)
	if q.Name != "" {
		f.Err = f.called(ctx, c, &s, &q)
	}
	if f.Err == nil {
		f.Err = f.count(ctx, c, "time,"+counted, s.Now, &q)
	}
	if f.Err == nil {
		f.Err = f.examples(ctx, c, &s, &q)
	}
	if f.Err == nil {
		f.Err = f.named(ctx, c, &s, &q)
	}
	return s, f
}

// heard are the facts that a status has.
func heard(s *api.Status, q Question) Facts {
	f := Facts{Open: len(Listening(s)) > 0, Closed: ClosedPorts(s), Unstored: Unstored(s), Asked: q.Name}
	if q.Router.IsValid() {
		f.Asked = q.Router.String()
	}
	if s.OnlyLoopback() {
		f.Only = s.Addresses[0]
	}
	if i := slices.IndexFunc(s.Troubles, func(t api.Trouble) bool { return t.Code == health.NamesRefused }); i >= 0 {
		f.Refused = s.Troubles[i].Phrase()
	}
	for _, r := range senders(s) {
		switch {
		case !q.wants(r.Addr):
			if q.isOwn(r.Addr) {
				f.Tests = true
			} else {
				f.Others = append(f.Others, r.Addr)
			}
		case !f.Last.Addr.IsValid():
			f.Last = r
		}
	}
	f.Fresh = q.isFresh(&f.Last, s.Now)
	for _, r := range s.Strangers {
		if q.wants(r.Addr) && (r.Last.After(f.Stranger.Last) || !f.Stranger.Addr.IsValid()) {
			f.Stranger = r
		}
	}
	return f
}

// Unstored is why a service cannot store what arrives; zero: it can.
func Unstored(s *api.Status) phrase.Phrase {
	for _, code := range [...]health.Code{health.SpoolUnwritten, health.HistoryUnwritten} {
		for i := range s.Troubles {
			if s.Troubles[i].Code == code {
				return s.Troubles[i].Phrase()
			}
		}
	}
	return phrase.Phrase{}
}

// called finds when the router that has a name sent last, and from where. A status says that only of
// addresses, which several may share.
func (f *Facts) called(ctx context.Context, c *client.Client, s *api.Status, q *Question) error {
	newest := client.Query{Filter: filter.Filter{Router: q.Name}.String(), Limit: 1}
	return c.Events(ctx, newest, func(ev *capture.Event) error {
		f.Last = api.Source{Addr: ev.Router, Last: ev.Time}
		f.Fresh = q.isFresh(&f.Last, s.Now)
		return nil
	})
}

// senders are all whose messages are accepted, also those of before the start, the latest first.
func senders(s *api.Status) []api.Source {
	return slices.SortedStableFunc(slices.Values(slices.Concat(s.Routers, s.Before)), func(a, b api.Source) int { return b.Last.Compare(a.Last) })
}

// wants reports whether a router is meant.
func (q *Question) wants(a netip.Addr) bool {
	switch {
	case q.Name != "": // that an address does not say
		return false
	case q.Router.IsValid():
		return a == q.Router
	}
	return !q.isOwn(a)
}

func (q *Question) isOwn(a netip.Addr) bool { return q.IsOwn != nil && q.IsOwn(a) }

func (q *Question) isFresh(r *api.Source, now time.Time) bool {
	return r.Addr.IsValid() && r.Last.After(q.since(now))
}

func (q *Question) since(now time.Time) time.Time {
	if q.Since == 0 {
		return now.Add(-time.Hour)
	}
	return now.Add(-q.Since)
}

// counted is by what events are counted; by time, too, is for an hour, as there are only so
// many groups in an answer.
const counted = "kind,reason,direction,verdict,router"

// count counts what came, in each minute if by names the time.
func (f *Facts) count(ctx context.Context, c *client.Client, by string, now time.Time, q *Question) error {
	since := q.since(now)
	query := client.Query{Since: since}
	if q.Name != "" {
		query.Filter = filter.Filter{Router: q.Name}.String()
	}
	g, err := c.Groups(ctx, query, by, time.Minute, 0)
	if err != nil {
		return err
	}
	whole := now.Truncate(time.Minute) // the minute that runs is not
	minutes := make(map[time.Time]int64)
	for _, x := range g.Groups {
		router, err := netip.ParseAddr(x.Router)
		if err != nil || q.Name == "" && !q.wants(router) || x.Reason == capture.Sighted.String() {
			continue
		}
		f.Messages += x.Count
		switch x.Kind {
		case capture.System.String(), capture.WAN.String():
			f.System += x.Count
		case capture.Other.String(), capture.Rejected.String():
			f.Other += x.Count
		case capture.Traffic.String():
			f.Traffic += x.Count
			switch x.Verdict {
			case capture.Blocked.String():
				f.Blocked += x.Count
				f.Decided += x.Count
			case capture.Allowed.String():
				f.Decided += x.Count
			}
			if x.Direction == capture.Out.String() {
				f.out = true
				f.allowed = f.allowed || x.Verdict == capture.Allowed.String()
			}
			if x.Time.Before(whole) && x.Time.After(since) {
				minutes[x.Time] += x.Count
			}
		}
	}
	for _, n := range minutes {
		f.Minutes = append(f.Minutes, n)
	}
	return nil
}

// latest is how many of the newest connections are looked at; mostRouters bounds whose.
const (
	latest      = 60
	mostRouters = 16
)

// examples finds the newest connections, and the newest of each sort.
func (f *Facts) examples(ctx context.Context, c *client.Client, s *api.Status, q *Question) error {
	var routers []string
	for _, r := range senders(s) {
		if q.wants(r.Addr) && r.Addr.Zone() == "" && len(routers) < mostRouters { // one with a zone cannot be asked for
			routers = append(routers, r.Addr.String())
		}
	}
	of := cmp.Or(q.Name, strings.Join(routers, ", "))
	if of == "" || f.Traffic == 0 {
		return nil
	}
	find := func(wanted filter.Filter, limit int, each func(*capture.Event)) error {
		wanted.Router = of
		query := client.Query{Since: q.since(s.Now), Filter: wanted.String(), Limit: limit}
		return c.Events(ctx, query, func(ev *capture.Event) error { each(ev); return nil })
	}
	err := find(filter.Filter{Direction: "in, out"}, latest, func(ev *capture.Event) { f.Latest = append(f.Latest, *ev) })
	out := filter.Filter{Direction: "out", IPDest: toInternet(s.OwnNetworks)}
	if err == nil && f.out {
		err = find(out, 1, func(ev *capture.Event) { f.AnyOut = *ev })
	}
	if out.Verdict = capture.Allowed.String(); err == nil && f.allowed {
		err = find(out, 1, func(ev *capture.Event) { f.AnyAllowed = *ev })
	}
	return err
}

// toInternet are the destinations in the internet: no network at home, no group, and no address that
// only stands for one.
func toInternet(home []netip.Prefix) string {
	const most = 4000 // bytes, that a filter takes
	patterns := "!0.0.0.0/8, !224.0.0.0/3, !::, !ff00::/8"
	for _, n := range home {
		if next := ", !" + n.String(); len(patterns)+len(next) <= most {
			patterns += next
		}
	}
	return patterns
}

// latestHosts is how many of the hosts seen last are looked at.
const latestHosts = 50

// named finds out when the routers last said names, and a device and a host that have one. Who they
// are from is not kept with them: where it is not known who said any, and tests may have, they do not
// count.
func (f *Facts) named(ctx context.Context, c *client.Client, s *api.Status, q *Question) error {
	for _, r := range senders(s) {
		wanted, own := q.wants(r.Addr) || q.Name != "" && r.Addr == f.Last.Addr, q.isOwn(r.Addr)
		f.Device.heard(r.Addr, r.LastLease, wanted, own)
		f.Host.heard(r.Addr, r.LastAnswer, wanted, own)
	}
	any := !f.Tests && f.Asked == ""
	devices, err := c.Devices(ctx)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(devices, func(d api.Device) bool { return d.Lease != "" }); i >= 0 && (any || !f.Device.Last.IsZero()) {
		f.Device.One = api.NamedIP{Addr: devices[i].Addr, Name: devices[i].Lease}
	}
	hosts, err := c.Hosts(ctx, client.HostQuery{Limit: latestHosts})
	if i := slices.IndexFunc(hosts, func(h api.Host) bool { return h.Asked != "" }); i >= 0 && (any || !f.Host.Last.IsZero()) {
		f.Host.One = api.NamedIP{Addr: hosts[i].Addr, Name: hosts[i].Asked}
	}
	return err
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Listening are the ports on which a service listens; none: it has no port, or is not known.
func Listening(s *api.Status) []uint16 {
	open, _ := api.OpenPorts(s.UDP())
	return open
}
