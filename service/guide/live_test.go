package guide_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/capturetest"
	"linklog/capture/router"
	"linklog/capture/send"
	"linklog/capture/syslog"
	"linklog/service"
	"linklog/service/client"
	"linklog/service/guide"
	"linklog/service/history"
	"linklog/service/leaktest"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

// daemon is a service in this process, and its port.
func daemon(t *testing.T) (*client.Client, uint16) {
	t.Helper()
	return daemonIn(t, t.TempDir())
}

func daemonIn(t *testing.T, dir string) (*client.Client, uint16) {
	t.Helper()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS = 0, false
	e, err := service.Open(t.Context(), service.Config{DataDir: dir, Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	server := serve.New(serve.Config{Service: e, DataDir: dir})
	socket := filepath.Join(dir, "s")
	l, err := localsocket.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ran, served := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	go func() { ran <- e.Run(ctx, func() { close(ready) }) }()
	go func() { served <- server.Serve(l) }()
	<-ready
	c := client.New(client.Options{Paths: []string{socket}})
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := errors.Join(<-ran, server.Close(), <-served, e.Close()); err != nil {
			t.Error(err)
		}
	})
	return c, e.Intake.Port()
}

// TestLines is a router that was set up as its steps say, for each whose log can be played:
// nothing is missing then, and no line of it is lost on the way.
func TestLines(t *testing.T) {
	const lines = 100
	for _, played := range send.Routers() {
		t.Run(played.Name, func(t *testing.T) {
			r, ok := guide.Find(played.Name)
			if !ok {
				t.Fatal("it has no steps")
			}
			c, port := daemon(t)
			conn, err := net.Dial("udp", netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port).String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			messages := send.NewMessages(1)
			for range lines {
				if _, err := conn.Write(played.Append(nil, messages, time.Now())); err != nil {
					t.Fatal(err)
				}
			}
			question := guide.Question{Router: netip.AddrFrom4([4]byte{127, 0, 0, 1})}
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
				_, f := guide.Look(t.Context(), c, question)
				results := r.Check(&f)
				if f.Traffic > lines/2 && f.Messages == f.Traffic && guide.Done(results) { // some are repeats
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("%+v\n%+v", f, results)
				}
			}
		})
	}
}

// TestEveryRouterIsPlayed tries the steps without the router.
func TestEveryRouterIsPlayed(t *testing.T) {
	for _, r := range guide.Routers() {
		if r.Sends != guide.Syslog || r.ID == "other" {
			continue
		}
		if _, ok := send.ParseRouter(r.ID); !ok {
			t.Errorf("linklog send cannot play %s", r.ID)
		}
	}
}

// A router whose steps say how it reports the names of devices does so when it is played.
func TestPlayedNames(t *testing.T) {
	const lines = 20
	for _, played := range send.Routers() {
		r, ok := guide.Find(played.Name)
		if !ok || !slices.ContainsFunc(r.Guide("", 0, 0).Names, func(s guide.Step) bool { return s.Title.String() == "Names of devices (DHCP)" }) {
			continue
		}
		demo, reader, leases := send.NewDemo(1), router.Reader{}, 0
		for range lines {
			h := syslog.Parse(string(demo.AppendLine(nil, &played, time.Now())))
			if s, _ := reader.Sighting(time.Now(), netip.AddrFrom4([4]byte{192, 168, 1, 1}), &h); s.Kind == capture.Lease && s.Name != "" {
				leases++
			}
		}
		if leases == 0 && played.Name != "unificef" && played.Name != "prestige" { // detections alone, and older ones
			t.Errorf("%s: none in %d lines", played.Name, lines)
		}
	}
}

