package book

import "linklog/capture"

// outerName is what a router calls itself at the local end of an attempt:
// WAN(198.51.100.120).
const outerName = "WAN"

// parties are the host and the device of an attempt, and what is in memory of them.
type parties struct {
	host   *capture.Endpoint // nil: none
	device *capture.Endpoint // nil: none
	known  *device           // nil: never seen
}

// parties tells the host and the device of an attempt; see the package's
// documentation.
func (s *home) parties(ev *capture.Event) (p parties) {
	remote, local := &ev.Src, &ev.Dst
	if ev.Dir == capture.Out {
		remote, local = local, remote
	}
	ok := false
	if s.isHost(remote) || named(remote) {
		p.host = remote
		if p.known, ok = s.deviceAt(local); ok {
			p.device = local
		}
		return p
	}
	// What the router says of itself is no host, whatever it told before.
	if local.Name != outerName {
		if s.isHost(local) {
			p.host = local
			if p.known, ok = s.deviceAt(remote); ok {
				p.device = remote
			}
			return p
		}
	}
	if p.known, ok = s.deviceAt(local); ok {
		p.device = local
	}
	return p
}

// nameDevice gives the device of an attempt its hardware address and the name by which it
// calls itself, if that is known: what a line says of a device may be said by anybody.
func (s *home) nameDevice(p parties) {
	name := ""
	if v := p.known; v == nil {
		who := s.devices.waiting[p.device.Addr]
		p.device.MAC, name = who.mac, who.name
	} else if p.device.MAC = v.mac; v.names != nil {
		name = v.names.lease
	}
	if name != "" {
		p.device.Name = name
	}
}

// named reports whether a remote end is a host by its name.
func named(p *capture.Endpoint) bool {
	return !p.Addr.IsValid() && p.Name != "" && p.Name != outerName
}

// isHost reports whether an end has the address of a host.
func (s *home) isHost(p *capture.Endpoint) bool {
	return p.Addr.IsValid() && !s.isPublic(p.Addr) && s.own.external(p.Addr)
}

// deviceAt reports whether an end has the address of a device.
func (s *home) deviceAt(p *capture.Endpoint) (*device, bool) {
	if !p.Addr.IsValid() || s.isPublic(p.Addr) {
		return nil, false
	}
	v := s.found.device
	if s.found.at != p.Addr {
		v = s.devices.byAddr[p.Addr]
	}
	if v != nil {
		return v, !v.foreign
	}
	return nil, s.own.contains(p.Addr)
}
