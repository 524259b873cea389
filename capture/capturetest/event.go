// Package capturetest is for the tests of what makes events of messages.
package capturetest

import (
	"net/netip"
	"testing"

	"linklog/capture"
)

// End is one end of an attempt; addr may be "".
func End(addr, name string, port uint16) capture.Endpoint {
	e := capture.Endpoint{Name: name, Port: port}
	if addr != "" {
		e.Addr = netip.MustParseAddr(addr)
	}
	return e
}

// Attempt is the event of a traffic message.
func Attempt(dir capture.Direction, proto capture.Protocol, src, dst capture.Endpoint) capture.Event {
	return capture.Event{Kind: capture.Traffic, Dir: dir, Proto: proto, Src: src, Dst: dst}
}

// Check holds what is true of every event, whatever was received.
func Check(t *testing.T, ev *capture.Event) {
	t.Helper()
	for _, s := range []string{ev.Text, ev.Src.Name, ev.Dst.Name, ev.RouterName} {
		if capture.Clean(s) != s {
			t.Errorf("not clean: %q in %+v", s, ev)
		}
	}
	for _, a := range []netip.Addr{ev.Src.Addr, ev.Dst.Addr} {
		if a.Zone() != "" || a.Is4In6() {
			t.Errorf("address %v in %+v", a, ev)
		}
	}
	switch ev.Kind {
	case capture.Traffic:
		if ev.Dir == 0 || ev.Reason != 0 || ev.Raw != "" {
			t.Errorf("traffic with the wrong fields: %+v", ev)
		}
		for _, e := range []capture.Endpoint{ev.Src, ev.Dst} {
			if !e.Addr.IsValid() && e.Name == "" {
				t.Errorf("traffic from or to nobody: %+v", ev)
			}
		}
	case capture.System, capture.WAN:
		if ev.Reason != 0 || ev.Raw != "" || ev.Text == "" || ev.Kind == capture.WAN && !ev.Dst.Addr.IsValid() {
			t.Errorf("%v with the wrong fields: %+v", ev.Kind, ev)
		}
	case capture.Other, capture.Rejected:
		if ev.Reason == 0 || ev.Reason.Rejects() != (ev.Kind == capture.Rejected) {
			t.Errorf("%v without its reason: %+v", ev.Kind, ev)
		}
	default:
		t.Errorf("event of no kind: %+v", ev)
	}
}
