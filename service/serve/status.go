package serve

import (
	"net/http"
	"time"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/history"
	"linklog/service/intake"
)

func (s *Server) status(r *http.Request) (any, error) { return s.statusNow(), nil }

func (s *Server) statusNow() api.Status {
	e := s.service.Status()
	c := &e.Counts
	status := api.Status{
		Service: s.config.Version, Started: e.Started, Now: time.Now().UTC(), Data: s.config.DataDir,
		Port: e.Port, Open: e.Open, Ports: ports(e.Ports), Addresses: e.Addresses, Buffer: e.Buffer, Room: e.Room,
		Received: c.Received(), Traffic: c.Kinds[capture.Traffic], System: c.Kinds[capture.System], WAN: c.Kinds[capture.WAN], Repeats: c.Repeats, Made: c.Made, Unrecorded: c.Unrecorded,
		Other: c.Kinds[capture.Other], Rejected: c.Kinds[capture.Rejected], PerMinute: e.PerMinute, Gaps: e.Gaps,
		Lost:    api.Lost{Total: e.Lost(), Dropped: e.Dropped, Refused: e.Refused, Disk: e.Unspooled, Inexact: e.Inexact, TurnedAway: e.TurnedAway},
		Strange: e.Strange, Last: e.Last, Waiting: e.Waiting,
		History: extent(e.Segments), Imported: extent(s.engine.Imported().Segments()),
		Hosts: e.Hosts.Known, NewHosts: e.NewHosts, Devices: e.Hosts.Devices, Learning: e.Learning, Muted: e.Muted, Alert: e.LastAlert,
		Origins: api.Origins(s.service.Origins()), Lists: listsVersion(s.service.Lists.States(), s.service.Lists.Own()),
		Names:       api.NameStats{Lookups: e.Names.Lookups, Found: e.Names.Found, Failed: e.Names.Failed},
		OwnNetworks: s.engine.OwnNetworks(),
		Routers:     []api.Source{}, Before: []api.Source{}, Strangers: []api.Source{}, Clients: s.callers(), Troubles: []api.Trouble{},
	}
	status.Disk = api.Disk{History: status.History.Bytes, Imported: status.Imported.Bytes, Spool: e.Spool, Used: e.Used}
	if e.Removed.Files > 0 {
		removed := api.Removed(e.Removed)
		status.History.Removed = &removed
	}
	for reason, n := range c.Reasons {
		if n > 0 && reason > 0 {
			if status.Reasons == nil {
				status.Reasons = make(map[string]uint64)
			}
			status.Reasons[capture.Reason(reason).String()] = n
		}
	}
	for _, r := range e.Routers {
		status.Routers = append(status.Routers, sourceOf(&r))
	}
	for _, r := range e.Before {
		status.Before = append(status.Before, sourceOf(&r))
	}
	for _, r := range e.Strangers {
		status.Strangers = append(status.Strangers, api.Source{Addr: r.Addr, Count: r.Count, Last: r.Last})
	}
	for _, t := range e.Troubles {
		reason := t.Reason()
		status.Troubles = append(status.Troubles, api.Trouble{
			Where: t.Where(), Text: reason.String(), Code: t.Code, Severity: t.Severity(), Place: t.Place, Since: t.Since.UTC(), Reason: reason,
		})
	}
	return status
}

func ports(list []intake.Port) (out []api.Port) {
	for _, p := range list {
		out = append(out, api.Port{Port: p.Number, TCP: p.TCP, Open: p.Open, Holder: p.Holder})
	}
	return out
}

func extent(segments []history.SegmentInfo) (x api.Extent) {
	for _, g := range segments {
		x.Events += g.Rows
		x.Bytes += g.Bytes
		x.Files++
		if g.Last == 0 {
			continue
		}
		if x.First == 0 || g.First < x.First {
			x.First = g.First
		}
		x.Last = max(x.Last, g.Last)
		if x.Since.IsZero() || g.Since.Before(x.Since) {
			x.Since = g.Since
		}
		if g.Until.After(x.Until) {
			x.Until = g.Until
		}
	}
	return x
}

func (s *Server) hello(r *http.Request) (any, error) {
	c := callerOf(r.Context())
	role := s.clients.present(c)
	h := api.Hello{
		API: api.Version, Service: s.config.Version, ID: s.service.ID(), Role: role.String(), User: s.clients.who(c).String(),
		Last: s.engine.Last(), Oldest: s.engine.Oldest(), Alert: s.engine.Alerts().Last(), Port: s.service.Intake.Port(), Open: s.service.Intake.Listening(),
		Ports: ports(s.service.Intake.Ports()),
	}
	return h, nil
}

func sourceOf(r *intake.Router) api.Source {
	return api.Source{Addr: r.Addr, Count: r.Count, Last: r.Last, LastLease: r.Lease, LastAnswer: r.Answer}
}
