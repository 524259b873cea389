package services

import (
	"strings"
	"testing"

	"linklog/capture"
)

func TestRisk(t *testing.T) {
	for _, c := range []struct {
		port  uint16
		proto capture.Protocol
		dir   capture.Direction
		want  string
	}{
		{23, capture.TCP, capture.In, "Telnet"}, {445, capture.TCP, capture.In, "Shared folders"}, {3389, capture.UDP, capture.In, "desktop"}, {7547, capture.TCP, capture.In, "TR-069"}, {9100, 0, capture.In, "Printers"},
		{8554, capture.TCP, capture.In, "Cameras"}, {443, capture.TCP, capture.In, ""}, {23, capture.UDP, capture.In, ""}, {23, capture.ICMP, capture.In, ""}, {0, 0, capture.In, ""}, {22, capture.TCP, capture.In, "SSH"}, {22, capture.TCP, capture.Out, ""}, {23, capture.TCP, capture.Out, "Telnet"}, {23, 0, 0, "Telnet"},
	} {
		ev := capture.Event{Kind: capture.Traffic, Dir: c.dir, Proto: c.proto, Dst: capture.Endpoint{Port: c.port}}
		if got := Risk(&ev).String(); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%d/%v: %q, want %q", c.port, c.proto, got, c.want)
		}
	}
	for _, r := range risks {
		if r.first > r.last || r.first == 0 {
			t.Errorf("%d to %d", r.first, r.last)
		}
	}
}
