package story

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/app/ui"
	"linklog/app/ui/chart"
	"linklog/filter"
	"linklog/service/api"
	"linklog/service/client"
)

// Subject is what a page is about: a host, or a device.
type Subject struct {
	Device bool
	Ref    string // as the service knows it
}

// story is what is known of a subject.
type story struct {
	api.Names
	ref         string
	addr        netip.Addr // invalid: it has none
	mac, vendor string     // of a device
	private     bool       // the device made its hardware address up
	first, last time.Time
	in, out     uint64 // all there ever were
	hosts       uint64 // of a device
	attempts    []api.Attempts
	ignored     bool
	note        string
	seen        []api.NameSeen
	held        []api.HeldAddress // of a device, the latest first

	from, to time.Time // of the bars
	step     chart.Step
	bars     []chart.Bar
	exact    bool // what is counted is all

	ports, parties []row
}

// title is what it is called.
func (s *story) title() string { return cmp.Or(s.Name, s.address(), s.ref) }

func (s *story) address() string {
	if !s.addr.IsValid() {
		return ""
	}
	return s.addr.String()
}

// filter finds its events.
func (s *story) filter() filter.Filter { return filter.OfDevice(s.mac, s.addr, cmp.Or(s.Name, s.ref)) }

// row is a port, or one that it had to do with.
type row struct {
	key           string // of a host or a device its ref
	name, second  string
	count         uint64
	blocked, said uint64 // said: with a verdict
	fraction      float32
	only          filter.Filter // the events, with those of the subject
}

// Bounds of what is asked for.
const (
	maxBars = 60
	maxRows = 50
)

// read asks the service for all it knows; false: it knows nothing of the subject.
func read(ctx context.Context, c *client.Client, sub Subject, now time.Time) (s story, known bool, err error) {
	if sub.Device {
		var d api.Device
		if d, known, err = c.DeviceStory(ctx, sub.Ref); err != nil || !known {
			return s, known, err
		}
		s = story{Names: d.Names, ref: d.Ref, addr: d.Addr, mac: d.MAC, vendor: d.Vendor, private: d.Private, first: d.First, last: d.Last, in: d.In, out: d.Out, hosts: d.Hosts, attempts: d.Attempts, note: d.Note, held: d.Addresses}
	} else {
		var h api.Host
		if h, known, err = c.HostStory(ctx, sub.Ref); err != nil || !known {
			return s, known, err
		}
		s = story{Names: h.Names, ref: h.Ref, addr: h.Addr, first: h.First, last: h.Last, in: h.In, out: h.Out, attempts: h.Attempts, note: h.Note, ignored: h.Ignored}
	}
	if s.addr.IsValid() {
		if s.seen, err = c.NamesSeen(ctx, s.addr); err != nil {
			return s, true, err
		}
	}
	q := client.Query{Filter: s.filter().String(), All: true, Volumes: true}
	s.from, s.to = s.first.In(now.Location()), s.last.In(now.Location()).Add(time.Second)
	s.exact = true
	if s.first.IsZero() || !s.to.After(s.from) {
		return s, true, nil
	}
	if s.to.Sub(s.from) < time.Hour { // some room around it
		s.from, s.to = s.from.Add(-30*time.Minute), s.to.Add(30*time.Minute)
	}
	s.step = chart.StepFor(s.from, s.to, maxBars)
	if s.bars, s.exact, err = chart.Count(ctx, c, q, s.from, s.to, s.step); err != nil {
		return s, true, err
	}
	q.Volumes = false
	list := func(by string, of func(*api.Group) row) []row {
		if err != nil {
			return nil
		}
		var g api.Groups
		g, err = c.Groups(ctx, q, by, 0, maxRows)
		s.exact = s.exact && g.Exact
		return rows(g.Groups, of)
	}
	s.ports = list("dest_port,protocol,direction", port)
	by := "local"
	if sub.Device {
		by = "remote"
	}
	s.parties = list(by, func(g *api.Group) row {
		if sub.Device {
			return party(g.Remote)
		}
		return party(g.Local)
	})
	return s, true, err
}

// rows makes rows of groups, those with most attempts first.
func rows(groups []api.Group, of func(*api.Group) row) (list []row) {
	for i := range groups {
		g := &groups[i]
		r := of(g)
		if r.key == "" || g.Count <= 0 {
			continue
		}
		r.count, r.blocked, r.said = uint64(g.Count), uint64(max(g.Blocked, 0)), uint64(max(g.Allowed, 0)+max(g.Blocked, 0))
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b row) int { return cmp.Compare(b.count, a.count) })
	for i := range list {
		list[i].fraction = float32(list[i].count) / float32(list[0].count)
	}
	return list
}

func party(n *api.NamedIP) row {
	p := ui.PartyOf(n)
	return row{key: p.Key, name: p.Name, second: p.Second, only: p.Only}
}

func port(g *api.Group) row {
	if g.DestPort == nil {
		return row{}
	}
	r := row{only: filter.Filter{Protocol: g.Protocol, Direction: g.Direction}}
	text := g.Protocol
	if *g.DestPort != 0 {
		r.only.PortDest = strconv.Itoa(int(*g.DestPort))
		text = strings.TrimSpace(r.only.PortDest + " " + g.Protocol)
	}
	if text == "" {
		return r
	}
	r.key, r.name, r.second = text+" "+g.Direction, g.Service, text
	return r
}
