package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/receive/porttest"
	"linklog/service/history"
	"linklog/service/settings"
)

// runWaiting runs an engine on a port it may not have yet.
func runWaiting(t *testing.T, change func(*settings.Settings)) *Service {
	t.Helper()
	s := settings.Defaults()
	s.Names.DNS, s.Hosts.Learning = false, 0
	change(&s)
	e, _ := runConfig(t, Config{DataDir: t.TempDir(), Settings: s, Retry: 50 * time.Millisecond})
	return e
}

// trouble gives what the status says is wrong with the port.
func portTrouble(e *Service) string {
	for _, trouble := range e.Status().Troubles {
		if trouble.Where() == "port" {
			return trouble.Reason().String()
		}
	}
	return ""
}

// gaps gives the texts of the gaps in the history.
func gaps(e *Service) (texts []string) {
	_ = e.Engine.History().Each(context.Background(), history.Query{}, func(ev *capture.Event) error {
		if ev.Kind == capture.Gap {
			texts = append(texts, ev.Message())
		}
		return nil
	})
	return texts
}

// Another program has the port: the engine runs, says who it is, and receives as
// soon as the port is free.
func TestPortTaken(t *testing.T) {
	other, number := porttest.Taken(t)
	port := int(number)
	e := runWaiting(t, func(s *settings.Settings) { s.Listen.Ports = []int{port} })
	if e.Intake.Listening() || int(e.Intake.Port()) != port {
		t.Errorf("listening: %v, port %d", e.Intake.Listening(), e.Intake.Port())
	}
	if text := portTrouble(e); !strings.Contains(text, "is in use") || !strings.Contains(text, "service.test (process ") {
		t.Errorf("trouble: %q", text)
	}
	if !strings.Contains(e.Summary(), "port: UDP port") {
		t.Error(e.Summary())
	}
	other.Close()
	eventually(t, "the port is ours", e.Intake.Listening)
	eventually(t, "no trouble any more", func() bool { return portTrouble(e) == "" })
	(&running{Service: e}).send(t, 10, 0)
	eventually(t, "the gap and the messages are stored", func() bool { return (&running{Service: e}).rows() == 11 })
	if g := gaps(e); len(g) != 1 || !strings.Contains(g[0], "was taken by service.test (process ") {
		t.Errorf("gaps: %q", g)
	}
}

// The address of [listen] comes with the network, after the service.
func TestAddressComesLater(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give this machine an address")
	}
	ip := func(args ...string) error { return exec.Command("ip", append([]string{"address"}, args...)...).Run() }
	const address = "198.51.100.77" // for documentation (RFC 5737)
	e := runWaiting(t, func(s *settings.Settings) {
		s.Listen.Port = 0
		if err := s.Listen.Address.UnmarshalText([]byte(address)); err != nil {
			t.Fatal(err)
		}
	})
	if text := portTrouble(e); e.Intake.Listening() || !strings.Contains(text, "does not have the address "+address+" now") {
		t.Fatalf("listening: %v, trouble: %q", e.Intake.Listening(), text)
	}
	if err := ip("add", address+"/32", "dev", "lo"); err != nil {
		t.Skip("no address can be given here: ", err)
	}
	defer ip("del", address+"/32", "dev", "lo")
	eventually(t, "the address is ours", e.Intake.Listening)
	eventually(t, "no trouble any more", func() bool { return portTrouble(e) == "" })
	eventually(t, "the gap is stored", func() bool { return len(gaps(e)) == 1 })
}

// held opens a socket that stays open between the runs of the service, as with systemd.
func held(t *testing.T) (hand func() *net.UDPConn, port int) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return func() *net.UDPConn {
		f, err := c.File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		copied, err := net.FilePacketConn(f)
		if err != nil {
			t.Fatal(err)
		}
		return copied.(*net.UDPConn)
	}, c.LocalAddr().(*net.UDPAddr).Port
}

// runConfig runs an engine until end is called.
func runConfig(t *testing.T, c Config) (e *Service, end func()) {
	t.Helper()
	c.Settings.Names.DNS, c.Settings.Hosts.Learning = false, 0
	e, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- e.Run(ctx, func() { close(ready) }) }()
	<-ready
	end = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, e.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(end)
	return e, end
}

