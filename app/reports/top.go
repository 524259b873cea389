package reports

import (
	"strconv"

	"linklog/app/ui"
	"linklog/filter"
	"linklog/service/api"
)

// topLength is how many rows the lists of the most have.
const topLength = 10

// entry is a row of such a list.
type entry struct {
	key      string
	name     string // "" if there is only the second
	second   string // address or number
	count    uint64
	allowed  uint64
	blocked  uint64
	fraction float32       // of the highest count
	only     filter.Filter // what finds it; the zero value: nothing does
}

// top makes the rows of groups, those with most attempts first.
func top(groups []api.Group, of func(*api.Group) entry) []entry {
	var list []entry
	for i := range groups {
		g := &groups[i]
		if len(list) == topLength || g.Count <= 0 {
			break
		}
		e := of(g)
		if e.key == "" {
			continue
		}
		e.count, e.allowed, e.blocked = uint64(g.Count), uint64(g.Allowed), uint64(g.Blocked)
		list = append(list, e)
		list[len(list)-1].fraction = float32(g.Count) / float32(list[0].count)
	}
	return list
}

// party is the entry of a host or a device.
func party(n *api.NamedIP) entry {
	p := ui.PartyOf(n)
	return entry{key: p.Key, name: p.Name, second: p.Second, only: p.Only}
}

// class is the entry of what attempts have in common, by one of api.Classes.
func class(by string) func(*api.Group) entry {
	return func(g *api.Group) entry {
		c := ui.ClassOf(by, g.Class.Name())
		return entry{key: c.Key, name: c.Name, only: c.Only}
	}
}

// port is the entry of a destination port.
func port(g *api.Group) entry {
	if g.DestPort == nil {
		return entry{}
	}
	f := filter.Filter{Protocol: g.Protocol}
	if *g.DestPort == 0 {
		if g.Protocol == "" {
			return entry{}
		}
		return entry{key: g.Protocol, name: g.Protocol, only: f}
	}
	number := strconv.Itoa(int(*g.DestPort))
	f.PortDest = number
	second := number
	if g.Protocol != "" {
		second += " " + g.Protocol
	}
	return entry{key: second, name: g.Service, second: second, only: f}
}
