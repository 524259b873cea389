package intake

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/receive/porttest"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/settings"
	"linklog/service/spool"
)

// taken holds a UDP port.
func taken(t *testing.T) (c *net.UDPConn, port int) {
	t.Helper()
	c, n := porttest.Taken(t)
	return c, int(n)
}

// free finds ports that nobody has.
func free(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		ports = append(ports, int(porttest.Free(t)))
	}
	return ports
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// receiving runs an Intake until the test, or end, ends it.
func receiving(t *testing.T, in *Intake) (into *spool.Spool, end func()) {
	t.Helper()
	into, _, err := spool.Open(filepath.Join(in.o.DataDir, "spool"), spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	in.gaps.Begin(into)
	in.NoteBreak()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- in.Receive(ctx, into) }()
	ended := false
	end = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		in.NoteAlive()
		in.Close()
		into.Close()
	}
	t.Cleanup(end)
	return into, end
}

// gapTexts are the gaps of a spool.
func gapTexts(t *testing.T, s *spool.Spool) (texts []string) {
	t.Helper()
	if s.Last() == 0 {
		return nil
	}
	r, err := s.Reader(1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	records := make([]spool.Record, 64)
	for seq := uint64(0); seq < s.Last(); {
		n, err := r.Next(t.Context(), records)
		if err != nil {
			t.Fatal(err)
		}
		for i := range records[:n] {
			if seq = records[i].Seq; records[i].Kind == spool.Gap {
				var ev capture.Event
				gap.Read(&records[i], &ev)
				texts = append(texts, ev.Message())
			}
		}
	}
	return texts
}

func say(t *testing.T, network string, port int, text string) {
	t.Helper()
	c, err := net.Dial(network, (&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// One port that is taken keeps no other back, is an error that names its port, and is
// received from as soon as it is free.
func TestTakenPortStopsNoOther(t *testing.T) {
	other, closed := taken(t)
	ports := append(free(t, 2), closed)
	dir := t.TempDir()
	start := func() (*Intake, *spool.Spool, func()) {
		in := newIntake(t, func(o *Options) { o.Listen.Ports, o.DataDir = ports, dir })
		into, end := receiving(t, in)
		return in, into, end
	}
	in, into, end := start()
	if list := in.Ports(); len(list) != 3 || !list[0].Open || !list[1].Open || list[2].Open || !strings.HasPrefix(list[2].Holder, "intake.test (process ") {
		t.Errorf("ports: %+v", list)
	}
	troubles := in.health.List()
	if len(troubles) != 1 || troubles[0].Where() != "port "+strconv.Itoa(closed) || troubles[0].Severity() != health.Error || troubles[0].Code != health.PortTaken {
		t.Errorf("troubles: %+v", troubles)
	}
	say(t, "udp", ports[0], "a")
	say(t, "udp", ports[1], "b")
	eventually(t, "both are received", func() bool { return in.Accepted() == 2 })
	other.Close()
	eventually(t, "the port is ours", func() bool { return in.Ports()[2].Open && len(in.health.List()) == 0 })
	say(t, "udp", closed, "c")
	eventually(t, "it is received from", func() bool { return in.Accepted() == 3 })
	if g := gapTexts(t, into); len(g) != 0 {
		t.Errorf("gaps of a port from which nothing was ever received: %q", g)
	}
	end()

	// Now something is missing while another program has it; all ports together were
	// missing before, which is one gap.
	other, err := net.ListenUDP("udp", &net.UDPAddr{Port: closed})
	if err != nil {
		t.Fatal(err)
	}
	in, into, _ = start()
	if g := gapTexts(t, into); !slices.Equal(g, []string{"the service was not running"}) {
		t.Errorf("gaps: %q", g)
	}
	other.Close()
	eventually(t, "the port is ours again", func() bool { return in.Ports()[2].Open })
	eventually(t, "its gap", func() bool { return len(gapTexts(t, into)) == 2 })
	if g := gapTexts(t, into)[1]; !strings.HasPrefix(g, "UDP port "+strconv.Itoa(closed)+" was taken by intake.test (process ") {
		t.Errorf("gap: %q", g)
	}
}

// What is open and what is not is said in words, with the addresses that are listened on.
func TestPortsInWords(t *testing.T) {
	_, closed := taken(t)
	open := free(t, 1)[0]
	in := newIntake(t, func(o *Options) { o.Listen.Ports, o.Listen.TCP = []int{open, closed}, true })
	gotOpen, gotClosed := in.InWords()
	if want := fmt.Sprintf("UDP %d, TCP %d, TCP %d", open, open, closed); gotOpen != want || gotClosed != fmt.Sprint("UDP ", closed) {
		t.Errorf("open %s, closed %s", gotOpen, gotClosed)
	}
	if a := in.Addresses(); a != nil {
		t.Errorf("only on %v", a)
	}
	here := netip.MustParseAddr("127.0.0.1")
	for _, port := range []int{open, closed} { // also while no port is ours
		held, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		in := newIntake(t, func(o *Options) {
			o.Listen.Address = settings.Address{Addr: here}
			if o.Listen.Ports = []int{held.LocalAddr().(*net.UDPAddr).Port}; port == open {
				held.Close()
			}
		})
		if a := in.Addresses(); !slices.Equal(a, []netip.Addr{here}) {
			t.Errorf("on %v", a)
		}
	}
}

// The port of the traps is what it was: its trouble is an error at "port".
func TestTakenTrapPort(t *testing.T) {
	_, closed := taken(t)
	open := free(t, 1)[0]
	in := newIntake(t, func(o *Options) { o.Listen.Ports = []int{closed, open} })
	receiving(t, in)
	troubles := in.health.List()
	if in.Listening() || len(troubles) != 1 || troubles[0].Where() != "port" || troubles[0].Severity() != health.Error {
		t.Errorf("listening: %v, %+v", in.Listening(), troubles)
	}
	say(t, "udp", open, "a")
	eventually(t, "the other is received from", func() bool { return in.Accepted() == 1 })
}

// Lines come by TCP, too, where the settings say so; a TCP port that is taken is waited for.
func TestTCP(t *testing.T) {
	ports := free(t, 2)
	held, err := net.Listen("tcp", ":"+strconv.Itoa(ports[1]))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	in := newIntake(t, func(o *Options) { o.Listen.Ports, o.Listen.TCP = ports, true })
	receiving(t, in)
	if troubles := in.health.List(); len(troubles) != 1 || troubles[0].Where() != "port "+strconv.Itoa(ports[1])+"/TCP" || troubles[0].Severity() != health.Error ||
		troubles[0].Code != health.PortTakenTCP || !strings.Contains(troubles[0].Reason().String(), " is in use by intake.test (process ") {
		t.Errorf("troubles: %+v", troubles)
	}
	say(t, "tcp", ports[0], "<4>one\n<4>two\n")
	eventually(t, "lines by TCP", func() bool { return in.Accepted() == 2 })
	held.Close()
	eventually(t, "the port is ours", func() bool { return len(in.health.List()) == 0 })
	say(t, "tcp", ports[1], "<4>three\n")
	eventually(t, "a line by the other", func() bool { return in.Accepted() == 3 })
}

// A client that sends by TCP more than its sender may is read at that rate, and nothing is
// lost; a different one does not wait for it, and by UDP the same sender is still within it.
func TestTCPWithinRate(t *testing.T) {
	const lines, rate, burst = 300, 200, 20
	port := free(t, 1)[0]
	in := newIntake(t, func(o *Options) {
		o.Listen.Ports, o.Listen.TCP, o.Sources.Rate, o.Sources.Burst = []int{port}, true, rate, burst
	})
	receiving(t, in)
	began := time.Now()
	say(t, "tcp", port, strings.Repeat("<4>one\n", lines))
	eventually(t, "some are taken", func() bool { return in.Accepted() >= burst })
	other := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	c, err := other.Dial("udp", (&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String())
	if err != nil {
		t.Skip(err) // there is no second loopback address
	}
	defer c.Close()
	if _, err := c.Write([]byte("<4>two")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other is taken", func() bool { return len(in.Status().Routers) == 2 })
	if n := in.Accepted(); n == lines+1 {
		t.Error("the client did not wait")
	}
	eventually(t, "all are taken", func() bool { return in.Accepted() == lines+1 })
	if s := in.Status(); s.Lost() > 0 {
		t.Errorf("%d refused", s.Refused)
	}
	if took := time.Since(began); took < (lines-burst)*time.Second/rate {
		t.Errorf("all were taken after %v", took)
	}
}

// Connections that are turned away are counted, and told as a gap, but not every second.
func TestTurnedAway(t *testing.T) {
	port := free(t, 1)[0]
	in := newIntake(t, func(o *Options) { o.Listen.Ports, o.Listen.TCP = []int{port}, true })
	into, end := receiving(t, in)
	const allowed = 8 // of one address
	opened := uint64(0)
	open := func(n uint64) {
		t.Helper()
		for range n {
			eventually(t, "TCP is listened on", func() bool { // another program may have had the port
				c, err := net.Dial("tcp", (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String())
				if err == nil {
					t.Cleanup(func() { c.Close() })
				}
				return err == nil
			})
		}
		opened += n
		eventually(t, "those that are too many are turned away", func() bool { return in.Status().TurnedAway == opened-allowed })
	}
	open(allowed + 1)
	in.Watch(time.Now())
	if g := gapTexts(t, into); len(g) > 0 {
		t.Errorf("told already: %q", g)
	}
	in.Watch(time.Now().Add(turnedEvery))
	told := in.Status().TurnedAway
	want := []string{"too many TCP connections were open; turned away: " + strconv.FormatUint(told, 10)}
	if g := gapTexts(t, into); !slices.Equal(g, want) {
		t.Errorf("gaps: %q, want %q", g, want)
	}
	open(2)
	in.NoteLosses(time.Now().Add(turnedEvery)) // at the end all is told
	if g := gapTexts(t, into); len(g) != 2 || g[1] != "too many TCP connections were open; turned away: "+strconv.FormatUint(in.Status().TurnedAway-told, 10) {
		t.Errorf("gaps: %q", g)
	}
	if n := in.Lost(); n > 0 {
		t.Errorf("%d messages are said to be lost", n)
	}
	end()
}

// Sockets that the service manager opened go to their ports: the one it could not open is
// opened by the service, and one that nobody asked for is closed.
func TestHandedSockets(t *testing.T) {
	trap, trapPort := taken(t)
	syslog, syslogPort := taken(t)
	third := free(t, 1)[0]
	in := newIntake(t, func(o *Options) {
		o.Listen.Ports, o.Conns, o.Managed, o.Boot = []int{trapPort, syslogPort, third}, []*net.UDPConn{syslog, trap}, true, "6b3c"
	})
	receiving(t, in)
	for i, port := range []int{trapPort, syslogPort, third} {
		if p := in.Ports()[i]; int(p.Number) != port || !p.Open {
			t.Errorf("%+v, want %d", p, port)
		}
		say(t, "udp", port, "a")
	}
	eventually(t, "all are received from", func() bool { return in.Accepted() == 3 })
	for name, handed := range map[string]bool{"alive": true, "alive-" + strconv.Itoa(syslogPort): true, "alive-" + strconv.Itoa(third): false} {
		if text, err := os.ReadFile(filepath.Join(in.o.DataDir, name)); err != nil || (len(text) > 0) != handed {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if l := in.health.List(); len(l) != 0 {
		t.Errorf("troubles: %+v", l)
	}
}

// What the service manager holds and the settings do not ask for is told.
func TestUnwantedSocket(t *testing.T) {
	trap, port := taken(t)
	unwanted, _ := taken(t)
	in := newIntake(t, func(o *Options) {
		o.Listen.Ports, o.Conns, o.Managed = []int{port}, []*net.UDPConn{unwanted, trap}, true
	})
	if l := in.health.List(); len(l) != 1 || l[0].Code != health.PortUnwanted || len(in.Ports()) != 1 || !in.Listening() {
		t.Errorf("troubles: %+v, ports %+v", l, in.Ports())
	}
}
