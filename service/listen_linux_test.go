package service

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/history"
	"linklog/service/settings"
)

// runWaiting runs an engine on a port it may not have yet.
func runWaiting(t *testing.T, change func(*settings.Settings)) *Engine {
	t.Helper()
	s := settings.Defaults()
	s.Names.DNS, s.Hosts.Learning = false, 0
	change(&s)
	e, err := Open(t.Context(), Config{DataDir: t.TempDir(), Settings: s, Retry: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- e.Run(ctx, func() { close(ready) }) }()
	<-ready
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, e.Close()); err != nil {
			t.Error(err)
		}
	})
	return e
}

// trouble gives what the status says is wrong with the port.
func portTrouble(e *Engine) string {
	for _, trouble := range e.Status().Troubles {
		if trouble.Where == "port" {
			return trouble.Text
		}
	}
	return ""
}

// gaps gives the texts of the gaps in the history.
func gaps(e *Engine) (texts []string) {
	_ = e.history.Each(context.Background(), history.Query{}, func(ev *capture.Event) error {
		if ev.Kind == capture.Gap {
			texts = append(texts, ev.Text)
		}
		return nil
	})
	return texts
}

// Another program has the port: the engine runs, says who it is, and receives as
// soon as the port is free.
func TestPortTaken(t *testing.T) {
	other, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	port := other.LocalAddr().(*net.UDPAddr).Port
	e := runWaiting(t, func(s *settings.Settings) { s.Listen.Port = port })
	if e.Listening() || int(e.Port()) != port {
		t.Errorf("listening: %v, port %d", e.Listening(), e.Port())
	}
	if text := portTrouble(e); !strings.Contains(text, "is taken") || !strings.Contains(text, "service.test (process ") {
		t.Errorf("trouble: %q", text)
	}
	if !strings.Contains(e.Summary(), "port: UDP port") {
		t.Error(e.Summary())
	}
	other.Close()
	eventually(t, "the port is ours", e.Listening)
	eventually(t, "no trouble any more", func() bool { return portTrouble(e) == "" })
	(&running{Engine: e}).send(t, 10, 0)
	eventually(t, "the gap and the messages are stored", func() bool { return (&running{Engine: e}).rows() == 11 })
	if g := gaps(e); len(g) != 1 || !strings.Contains(g[0], "another program") {
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
	if text := portTrouble(e); e.Listening() || !strings.Contains(text, "no address "+address+" now") {
		t.Fatalf("listening: %v, trouble: %q", e.Listening(), text)
	}
	if err := ip("add", address+"/32", "dev", "lo"); err != nil {
		t.Skip("no address can be given here: ", err)
	}
	defer ip("del", address+"/32", "dev", "lo")
	eventually(t, "the address is ours", e.Listening)
	eventually(t, "no trouble any more", func() bool { return portTrouble(e) == "" })
	eventually(t, "the gap is stored", func() bool { return len(gaps(e)) == 1 })
}