// A service manager opens the sockets. While the service was away nothing is missing
// only if they are the same sockets, of the same run of the computer.
func TestBreakOfHeldSockets(t *testing.T) {
	const boot = "6b3c"
	for _, test := range []struct {
		name   string
		other  bool   // socket, as after systemctl stop
		boot   string // of the second run
		before string // what "alive" holds; "": what the first run left
		want   string
	}{
		{name: "the socket stayed open", boot: boot},
		{name: "a different socket", boot: boot, other: true, want: "the service was not running"},
		{name: "the computer started again", boot: "6b3d", want: "the service was not running"},
		{name: "an earlier build wrote nothing down", boot: boot, before: "\x00", want: "the service was not running"},
	} {
		t.Run(test.name, func(t *testing.T) {
			hand, port := held(t)
			c := Config{DataDir: t.TempDir(), Settings: settings.Defaults(), Conns: []*net.UDPConn{hand()}, Boot: boot, Managed: true}
			c.Settings.Listen.Ports = []int{port}
			first, end := runConfig(t, c)
			if g := gaps(first); len(g) != 0 {
				t.Errorf("gaps of the first start: %q", g)
			}
			end()
			// The last sign of life was a while ago.
			since := time.Now().Add(-time.Hour).Truncate(time.Second)
			alive := filepath.Join(c.DataDir, "alive")
			if test.before != "" {
				if err := os.WriteFile(alive, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chtimes(alive, since, since); err != nil {
				t.Fatal(err)
			}
			if test.other {
				hand, port = held(t)
				c.Settings.Listen.Ports = []int{port}
			}
			c.Conns, c.Boot = []*net.UDPConn{hand()}, test.boot
			second, _ := runConfig(t, c)
			(&running{Service: second}).send(t, 1, 0)
			rows := int64(1)
			if test.want != "" {
				rows++
			}
			eventually(t, "all is stored", func() bool { return (&running{Service: second}).rows() == rows })
			if g := gaps(second); strings.Join(g, "; ") != test.want {
				t.Errorf("gaps: %q, want %q", g, test.want)
			}
			_ = second.Engine.History().Each(t.Context(), history.Query{}, func(ev *capture.Event) error {
				if ev.Kind == capture.Gap && !ev.Since.Equal(since) {
					t.Errorf("the gap begins %v, want %v", ev.Since, since)
				}
				return nil
			})
		})
	}
}

// The port stays another program's over two starts: one gap, from when the service was
// there last to when the port was its own.
func TestPortTakenOverAStart(t *testing.T) {
	dir := t.TempDir()
	c := Config{DataDir: dir, Settings: settings.Defaults(), Retry: 20 * time.Millisecond}
	port := int(porttest.Free(t))
	c.Settings.Listen.Ports = []int{port}
	_, end := runConfig(t, c)
	end()
	other, err := net.ListenUDP("udp4", &net.UDPAddr{Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_, end = runConfig(t, c)
	end()
	since := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(filepath.Join(dir, "alive"), since, since); err != nil {
		t.Fatal(err)
	}
	e, _ := runConfig(t, c)
	other.Close()
	eventually(t, "the port is ours", e.Intake.Listening)
	eventually(t, "both gaps", func() bool { return len(gaps(e)) == 2 })
	_ = e.Engine.History().Each(t.Context(), history.Query{}, func(ev *capture.Event) error {
		taken := fmt.Sprintf("UDP port %d was taken by service.test (process %d)", port, os.Getpid())
		if (ev.Message() == taken) != ev.Since.Equal(since) {
			t.Errorf("gap since %v: %s", ev.Since, ev.Message())
		}
		return nil
	})
}

// What the settings ask for counts, whatever the service manager opened, and it is told
// how to make both the same.
func TestSettingsAgainstHeldSockets(t *testing.T) {
	number := int(porttest.Free(t))
	for _, test := range []struct {
		name    string
		change  func(s *settings.Listen, held int)
		handed  bool // it listens on the socket it was given
		trouble string
	}{
		{"the same port", func(s *settings.Listen, held int) { s.Ports = []int{held} }, true, ""},
		{"any port", func(s *settings.Listen, held int) { s.Port = 0 }, true, ""},
		{"the same address", func(s *settings.Listen, held int) {
			s.Ports, s.Address.Addr = []int{held}, netip.MustParseAddr("127.0.0.1")
		}, true, ""},
		{"a different port", func(s *settings.Listen, held int) { s.Ports = []int{number} }, false,
			fmt.Sprintf("LinkLog listens on UDP port %d, as the settings ask, but the service manager still holds UDP 127.0.0.1:", number)},
		{"a different address", func(s *settings.Listen, held int) {
			s.Ports, s.Address.Addr = []int{held}, netip.MustParseAddr("127.0.0.2")
		}, false, "LinkLog listens on UDP 127.0.0.2:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			hand, port := held(t)
			c := Config{DataDir: t.TempDir(), Settings: settings.Defaults(), Conns: []*net.UDPConn{hand()}, Managed: true}
			test.change(&c.Settings.Listen, port)
			e, _ := runConfig(t, c)
			sockets, err := os.ReadFile(filepath.Join(c.DataDir, "alive"))
			if err != nil {
				t.Fatal(err)
			}
			if got := int(e.Intake.Port()) == port && len(sockets) > 0; got != test.handed {
				t.Errorf("port %d (sockets %q), was given %d", e.Intake.Port(), sockets, port)
			}
			text := portTrouble(e)
			if !strings.HasPrefix(text, test.trouble) || test.trouble == "" && text != "" || text != "" && !strings.Contains(text, "sudo linklog service restart") {
				t.Errorf("trouble %q, want %q", text, test.trouble)
			}
		})
	}
}
