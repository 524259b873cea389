package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"linklog/phrase"
	"linklog/service/api"
)

// dimension is something that attempts are counted by.
type dimension struct {
	name    string
	asked   string        // of the service: see docs/socket.md
	step    time.Duration // more than 0: a part of time
	columns []column
	keys    []string // names of the values, for programs
	values  func(*api.Group) []any
}

// dimensions are all of them, in the order of the help.
var dimensions = [...]dimension{
	{"host", "remote", 0, []column{{title: "Host", least: 16}, {title: "Address"}}, []string{"host", "host_ip"},
		func(g *api.Group) []any { return party(g.Remote) }},
	{"owner", "owner", 0, []column{{title: "Owner", least: 16}}, []string{"owner"},
		func(g *api.Group) []any { return []any{cmp.Or(g.Owner, "unknown")} }},
	{"country", "country", 0, []column{{title: "Country"}}, []string{"country"},
		func(g *api.Group) []any { return []any{cmp.Or(g.Country, "unknown")} }},
	{"domain", "domain", 0, []column{{title: "Domain", least: 16}}, []string{"domain"},
		func(g *api.Group) []any { return []any{cmp.Or(g.Domain, "unknown")} }},
	{"device", "local", 0, []column{{title: "Device", least: 16}, {title: "Address"}}, []string{"device", "device_ip"},
		func(g *api.Group) []any { return party(g.Local) }},
	{"port", "dest_port,protocol", 0, []column{{title: "Port", right: true}, {title: "Protocol"}, {title: "Service", spare: true}}, []string{"port", "protocol", "service"},
		func(g *api.Group) []any { return []any{*cmp.Or(g.DestPort, new(uint16)), g.Protocol, g.Service} }},
	{"category", "category", 0, []column{{title: "Category", least: 16}}, []string{"category"},
		func(g *api.Group) []any { return []any{cmp.Or(g.Category, "unknown")} }},
	{"day", "time", 24 * time.Hour, []column{{title: "Day"}}, []string{"day"},
		func(g *api.Group) []any { return []any{g.Time.Local().Format(time.DateOnly)} }},
	{"hour", "time", time.Hour, []column{{title: "Hour"}}, []string{"hour"},
		func(g *api.Group) []any { return []any{g.Time.Local().Format(time.RFC3339)} }},
	{"direction", "direction", 0, []column{{title: "Direction"}}, []string{"direction"},
		func(g *api.Group) []any { return []any{cmp.Or(g.Direction, "unknown")} }},
	{"protocol", "protocol", 0, []column{{title: "Protocol"}}, []string{"protocol"},
		func(g *api.Group) []any { return []any{cmp.Or(g.Protocol, "unknown")} }},
	{"verdict", "verdict", 0, []column{{title: "Verdict"}}, []string{"verdict"},
		func(g *api.Group) []any { return []any{cmp.Or(g.Verdict, "unknown")} }},
	{"router", "router_host,router", 0, []column{{title: "Router", least: 16}, {title: "Address"}}, []string{"router_host", "router"},
		routerOfGroup},
}

// id tells apart what is counted, whatever it is called, and what address it has.
func (d *dimension) id(g *api.Group, values []any) string {
	switch d.name {
	case "host", "device":
		p := g.Remote
		if d.name == "device" {
			p = g.Local
		}
		return cmp.Or(p.MAC, fmt.Sprint(cmp.Or(values[1], values[0])))
	case "port", "router": // several routers may be behind one address, or have one name
		return fmt.Sprint(values[0], "/", values[1])
	}
	return fmt.Sprint(values[0])
}

// beginning is that of the part of time in which a moment is; zero if it is not one that the
// dimension is about.
func (d *dimension) beginning(t time.Time) time.Time {
	t = t.Local()
	switch d.step {
	case 0:
		return time.Time{}
	case time.Hour:
		return t.Truncate(time.Second).Add(-time.Duration(t.Minute()*60+t.Second()) * time.Second)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.Local)
}

// next is the beginning of the part of time behind another.
func (d *dimension) next(t time.Time) time.Time {
	if d.step == time.Hour {
		return t.Add(time.Hour)
	}
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, time.Local)
}

// layout is how a part of time is shown to people.
func (d *dimension) layout() string {
	if d.step == time.Hour {
		return "2006-01-02 15:04"
	}
	return time.DateOnly
}

// party is the name and the address of one end of attempts, of a device without one now its
// hardware address.
func party(p *api.NamedIP) []any {
	switch {
	case p == nil:
		return []any{"", ""}
	case !p.Addr.IsValid() && p.MAC != "":
		return []any{p.Name, p.MAC}
	case !p.Addr.IsValid():
		return []any{cmp.Or(p.Name, "unknown"), ""}
	}
	return []any{p.Name, p.Addr.String()}
}

// routerOfGroup is the name and the address of a router, as far as they are known.
func routerOfGroup(g *api.Group) []any {
	if g.Router == "" {
		return []any{cmp.Or(g.RouterHost, "unknown"), ""}
	}
	return []any{g.RouterHost, g.Router}
}

func dimensionNames() (names []string) {
	for i := range dimensions {
		names = append(names, dimensions[i].name)
	}
	return names
}

// parseDimensions reads --by.
func parseDimensions(names []string) (list []*dimension, err error) {
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		i := slices.IndexFunc(dimensions[:], func(d dimension) bool { return d.name == name })
		switch {
		case i < 0:
			if near := phrase.Nearest(name, slices.Values(dimensionNames())); near != "" {
				return nil, fmt.Errorf("%q is unknown: did you mean %s?", name, near)
			}
			return nil, fmt.Errorf("%q is not one of %s", name, strings.Join(dimensionNames(), ", "))
		case slices.Contains(list, &dimensions[i]):
			return nil, fmt.Errorf("%s is there twice", name)
		}
		list = append(list, &dimensions[i])
	}
	// Time comes first: it is what the lines are sorted by.
	slices.SortStableFunc(list, func(a, b *dimension) int { return cmp.Compare(min(b.step, 1), min(a.step, 1)) })
	if len(list) == 0 {
		return nil, fmt.Errorf("missing: one of %s", strings.Join(dimensionNames(), ", "))
	}
	return list, nil
}
