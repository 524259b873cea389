package send

import (
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
)

// Every message of the demonstration is one a router sends, the evening is the same
// each time, and everybody in the household takes part.
func TestDemo(t *testing.T) {
	demo, again := NewDemo(1), NewDemo(1)
	decoder := new(decode.Decoder)
	devices := make(map[netip.Addr]int)
	hosts := make(map[netip.Addr]bool)
	in, named := 0, 0
	const n = 4000
	for i := range n {
		text := string(demo.Append(nil))
		if other := string(again.Append(nil)); other != text {
			t.Fatalf("message %d: %q, and again %q", i, text, other)
		}
		var ev capture.Event
		decoder.Decode(&capture.Datagram{Data: AppendTrap(nil, &Encoding{}, text), From: netip.MustParseAddrPort("192.168.1.1:1024"), Time: time.Now()}, &ev)
		if i == 0 {
			if ev.Kind != capture.WAN {
				t.Errorf("%q: %+v", text, ev)
			}
			continue
		}
		if ev.Kind != capture.Traffic || !ev.Src.Addr.IsValid() || !ev.Dst.Addr.IsValid() || ev.Text != "" {
			t.Fatalf("%q: %+v", text, ev)
		}
		device, host := ev.Src, ev.Dst
		if ev.Dir == capture.In {
			device, host = ev.Dst, ev.Src
			in++
		}
		devices[device.Addr]++
		hosts[host.Addr] = true
		if host.Name != "" {
			named++
		}
	}
	if len(devices) != len(DemoDevices()) || len(hosts) < 80 || in < n/50 || in > n/10 || named < n/2 {
		t.Errorf("%d devices, %d hosts, %d in, %d named", len(devices), len(hosts), in, named)
	}
}
