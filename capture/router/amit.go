package router

import (
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// amit reads the message of AMIT's firmware, which SMC and others sold:
//
//	Unrecognized access from 203.0.113.221:137 to UDP port 137
//
// It names no destination, which is the router: it gets the name that Linksys
// routers use for it.
func (r *Reader) amit(ev *capture.Event, h *syslog.Header) (bool, error) {
	after, found := behind(h.Text, "Unrecognized access from ")
	if !found {
		return false, nil
	}
	f := strings.Fields(after)
	if len(f) < 5 || f[1] != "to" || f[3] != "port" {
		return true, otherForm(`"… from a:1 to UDP port 2"`)
	}
	ev.Kind, ev.Dir, ev.Text = capture.Traffic, capture.In, "Unrecognized access"
	ev.Dst.Name = "WAN"
	var err error
	if ev.Proto, err = Protocol(f[2]); err != nil {
		return true, err
	}
	if err = r.endOf(&ev.Src, ev.Proto, f[0]); err != nil {
		return true, err
	}
	return true, Port(&ev.Dst, f[4])
}
