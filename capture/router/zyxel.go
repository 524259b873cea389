package router

import (
	"strconv"
	"strings"

	"linklog/capture"
)

// netgear reads the message of Zyxel's firmware, which is Netgear's RT311 and
// RT314 (Prestige 314 manual, "Filter log"):
//
//	IP[Src=203.0.113.23   Dst=192.168.0.5 TCP spo=02248  dpo=00080]}S05>R01nN>R02nF
//
// The filter rules behind it become the text.
func (r *Reader) netgear(ev *capture.Event, rest string) (bool, error) {
	after, found := behind(rest, "IP[Src=")
	if !found {
		return false, nil
	}
	inner, rules, closed := strings.Cut(after, "]")
	f := strings.Fields(inner)
	if !closed || len(f) < 3 || !strings.HasPrefix(f[1], "Dst=") {
		return true, Malformed("not of the form \"IP[Src=a Dst=b TCP spo=1 dpo=2]\"")
	}
	ev.Kind = capture.Traffic
	ev.Text = r.Clean(strings.Trim(rules, "} "))
	var ok bool
	if ev.Src.Addr, ok = Address(f[0]); !ok {
		return true, Malformed("not an address: %s", Quoted(f[0]))
	}
	if ev.Dst.Addr, ok = Address(f[1][len("Dst="):]); !ok {
		return true, Malformed("not an address: %s", Quoted(f[1]))
	}
	ev.Dir = wayByAddress(ev.Src.Addr)
	var err error
	if ev.Proto, err = Protocol(f[2]); err != nil || !HasPorts(ev.Proto) {
		return true, err
	}
	if len(f) < 5 || !strings.HasPrefix(f[3], "spo=") || !strings.HasPrefix(f[4], "dpo=") {
		return true, Malformed("no ports")
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
		return Port(e, s)
	}
	n, err := strconv.ParseUint(s, 16, 16)
	if err != nil {
		return Malformed("not a port: %s", Quoted(s))
	}
	e.Port = uint16(n)
	return nil
}