// TestNames is a router that also logs who has which address, and what devices ask DNS for.
func TestNames(t *testing.T) {
	c, port := daemon(t)
	conn, err := net.Dial("udp", netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port).String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	openwrt, _ := guide.Find("openwrt")
	question := guide.Question{Router: netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	see := func(what string, check guide.Check, want guide.State, text string) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			_, f := guide.Look(t.Context(), c, question)
			got := openwrt.Check(&f)[check]
			if said := got.Text.String(); got.State == want && (said == text || strings.HasPrefix(said, text+"; the last at ")) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d %s", what, got.State, got.Text)
			}
		}
	}
	tell := func(lines ...string) {
		for _, line := range lines {
			if _, err := conn.Write([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
	}
	see("before", guide.Devices, guide.Optional, "Optional; not seen yet.")
	tell("<30>Nov 28 06:42:20 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living")
	see("only a lease", guide.Connection, guide.Missing, guide.OnlySystem.String())
	tell("<30>Nov 28 06:42:21 OpenWrt dnsmasq[1234]: query[A] www.example.com from 192.168.1.10",
		"<30>Nov 28 06:42:21 OpenWrt dnsmasq[1234]: reply www.example.com is 203.0.113.9",
		"<4>Nov 28 06:42:22 OpenWrt kernel: [12345.678901] ACCEPT forward: IN=br-lan OUT=pppoe-wan MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=54321 DF PROTO=TCP SPT=45123 DPT=443 WINDOW=65535 RES=0x00 SYN URGP=0")
	see("a lease", guide.Devices, guide.Seen, "tv-living, 192.168.1.10")
	see("a name query", guide.Lookups, guide.Seen, "www.example.com, 203.0.113.9")

	// They are of a test, where this is the computer itself.
	question = guide.Question{IsOwn: netip.Addr.IsLoopback}
	const onlyHere = "So far only from this computer itself: a test, or a DHCP or DNS server on it."
	see("a lease of a test", guide.Devices, guide.Optional, onlyHere)
	see("a name query of a test", guide.Lookups, guide.Optional, onlyHere)
	router, err := (&net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}}).Dial("udp", conn.RemoteAddr().String())
	if err != nil {
		t.Skip(err) // there is no second loopback address
	}
	defer router.Close()
	question.IsOwn = func(a netip.Addr) bool { return a == netip.AddrFrom4([4]byte{127, 0, 0, 1}) }
	if _, err := router.Write([]byte("<30>Nov 28 06:42:20 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living")); err != nil {
		t.Fatal(err)
	}
	see("a lease of the router", guide.Devices, guide.Seen, "tv-living, 192.168.1.10")
	see("still a test", guide.Lookups, guide.Optional, onlyHere)

	// Another one has reported them.
	question = guide.Question{Router: netip.AddrFrom4([4]byte{127, 0, 0, 2})}
	see("of a different one", guide.Lookups, guide.Optional, "Not from 127.0.0.2, but 127.0.0.1 reports them.")
}

// TestLastDay is a day with all sorts of events in each minute: all of them are counted.
func TestLastDay(t *testing.T) {
	dir := t.TempDir()
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	router, device, host := netip.MustParseAddr("192.168.1.1"), capturetest.End("192.168.1.10", "", 50000), capturetest.End("203.0.113.9", "", 443)
	var events []capture.Event
	add := func(at time.Time, ev capture.Event) {
		ev.Seq, ev.Time, ev.Router = uint64(len(events)+1), at, router
		events = append(events, ev)
	}
	now := time.Now().UTC().Round(0)
	const minutes = 24*60 - 5
	for i := range minutes {
		at := now.Add(time.Duration(i-minutes) * time.Minute)
		for _, v := range []capture.Verdict{0, capture.Allowed, capture.Blocked} {
			for _, d := range []capture.Direction{capture.In, capture.Out} {
				ev := capturetest.Attempt(d, capture.TCP, device, host)
				ev.Verdict = v
				add(at, ev)
			}
		}
		add(at, capture.Event{Kind: capture.System, Text: "a message"})
		add(at, capture.Event{Kind: capture.Other, Reason: capture.UnknownText})
	}
	if err := errors.Join(h.Append(t.Context(), events), h.Close()); err != nil {
		t.Fatal(err)
	}
	c, _ := daemonIn(t, dir)
	f := guide.LastDay(t.Context(), c, nil)
	if f.Err != nil || f.Messages != 8*minutes || f.Traffic != 6*minutes || f.Blocked != 2*minutes || f.System != minutes || f.Other != minutes {
		t.Errorf("of %d minutes: %+v", minutes, f)
	}
}

