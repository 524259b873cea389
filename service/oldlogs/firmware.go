package oldlogs

import (
	"strconv"
	"strings"

	"linklog/capture"
)

// dlink reads the message of D-Link's DI-604 family:
//
//	Unrecognized attempt blocked from 203.0.113.147:1986 to 198.51.100.40 UDP:2463
func (p *parser) dlink(ev *capture.Event, rest string) (bool, error) {
	after, found := behind(rest, "Unrecognized attempt blocked from ")
	if !found {
		return false, nil
	}
	f := strings.Fields(after)
	if len(f) < 4 || f[1] != "to" {
		return true, bad("not of the form \"… from a:1 to b TCP:2\"")
	}
	ev.Kind, ev.Dir, ev.Text = capture.Traffic, capture.In, "Unrecognized attempt blocked"
	name, number := hostPort(f[3])
	var err error
	if ev.Proto, err = protocol(name); err != nil {
		return true, err
	}
	if err = p.endOf(&ev.Src, ev.Proto, f[0]); err != nil {
		return true, err
	}
	if err = p.host(&ev.Dst, f[2]); err != nil || !hasPorts(ev.Proto) {
		return true, err
	}
	return true, port(&ev.Dst, number)
}

// amit reads the message of AMIT's firmware, which SMC and others sold:
//
//	Unrecognized access from 203.0.113.221:137 to UDP port 137
//
// It names no destination, which is the router: it gets the name that Linksys
// routers use for it.
func (p *parser) amit(ev *capture.Event, rest string) (bool, error) {
	after, found := behind(rest, "Unrecognized access from ")
	if !found {
		return false, nil
	}
	f := strings.Fields(after)
	if len(f) < 5 || f[1] != "to" || f[3] != "port" {
		return true, bad("not of the form \"… from a:1 to UDP port 2\"")
	}
	ev.Kind, ev.Dir, ev.Text = capture.Traffic, capture.In, "Unrecognized access"
	ev.Dst.Name = "WAN"
	var err error
	if ev.Proto, err = protocol(f[2]); err != nil {
		return true, err
	}
	if err = p.endOf(&ev.Src, ev.Proto, f[0]); err != nil {
		return true, err
	}
	return true, port(&ev.Dst, f[4])
}

// netgear reads the message of Zyxel's firmware, which is Netgear's RT311 and
// RT314 (Prestige 314 manual, "Filter log"):
//
//	IP[Src=203.0.113.23   Dst=192.168.0.5 TCP spo=02248  dpo=00080]}S05>R01nN>R02nF
//
// The filter rules behind it become the text.
func (p *parser) netgear(ev *capture.Event, rest string) (bool, error) {
	after, found := behind(rest, "IP[Src=")
	if !found {
		return false, nil
	}
	inner, rules, closed := strings.Cut(after, "]")
	f := strings.Fields(inner)
	if !closed || len(f) < 3 || !strings.HasPrefix(f[1], "Dst=") {
		return true, bad("not of the form \"IP[Src=a Dst=b TCP spo=1 dpo=2]\"")
	}
	ev.Kind = capture.Traffic
	ev.Text = p.clean(strings.Trim(rules, "} "))
	var ok bool
	if ev.Src.Addr, ok = address(f[0]); !ok {
		return true, bad("not an address: %s", quoted(f[0]))
	}
	if ev.Dst.Addr, ok = address(f[1][len("Dst="):]); !ok {
		return true, bad("not an address: %s", quoted(f[1]))
	}
	ev.Dir = wayByAddress(ev.Src.Addr)
	var err error
	if ev.Proto, err = protocol(f[2]); err != nil || !hasPorts(ev.Proto) {
		return true, err
	}
	if len(f) < 5 || !strings.HasPrefix(f[3], "spo=") || !strings.HasPrefix(f[4], "dpo=") {
		return true, bad("no ports")
	}
	if err = zyxelPort(&ev.Src, f[3][len("spo="):]); err != nil {
		return true, err
	}
	return true, zyxelPort(&ev.Dst, f[4][len("dpo="):])
}

// zyxelPort reads five digits or, of some models, four hexadecimal ones.
func zyxelPort(e *capture.Endpoint, s string) error {
	const hexDigits = 4
	if len(s) != hexDigits {
		return port(e, s)
	}
	n, err := strconv.ParseUint(s, 16, 16)
	if err != nil {
		return bad("not a port: %s", quoted(s))
	}
	e.Port = uint16(n)
	return nil
}

// draytek reads the messages of Draytek's Vigor:
//
//	Open port: 203.0.113.163:43465 -> 192.168.100.3:80 (TCP) Web
//	Local User: 192.168.100.4:2428 -> 198.51.100.102:80 (TCP)Web
//
// The service it names at the end becomes the text.
func (p *parser) draytek(ev *capture.Event, rest string) (bool, error) {
	after, found := behind(rest, "Open port: ")
	ev.Dir = capture.In
	if !found {
		if after, found = behind(rest, "Local User: "); !found {
			return false, nil
		}
		ev.Dir = capture.Out
	}
	src, after, ok := strings.Cut(after, " -> ")
	dst, after, ok2 := strings.Cut(after, " (")
	name, service, ok3 := strings.Cut(after, ")")
	if !ok || !ok2 || !ok3 {
		return true, bad("not of the form \"a:1 -> b:2 (TCP)\"")
	}
	ev.Kind = capture.Traffic
	ev.Text = p.clean(strings.Trim(service, " "))
	var err error
	if ev.Proto, err = protocol(name); err != nil {
		return true, err
	}
	if err = p.endOf(&ev.Src, ev.Proto, src); err != nil {
		return true, err
	}
	return true, p.endOf(&ev.Dst, ev.Proto, dst)
}

// endOf reads "host:port", or a host alone of protocols without ports.
func (p *parser) endOf(e *capture.Endpoint, proto capture.Protocol, s string) error {
	host, number := hostPort(s)
	if err := p.host(e, host); err != nil || number == "" && !hasPorts(proto) {
		return err
	}
	return port(e, number)
}
