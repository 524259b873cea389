package format

import (
	"net/netip"
	"time"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/format/services"
)

// Options say what to show of an event. The zero value shows the names of
// hosts, the numbers of ports and this machine's time.
type Options struct {
	// Services has the names of services; nil: ports are shown as numbers.
	Services *services.Table
	// PortNumbers leaves out the names of services, at both ends.
	PortNumbers bool
	// NoNamesSource leaves out the names of sources, wherever there is an
	// address to show instead.
	NoNamesSource bool
	// NoNamesDest is NoNamesSource for destinations.
	NoNamesDest bool
	// Origins adds to JSON and CSV who the addresses belong to.
	Origins bool
	// Location is the time zone of templates; nil: time.Local. JSON and CSV
	// are for programs and always have UTC.
	Location *time.Location
}

// service gives the name of the service at the port of one end, "" if none is to be shown.
// The source's is that of a client.
func (o *Options) service(ev *capture.Event, e *capture.Endpoint) string {
	switch {
	case o.PortNumbers:
		return ""
	case e == &ev.Src:
		return o.Services.Client(e.Port, ev.Proto)
	}
	return o.Services.Name(e.Port, ev.Proto)
}

// name gives the name of an end, "" if none is to be shown. hide is the option
// for that end. A name without an address is all that is known of a host: it
// stays.
func name(e *capture.Endpoint, hide bool) string {
	if hide && e.Addr.IsValid() {
		return ""
	}
	return e.Name
}

// origin says who an address belongs to, if that is to be shown.
func (o *Options) origin(a netip.Addr) origin.Origin {
	if !o.Origins {
		return origin.Origin{}
	}
	return origin.Of(a)
}

// appendPort appends the service at a port, or the port's number.
func (o *Options) appendPort(dst []byte, ev *capture.Event, e *capture.Endpoint) []byte {
	if s := o.service(ev, e); s != "" {
		return append(dst, s...)
	}
	return appendPortNumber(dst, e.Port)
}
