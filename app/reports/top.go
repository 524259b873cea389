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
	volume   bool          // it is about how much was sent, up and down
	up, down uint64        // in bytes
	fraction float32       // of the highest count, or of most bytes
	only     filter.Filter // what finds it; the zero value: nothing does
}

// top makes the rows of groups, those with most attempts first, or with most bytes; those of which that
// is not known are left out then.
func top(groups []api.Group, of func(*api.Group) entry, volume bool) []entry {
	var list []entry
	for i := range groups {
		g := &groups[i]
		if len(list) == topLength || g.Count <= 0 || volume && g.Volume.Bytes() == 0 {
			break
		}
		e := of(g)
		if e.key == "" {
			continue
		}
		e.count, e.allowed, e.blocked = uint64(g.Count), uint64(g.Allowed), uint64(g.Blocked)
		e.fraction = 1
		if volume {
			e.volume, e.up, e.down = true, g.BytesUp, g.BytesDown
		}
		switch {
		case len(list) == 0:
		case volume:
			e.fraction = float32(float64(e.up)+float64(e.down)) / float32(float64(list[0].up)+float64(list[0].down))
		default:
			e.fraction = float32(e.count) / float32(list[0].count)
		}
		list = append(list, e)
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
