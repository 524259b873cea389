package service

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"linklog/capture"
	"linklog/capture/receive/porttest"
	"linklog/service/health"
	"linklog/service/history"
	"linklog/service/settings"
)

// sendLines sends lines of a system log.
func (r *running) sendLines(t testing.TB, lines ...string) {
	t.Helper()
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", r.Intake.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, line := range lines {
		if _, err := conn.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
}

func connection(port int) string {
	return fmt.Sprintf("<4>Nov 28 06:42:10 gw kernel: ACCEPT IN=br-lan OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 PROTO=TCP SPT=%d DPT=443 SYN", port)
}

// What of a router's log is no event is counted and not kept: who asked for which name is
// nobody's business, nor is the same attempt told twice. What it says names the events.
func TestWhatIsNoEvent(t *testing.T) {
	dir := t.TempDir()
	r := run(t, dir, nil)
	r.sendLines(t,
		"<30>Nov 28 06:42:20 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living",
		"<30>Nov 28 06:42:21 gw dnsmasq[1]: query[A] www.example.com from 192.168.1.10",
		"<30>Nov 28 06:42:21 gw dnsmasq[1]: reply www.example.com is 203.0.113.9",
		connection(1), connection(1), connection(2),
		"<30>Nov 28 06:42:21 gw dnsmasq[1]: query[A] www.example.com from 192.168.1.10",
	)
	stored := func() (events []capture.Event) {
		if err := r.Engine.Each(t.Context(), history.Query{OldestFirst: true}, func(ev *capture.Event) error {
			if ev.Kind != capture.Gap { // between two starts
				events = append(events, *ev)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return events
	}
	eventually(t, "all is read and stored", func() bool {
		c := r.Status().Counts
		return c.Received() == 7 && len(stored()) == 2
	})
	for i, ev := range stored() {
		if ev.Src.Name != "tv-living" || ev.Dst.Name != "www.example.com" || ev.Src.Port != uint16(i+1) {
			t.Errorf("%+v", ev)
		}
	}
	if c := r.Status().Counts; c.Repeats != 1 || c.Reasons[capture.Sighted] != 4 || c.Kinds[capture.Traffic] != 2 {
		t.Errorf("%+v", c)
	}
	// The next start goes on behind what was only counted, and remembers it.
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	r = run(t, dir, nil)
	r.sendLines(t, connection(2), connection(3))
	eventually(t, "an event after the restart", func() bool { return len(stored()) == 3 })
	if last := stored()[2]; last.Src.Port != 3 || last.Dst.Name != "www.example.com" || r.Status().Counts.Repeats != 1 {
		t.Errorf("%+v, %d repeats", last, r.Status().Counts.Repeats)
	}
	if devices := r.Engine.Hosts().Devices(); len(devices) != 1 || devices[0].Name != "tv-living" || devices[0].Out != 3 {
		t.Errorf("%+v", devices)
	}
}

// A line that says that the one before came again stands for as many: the sum is that of what
// routers logged.
func TestRepeatedMessages(t *testing.T) {
	r := run(t, t.TempDir(), nil)
	r.sendLines(t, connection(1), "<4>Nov 28 06:42:30 gw last message repeated 5 times",
		"<4>Nov 28 06:42:40 gw kernel: message repeated 3 times: ["+strings.SplitN(connection(1), "kernel:", 2)[1]+"]",
		"<4>Nov 28 06:42:50 gw last message repeated 4294967296 times")
	eventually(t, "all are read", func() bool { c := r.Status().Counts; return c.Received() == 1+5+3+1000 && r.rows() == 1 })
	if c := r.Status().Counts; c.Kinds[capture.Traffic] != 1 || c.Reasons[capture.Repetition] != 1008 || c.Kinds[capture.Other] != 1008 {
		t.Errorf("%+v", c)
	}
}

// Two routers whose lines come through one computer report the same connection: each is an
// attempt of its own, as the lines name their routers.
func TestTwoRoutersBehindOne(t *testing.T) {
	r := run(t, t.TempDir(), nil)
	line := connection(1)
	attic, cellar := strings.Replace(line, " gw ", " attic ", 1), strings.Replace(line, " gw ", " cellar ", 1)
	r.sendLines(t, attic, cellar, cellar, attic)
	eventually(t, "all are read", func() bool { c := r.Status().Counts; return c.Received() == 4 && r.rows() == 2 })
	names := map[string]int{}
	if err := r.Engine.Each(t.Context(), history.Query{}, func(ev *capture.Event) error { names[ev.RouterName]++; return nil }); err != nil {
		t.Fatal(err)
	}
	if c := r.Status().Counts; c.Repeats != 2 || names["attic"] != 1 || names["cellar"] != 1 {
		t.Errorf("%+v, %v", c, names)
	}
}

// Lines about a router's own lines to this computer, each of which makes another, are counted
// and not kept; that is said once, with the way out.
func TestOwnLog(t *testing.T) {
	r := run(t, t.TempDir(), nil)
	r.sendLines(t, connection(1))
	for range 100 {
		r.sendLines(t, fmt.Sprintf("<4>Nov 28 06:42:10 gw kernel: IN= OUT=br0 SRC=127.0.0.1 DST=192.168.1.5 LEN=240 PROTO=UDP SPT=514 DPT=%d", r.Intake.Port()))
	}
	eventually(t, "all are read", func() bool { c := r.Status().Counts; return c.Received() == 101 && r.rows() == 1 })
	s := r.Status()
	if c := s.Counts; c.Reasons[capture.OwnLog] != 100 || c.Received() != c.Events()+c.Repeats+c.Kinds[capture.Other]+c.Kinds[capture.Rejected] {
		t.Errorf("%+v", c)
	}
	if len(s.Troubles) != 1 || s.Troubles[0].Code != health.OwnLogged || s.Troubles[0].Severity() != health.Warning ||
		!strings.Contains(s.Troubles[0].Reason().String(), fmt.Sprintf("127.0.0.1 logs its own messages to this computer, and each of those makes another. They are counted and not stored. In the router's rule that logs, exclude UDP to this computer's port %d.", r.Intake.Port())) {
		t.Errorf("%+v", s.Troubles)
	}
}

// A port that is listened on by UDP and by TCP is named once.
func TestOwnLogOnPortsWithTCP(t *testing.T) {
	ports := []int{int(porttest.Free(t)), int(porttest.Free(t))}
	r := run(t, t.TempDir(), func(s *settings.Settings) { s.Listen.Ports, s.Listen.TCP = ports, true })
	r.sendLines(t, fmt.Sprintf("<4>Nov 28 06:42:10 gw kernel: IN= OUT=br0 SRC=127.0.0.1 DST=192.168.1.5 LEN=240 PROTO=UDP SPT=514 DPT=%d", ports[1]))
	eventually(t, "it is said", func() bool { return r.Health.Has(health.OwnLogged) })
	for _, trouble := range r.Status().Troubles {
		if trouble.Code == health.OwnLogged && !strings.HasSuffix(trouble.Reason().String(), fmt.Sprintf("this computer's port %d, %d.", ports[0], ports[1])) {
			t.Error(trouble.Reason())
		}
	}
}

// A router whose log has no events at all does not fill the disk.
func TestLogWithoutEvents(t *testing.T) {
	r := run(t, t.TempDir(), nil)
	last := uint64(0)
	for i := range 20 {
		line := fmt.Sprintf("<30>Nov 28 06:42:21 gw dnsmasq[1]: query[A] www%d.example.com from 192.168.1.10", i)
		r.sendLines(t, line, line, line)
		last += 3
	}
	eventually(t, "the spool need not keep it", func() bool { return r.Engine.Hosts().Committed() >= last })
	if n := r.rows(); n != 0 {
		t.Errorf("%d events", n)
	}
}

// What a device sends by IPv6 goes out also where the log has nothing but the interface at
// which it came to the router, and the device is no new host.
func TestWayOfIPv6(t *testing.T) {
	r := run(t, t.TempDir(), nil)
	const head = "<134>Nov 29 18:20:01 filterlog[1]: "
	for i := range 6 {
		r.sendLines(t,
			head+fmt.Sprintf("91,,,1000000103,igb1,match,pass,in,4,0x0,,64,1,0,DF,6,tcp,60,192.168.1.21,45.60.1.%d,5000,443,0,S,1,,64000,,mss", i),
			head+fmt.Sprintf("5,,,1000000104,igb0,match,block,in,4,0x0,,64,1,0,DF,6,tcp,60,203.0.113.%d,198.51.100.7,5000,23,0,S,1,,64000,,mss", i))
	}
	r.sendLines(t,
		head+"98,,,1000000105,igb1,match,pass,in,6,0x00,0x0ea87,63,TCP,6,73,2a02:8108:1:2::10,2a00:1450:4001::1,6881,443,0,S,1,,64000,,mss",
		head+"5,,,1000000104,igb0,match,block,in,6,0x00,0x0ea87,63,TCP,6,73,2a00:1450:4001::2,2a02:8108:1:2::10,6882,22,0,S,1,,64000,,mss")
	eventually(t, "all is stored", func() bool { return r.rows() == 14 })
	ways := make(map[string]capture.Direction)
	if err := r.Engine.Each(t.Context(), history.Query{}, func(ev *capture.Event) error {
		ways[ev.Src.Addr.String()] = ev.Dir
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if ways["2a02:8108:1:2::10"] != capture.Out || ways["2a00:1450:4001::2"] != capture.In {
		t.Errorf("%v", ways)
	}
	if n := r.Engine.Hosts().Stats().Known; n != 14 { // six of each, and two by IPv6
		t.Errorf("%d hosts", n)
	}
	if devices := r.Engine.Hosts().Devices(); len(devices) != 2 {
		t.Errorf("%+v", devices)
	}
}
