package reports

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

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

// owner is the entry of who addresses belong to. A comma would part two patterns.
func owner(name string) entry {
	if name == "" {
		return unknown(lang.L("no owner known"), filter.Filter{Owner: "!*"})
	}
	return entry{key: name, name: name, only: filter.Filter{Owner: "=" + strings.ReplaceAll(name, ",", "*")}}
}

// country is the entry of where addresses are registered.
func country(code string) entry {
	if code == "" {
		return unknown(lang.L("no country known"), filter.Filter{Country: "!*"})
	}
	return entry{key: code, name: code, only: filter.Filter{Country: code}}
}

// domain is the entry of hosts whose names belong together. No filter finds those without one: the
// devices have names, too.
func domain(name string) entry {
	if name == "" {
		return unknown(lang.L("no domain known"), filter.Filter{})
	}
	return entry{key: name, name: name, only: filter.Filter{Host: name + ",*." + name}}
}

// unknown is the entry of all of which something is not known.
func unknown(name string, only filter.Filter) entry { return entry{key: "?", name: name, only: only} }

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
