package ui

import (
	"cmp"

	"linklog/filter"
	"linklog/service/api"
)

// Party is what a list says of a host or a device.
type Party struct {
	Key    string // what it stays itself by; "": nobody is known
	Name   string
	Second string        // its address, else its hardware address
	Only   filter.Filter // what finds it
}

// PartyOf is the Party of what the service names; nil: nobody.
func PartyOf(n *api.NamedIP) Party {
	if n == nil || !n.Addr.IsValid() && n.Name == "" && n.MAC == "" {
		return Party{}
	}
	p := Party{Key: n.Name, Name: n.Name, Only: filter.OfDevice(n.MAC, n.Addr, n.Name)}
	if n.Addr.IsValid() {
		p.Key, p.Second = n.Addr.String(), n.Addr.WithZone("").String()
	}
	if n.MAC != "" {
		p.Key, p.Second = n.MAC, cmp.Or(p.Second, n.MAC)
	}
	return p
}
