package oldlogs

import (
	"linklog/capture"
	"linklog/format/services"
)

// portsByName has the ports of services by name and protocol.
type portsByName map[serviceKey]servicePort

type serviceKey struct {
	name  string
	proto capture.Protocol
}

type servicePort struct {
	port uint16
	// many tells that the name stands for other ports as well, as x11 does.
	many bool
	// shown tells that the table gives this name for this port: such a one comes
	// before a mere alias.
	shown bool
}

func newPortsByName(t *services.Table) portsByName {
	ports := make(portsByName)
	t.Each(func(name string, port uint16, proto capture.Protocol) bool {
		ports.add(serviceKey{name, proto}, port, t.Name(port, proto) == name)
		// Of an attempt without a protocol the name is shown where TCP and UDP
		// agree on it.
		if t.Name(port, 0) == name {
			ports.add(serviceKey{name, 0}, port, true)
		}
		return true
	})
	return ports
}

// add takes a port in. The lowest of several is the one that is meant, as of
// x11's 6000 to 6063.
func (p portsByName) add(key serviceKey, port uint16, shown bool) {
	old, known := p[key]
	switch {
	case !known || shown && !old.shown:
		p[key] = servicePort{port: port, shown: shown}
	case old.port == port || old.shown && !shown:
	default:
		p[key] = servicePort{port: min(port, old.port), many: true, shown: shown}
	}
}