// A connection is an outgoing one if it goes from the home network to the internet: what devices
// say to each other, to a group, and what the router says to itself is none, whatever its direction.
func TestOnlyToTheInternet(t *testing.T) {
	c, port := daemon(t)
	conn, err := net.Dial("udp", netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port).String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	asus, _ := guide.Find("asus")
	sent := int64(0)
	tell := func(verdict, in, out, src, dst string) {
		t.Helper()
		sent++
		line := fmt.Sprintf("<4>Nov 28 06:42:22 kernel: %s IN=%s OUT=%s SRC=%s DST=%s LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=54321 DF PROTO=TCP SPT=%d DPT=443 WINDOW=65535 RES=0x00 SYN URGP=0",
			verdict, in, out, src, dst, 40000+sent)
		if _, err := conn.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	see := func(what string, outgoing, allowed guide.State) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			_, f := guide.Look(t.Context(), c, guide.Question{Router: netip.AddrFrom4([4]byte{127, 0, 0, 1})})
			got := asus.Check(&f)
			if f.Traffic == sent && got[guide.Outgoing].State == outgoing && got[guide.Allowed].State == allowed {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %+v", what, got)
			}
		}
	}
	tell("ACCEPT", "br0", "br0", "192.168.1.10", "192.168.1.11")
	tell("ACCEPT", "br0", "", "192.168.1.10", "224.0.0.251")
	tell("ACCEPT", "br0", "", "192.168.1.10", "255.255.255.255")
	tell("ACCEPT", "", "lo", "192.168.1.1", "192.168.1.1")
	tell("ACCEPT", "", "lo", "127.0.0.1", "127.0.0.1")
	tell("ACCEPT", "br0", "br0", "fd00::10", "fd00::11")
	tell("ACCEPT", "eth0", "br0", "203.0.113.9", "192.168.1.10") // from outside
	see("none of these", guide.Missing, guide.Missing)
	tell("DROP", "br0", "eth0", "192.168.1.10", "203.0.113.9")
	see("one that is blocked", guide.Seen, guide.Missing)
	tell("ACCEPT", "br0", "eth0", "192.168.1.10", "203.0.113.9")
	see("one that is allowed", guide.Seen, guide.Seen)
}

// What a router was seen to say of names once, it is able to say: that stays, also when many other
// hosts came since, and after a restart.
func TestNamesStay(t *testing.T) {
	dir := t.TempDir()
	question := guide.Question{Router: netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	openwrt, _ := guide.Find("openwrt")
	see := func(c *client.Client, what string, traffic int64) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			_, f := guide.Look(t.Context(), c, question)
			got := openwrt.Check(&f)
			if f.Traffic >= traffic && got[guide.Devices].State == guide.Seen && got[guide.Lookups].State == guide.Seen && strings.Contains(strings.ToLower(got[guide.Lookups].Text.String()), "the last at ") {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %+v", what, got)
			}
		}
	}
	const hosts = 60
	t.Run("many hosts", func(t *testing.T) {
		c, port := daemonIn(t, dir)
		conn, err := net.Dial("udp", netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port).String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		tell := func(line string) {
			if _, err := conn.Write([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
		const connection = "<4>Nov 28 06:42:22 OpenWrt kernel: ACCEPT forward: IN=br-lan OUT=pppoe-wan MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.%d LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=54321 DF PROTO=TCP SPT=45123 DPT=443 WINDOW=65535 RES=0x00 SYN URGP=0"
		tell("<30>Nov 28 06:42:20 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living")
		tell("<30>Nov 28 06:42:21 OpenWrt dnsmasq[1234]: query[A] www.example.com from 192.168.1.10")
		tell("<30>Nov 28 06:42:21 OpenWrt dnsmasq[1234]: reply www.example.com is 203.0.113.1")
		tell(fmt.Sprintf(connection, 1))
		see(c, "before", 1)
		for i := range hosts {
			tell(fmt.Sprintf(connection, 100+i))
		}
		see(c, "then", hosts+1)
	})
	t.Run("a restart", func(t *testing.T) {
		c, _ := daemonIn(t, dir)
		see(c, "after that", hosts+1)
	})
}
