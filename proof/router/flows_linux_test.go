package router

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/flow/flowtest"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/guide"
)

// TestFlows has softflowd on the router export flows in each version, from inside and from
// outside, as linklog setup says, to where the service listens by default. The log has only
// what the DHCP and DNS server say. Each connection is shown once, from who began it, by whose
// it is and what this device asked for: also one that is reported twice, and those that are
// seen once more with the router's address.
func TestFlows(t *testing.T) {
	b := build(t, logPort)
	softflowd, err := exec.LookPath("softflowd")
	if err != nil {
		if softflowd, err = exec.LookPath("/usr/sbin/softflowd"); err != nil {
			t.Skip("softflowd is not installed: not tried (scripts/setup test installs it)")
		}
	}
	service := serve(b, linklog(t), "")
	end(b.log[len(b.log)-1]) // the rules' lines, by which connections would be known, too
	b.lease("device", "tv-living", "")
	b.lease("guest", "tablet", "")
	tv, tablet := b.address("device"), b.address("guest")
	b.ask("device", "www.shop.example")
	b.ask("guest", "www.example.com")

	var shown uint64
	// shows has exporters report until so many connections are shown, of those that are not yet.
	shows := func(what string, n int, exporters []*exporter) (lines []string, last uint64) {
		t.Helper()
		defer func() {
			if t.Failed() {
				t.Logf("shown: %q", lines)
			}
		}()
		b.eventually(what, func() bool {
			b.fill("device", otherIP)
			for _, e := range exporters {
				flowtest.Ask(e.control, "expire-all")
			}
			lines = nil
			err := service.Events(t.Context(), client.Query{Filter: "proto:tcp"}, func(ev *capture.Event) error {
				if ev.Seq > shown {
					lines, last = append(lines, told(ev)), max(last, ev.Seq)
				}
				return nil
			})
			return err == nil && len(lines) >= n
		})
		return lines, last
	}
	knocked := "in   198.51.100.1 ->  " + outsideIP + " 23"
	for _, round := range []struct {
		version string
		want    []string
	}{
		{version: "5"}, {version: "9"}, {version: "10"},
		{"9", []string{knocked}}, // what nobody answers waits the longest: nothing of before comes after
	} {
		var exporters []*exporter
		for _, side := range []string{"br-lan", "eth0"} {
			exporters = append(exporters, b.exports(softflowd, side, round.version))
		}
		b.knock("internet", outsideIP, 23)
		want := round.want
		if want == nil {
			want = []string{
				knocked,
				"out  tablet " + tablet + " -> www.example.com " + hostIP + " 80",
				"out  tv-living " + tv + " -> www.shop.example " + hostIP + " 25",
				"out  tv-living " + tv + " -> www.shop.example " + hostIP + " 443",
				"out  tv-living " + tv + " ->  " + otherIP + " 80",
			}
			b.fetch("guest", "http://"+hostIP+"/")
			b.knock("device", hostIP, 25)
			long := b.connect("device", hostIP+":443")
			long.get()
			shows("the connection that goes on, and those before", 4, exporters)
			long.get()
			long.Close()
			b.fetch("device", "http://"+otherIP+"/")
		}
		got, last := shows("all connections", len(want), exporters)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("version %s:\n%s\nwant:\n%s", round.version, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		shown = last
		for _, e := range exporters {
			end(e.cmd)
		}
	}
	status, err := service.Status(t.Context())
	if err != nil || status.Gaps != 0 || status.Rejected != 0 {
		t.Errorf("%d gaps, %d rejected (%v), %v", status.Gaps, status.Rejected, status.Reasons, err)
	}
	devices, err := service.Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]int64{"tv-living " + b.mac("device"): 9, "tablet " + b.mac("guest"): 3} {
		if !slices.ContainsFunc(devices, func(d api.Device) bool { return d.Name+" "+d.MAC == name && int64(d.Out) >= out }) {
			t.Errorf("%s: not with %d: %+v", name, out, devices)
		}
	}
}

// exporter is softflowd on one side of the router.
type exporter struct {
	t       *testing.T
	side    string
	cmd     *exec.Cmd
	control string
}

// exports starts softflowd on the router as linklog setup says, but for the version.
func (b *box) exports(softflowd, side, version string) *exporter {
	b.t.Helper()
	other, _ := guide.Find("other")
	line := ""
	for _, s := range other.Guide(ownIP, logPort, guide.FlowPort(nil)).Flows {
		if strings.HasPrefix(s.Type, "softflowd ") {
			line = strings.NewReplacer("softflowd ", softflowd+" ", " br0 ", " "+side+" ", "-v 9", "-v "+version).Replace(s.Type)
		}
	}
	if !strings.Contains(line, side) || !strings.Contains(line, "-v "+version) {
		b.t.Fatalf("no such command: %q", line)
	}
	e := &exporter{t: b.t, side: side, control: b.path("softflowd-" + side)}
	e.cmd = b.start("router", append(strings.Fields(line), "-d", "-C", "1500", "-c", e.control, "-p", b.path("pid-"+side))...)
	b.eventually("softflowd answers", func() bool { return strings.Contains(flowtest.Ask(e.control, "statistics"), "since") })
	return e
}

// fill sends what nobody is waiting for past the exporters. Some kernels hand packets over only
// by the block of 256 KiB, as long as it takes to fill one.
func (b *box) fill(ns, to string) {
	b.t.Helper()
	b.inside(ns, func() error {
		c, err := net.Dial("udp", net.JoinHostPort(to, "9"))
		if err != nil {
			return err
		}
		defer c.Close()
		for range 400 {
			_, _ = c.Write(make([]byte, 1400)) // that nobody is there may be the answer
		}
		return nil
	})
}

// connection is one of a device, by HTTP.
type connection struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (b *box) connect(ns, to string) *connection {
	b.t.Helper()
	c := &connection{t: b.t}
	b.inside(ns, func() (err error) {
		c.Conn, err = net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(to)))
		return err
	})
	b.t.Cleanup(func() { c.Close() })
	c.r = bufio.NewReader(c)
	return c
}

// get gets a page, and leaves the connection open.
func (c *connection) get() {
	c.t.Helper()
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		c.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: www.shop.example\r\n\r\n"); err != nil {
		c.t.Fatal(err)
	}
	answer, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		c.t.Fatal(err)
	}
	answer.Body.Close()
}
