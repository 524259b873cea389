package router

import (
	"strings"

	"linklog/capture"
)

// dlink reads the message of D-Link's DI-604 family:
//
//	Unrecognized attempt blocked from 203.0.113.147:1986 to 198.51.100.40 UDP:2463
func (r *Reader) dlink(ev *capture.Event, rest string) (bool, error) {
	after, found := behind(rest, "Unrecognized attempt blocked from ")
	if !found {
		return false, nil
	}
	f := strings.Fields(after)
	if len(f) < 4 || f[1] != "to" {
		return true, Malformed("not of the form \"… from a:1 to b TCP:2\"")
	}
	ev.Kind, ev.Dir, ev.Text = capture.Traffic, capture.In, "Unrecognized attempt blocked"
	name, number := HostPort(f[3])
	var err error
	if ev.Proto, err = Protocol(name); err != nil {
		return true, err
	}
	if err = r.endOf(&ev.Src, ev.Proto, f[0]); err != nil {
		return true, err
	}
	if err = r.Host(&ev.Dst, f[2]); err != nil || !HasPorts(ev.Proto) {
		return true, err
	}
	return true, Port(&ev.Dst, number)
}
