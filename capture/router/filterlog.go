package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// filterlog reads the comma-separated lines of pfSense and OPNsense
// (https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html):
//
//	filterlog[12345]: 5,,,1000000103,igb0,match,block,in,4,0x0,,245,54321,0,none,6,tcp,40,203.0.113.9,198.51.100.7,45123,23,…
//
// The number of the rule, its tracker and the interface become the text.
func (r *Reader) filterlog(ev *capture.Event, h *syslog.Header) (bool, error) {
	if h.Program != "filterlog" {
		return false, nil
	}
	// What comes behind the addresses depends on the family.
	var f [22]string
	n, rest := 0, h.Message
	for more := true; more && n < len(f); n++ {
		f[n], rest, more = strings.Cut(rest, ",")
	}
	const (
		rule, tracker, iface, action, dir, version = 0, 3, 4, 6, 7, 8
		proto4, src4                               = 16, 18
		proto6, src6                               = 12, 15
	)
	proto, src := proto4, src4
	switch {
	case n <= version:
		return true, Malformed("not of the form of filterlog: %d fields", n)
	case f[version] == "6":
		proto, src = proto6, src6
	case f[version] != "4":
		return true, Malformed("neither IPv4 nor IPv6: %s", Quoted(f[version]))
	}
	if n < src+2 {
		return true, cutOff("addresses")
	}
	ev.Kind, ev.Verdict = capture.Traffic, capture.VerdictOf(f[action])
	switch { // the tracker stays the same when rules are moved
	case f[tracker] != "" && f[tracker] != "0":
		ev.Text = r.join(f[iface], " rule ", f[tracker])
	default:
		ev.Text = r.join(f[iface], " rule ", f[rule])
	}
	var ok bool
	if ev.Src.Addr, ok = Address(f[src]); !ok {
		return true, Malformed("not an address: %s", Quoted(f[src]))
	}
	if ev.Dst.Addr, ok = Address(f[src+1]); !ok {
		return true, Malformed("not an address: %s", Quoted(f[src+1]))
	}
	var err error
	if ev.Proto, err = Protocol(f[proto]); err != nil {
		if ev.Proto, err = Protocol(f[proto+1]); err != nil { // IPv6: the number
			return true, err
		}
	}
	if HasPorts(ev.Proto) {
		if n < src+4 {
			return true, cutOff("ports")
		}
		if err = Port(&ev.Src, f[src+2]); err != nil {
			return true, err
		}
		if err = Port(&ev.Dst, f[src+3]); err != nil {
			return true, err
		}
	}
	switch from, to := inside(ev.Src.Addr), inside(ev.Dst.Addr); {
	case from && !to:
		ev.Dir = capture.Out
	case !from && to:
		ev.Dir = capture.In
	case f[dir] == "out":
		ev.Dir = capture.Out
	default: // it came in at an interface: from the house, if that is the house's
		ev.Dir = capture.In
		if from || homeInterface(f[iface]) {
			ev.Dir = capture.Out
		}
	}
	return true, nil
}
