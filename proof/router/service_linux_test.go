package router

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"linklog/capture"
	"linklog/proof/real"
	"linklog/service/client"
)

// TestService is a household's evening: a device gets an address, visits hosts by name,
// gets another address and goes on. LinkLog's service, on another computer of the
// household, shows who talked to whom.
func TestService(t *testing.T) {
	b := build(t, logPort)
	program := linklog(t)
	service := serve(b, program, "")

	b.lease("device", "tv-living", "192.168.50.120")
	b.fetch("device", "http://www.shop.example/")
	b.knock("device", hostIP, 25)
	b.knock("internet", outsideIP, 23)
	b.eventually("the service knows the device", func() bool {
		devices, err := service.Devices(t.Context())
		return err == nil && len(devices) == 1 && devices[0].Out == 2
	})
	if err := service.SetDeviceLabel(t.Context(), b.address("device"), "Television"); err != nil {
		t.Fatal(err)
	}
	b.fix("device", "192.168.50.121")
	b.lease("device", "tv-living", "")
	b.fetch("device", "http://www.example.com/")
	b.must("device", "ip", "addr", "add", "2001:db8:50::10/64", "dev", "eth0", "nodad")
	b.must("device", "ip", "-6", "route", "replace", "default", "via", "2001:db8:50::1")
	b.fetch("device", "http://["+hostIPv6+"]:8080/")

	// It is the same device: what it did at the old address is its history.
	want := []string{
		"out allowed Television 192.168.50.120 -> www.shop.example 203.0.113.9 80",
		"out blocked Television 192.168.50.120 -> www.shop.example 203.0.113.9 25",
		"in blocked  198.51.100.1 ->  198.51.100.7 23",
		"out allowed Television 192.168.50.121 -> www.example.com 203.0.113.9 80",
		"out allowed Television 2001:db8:50::10 -> www.example.com 2001:db8:9::9 8080",
	}
	b.showsAll(service, want)

	devices, err := service.Devices(t.Context())
	if err != nil || len(devices) != 1 {
		t.Fatalf("%+v, %v", devices, err)
	}
	if d := devices[0]; d.Name != "Television" || d.Lease != "tv-living" || d.Addr.String() != "192.168.50.121" || d.MAC != b.mac("device") || !d.Private || d.Out != 4 || d.Hosts != 2 {
		t.Errorf("%+v", d)
	}
	hosts, err := service.Hosts(t.Context(), client.HostQuery{Device: netip.MustParseAddr("192.168.50.121")})
	if err != nil || len(hosts) != 2 {
		t.Fatalf("%+v, %v", hosts, err)
	}
	for _, h := range hosts {
		if h.Name != "www.example.com" || h.Asked != h.Name || len(h.Devices) != 1 || h.Devices[0].Name != "Television" {
			t.Errorf("%+v", h)
		}
	}

	// Who has the old address now has none of it.
	b.lease("guest", "tablet", "192.168.50.120")
	b.fetch("guest", "http://www.example.com/")
	b.showsAll(service, append(want, "out allowed tablet 192.168.50.120 -> www.example.com 203.0.113.9 80"))
	for filter, attempts := range map[string]int64{"mac:" + b.mac("device"): 4, "host:Television": 4, "mac:" + b.mac("guest"): 1, "host:tablet": 1} {
		if n, err := service.Count(t.Context(), client.Query{Filter: filter}); err != nil || n != attempts {
			t.Errorf("%s: %d attempts, %v, want %d", filter, n, err, attempts)
		}
	}
}

// built is the real program, for all tests that want it.
var built struct {
	sync.Once
	program string
	remove  func()
	err     error
}

func linklog(t *testing.T) (program string) {
	t.Helper()
	built.Do(func() { built.program, built.remove, built.err = real.Build() })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.program
}

// showsAll waits for the last of some lines, and holds that each is there once, and no other.
func (b *box) showsAll(service *client.Client, want []string) {
	b.t.Helper()
	count := map[string]int{}
	b.eventually("the last connection is shown", func() bool {
		clear(count)
		err := service.Events(b.t.Context(), client.Query{}, func(ev *capture.Event) error {
			if ev.Kind == capture.Traffic {
				count[told(ev)]++
			}
			return nil
		})
		return err == nil && count[want[len(want)-1]] > 0
	})
	b.each(count, want)
}

// each holds that each line was counted once, and no other.
func (b *box) each(count map[string]int, want []string) {
	b.t.Helper()
	for _, line := range want {
		if count[line] != 1 {
			b.t.Errorf("%s: %d times", line, count[line])
		}
		delete(count, line)
	}
	if len(count) > 0 {
		b.t.Errorf("also shown: %v", count)
	}
}

// told is a line about an attempt, as template has linklog write it.
func told(ev *capture.Event) string {
	return fmt.Sprintf("%v %v %s %v -> %s %v %d", ev.Dir, ev.Verdict, ev.Src.Name, ev.Src.Addr, ev.Dst.Name, ev.Dst.Addr, ev.Dst.Port)
}

const template = "%{direction} %{verdict} %{src.name} %{src.ip} -> %{dst.name} %{dst.ip} %{dst.port}"

// serve starts the service on this computer, which asks DNS for no names.
func serve(b *box, program, settings string) *client.Client {
	b.t.Helper()
	data, socket := filepath.Join(b.dir, "data"), filepath.Join(b.dir, "socket")
	if err := os.Mkdir(data, 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "linklog.toml"), []byte("[names]\ndns = false\n"+settings), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.start("own", program, "service", "run", "--data-dir", data, "--socket", socket)
	c := client.New(client.Options{Paths: []string{socket}, Agent: "test"})
	b.t.Cleanup(c.Close)
	b.eventually("the service answers", func() bool {
		status, err := c.Status(b.t.Context())
		return err == nil && status.Open
	})
	return c
}
