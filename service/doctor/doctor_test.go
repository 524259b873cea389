package doctor_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture/send"
	"linklog/service"
	"linklog/service/api"
	"linklog/service/doctor"
	"linklog/service/settings"
)

// engine starts an engine on a port of 127.0.0.1 that was free.
func engine(t *testing.T) *service.Engine {
	t.Helper()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS = 0, false
	e, err := service.Open(t.Context(), service.Config{DataDir: t.TempDir(), Settings: s})
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

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

func TestSendTest(t *testing.T) {
	e := engine(t)
	if err := doctor.SendTest(t.Context(), netip.AddrPortFrom(loopback, e.Port()), "a test"); err != nil {
		t.Error("an engine:", err)
	}
	// It is answered as soon as it is kept, and counted when it was read.
	received := func() uint64 { s := e.Status(); return s.Counts.Received() }
	for deadline := time.Now().Add(30 * time.Second); received() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("received", received())
		}
	}
	// One who receives and does not answer, and then nobody.
	silent, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	to := silent.LocalAddr().(*net.UDPAddr).AddrPort()
	if err := doctor.SendTest(t.Context(), to, "a test"); !errors.Is(err, doctor.ErrNoAnswer) {
		t.Error("a silent program:", err)
	}
	silent.Close()
	if err := doctor.SendTest(t.Context(), to, "a test"); !errors.Is(err, send.ErrNobodyListens) {
		t.Error("nobody:", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := doctor.SendTest(ctx, to, "a test"); !errors.Is(err, context.Canceled) {
		t.Error("cancelled:", err)
	}
}

// kinds gives what was found, by what it is about.
func kinds(found []doctor.Finding) map[doctor.About][]doctor.Kind {
	out := make(map[doctor.About][]doctor.Kind)
	for _, f := range found {
		out[f.About] = append(out[f.About], f.Kind)
	}
	return out
}

func TestExamine(t *testing.T) {
	own := doctor.LANAddresses()
	if len(own) == 0 {
		t.Skip("this machine is in no network")
	}
	e := engine(t)
	status := func(context.Context) (api.Status, error) {
		return api.Status{
			Port: e.Port(), Open: true,
			Routers:   []api.Source{{Addr: own[0], Count: 1}, {Addr: netip.MustParseAddr("192.0.2.77"), Count: 7}},
			Strangers: []api.Source{{Addr: netip.MustParseAddr("203.0.113.5")}},
			Troubles:  []api.Trouble{{Where: "history", Text: "disk full"}},
		}, nil
	}
	found := doctor.Examine(t.Context(), doctor.Options{Port: e.Port(), Status: status})
	k := kinds(found)
	if !slices.Equal(k[doctor.Address], []doctor.Kind{doctor.OK}) || !slices.Equal(k[doctor.Port], []doctor.Kind{doctor.Note, doctor.OK}) {
		t.Error(found)
	}
	if len(k[doctor.Trap]) != len(own) || slices.Contains(k[doctor.Trap], doctor.Wrong) {
		t.Error("traps:", k[doctor.Trap])
	}
	// The router, but not this machine itself; then the stranger, with what to set.
	if !slices.Equal(k[doctor.Routers], []doctor.Kind{doctor.OK, doctor.Note}) || len(k[doctor.Service]) != 1 {
		t.Error(found)
	}
	for _, f := range found {
		if f.About != doctor.Routers || f.Kind != doctor.Note {
			continue
		}
		if s, err := settings.Parse([]byte(f.Type)); err != nil || len(s.Sources.Routers) != 1 || s.Sources.Routers[0].Addr().String() != "203.0.113.5" {
			t.Error(f.Type, err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	free, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	n := free.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	// Another program than LinkLog has it: this test's.
	if listens, f := doctor.Listener(n, nil); listens || f.Kind != doctor.Wrong || f.Do.String() == "" {
		t.Error(listens, f)
	}
	free.Close()
	if listens, f := doctor.Listener(n, nil); listens || f.Kind != doctor.Wrong || !strings.Contains(f.Type, "service start") {
		t.Error(listens, f)
	}
	if listens, f := doctor.Listener(n, &api.Status{Port: n, Open: true}); !listens || f.Kind != doctor.OK {
		t.Error(listens, f)
	}
}

func TestAddresses(t *testing.T) {
	for _, a := range doctor.LANAddresses() {
		if !a.Is4() || a.IsLoopback() || !doctor.IsOwn(a) {
			t.Error(a)
		}
	}
	for _, c := range []struct {
		addr string
		own  bool
	}{{"127.0.0.1", true}, {"::ffff:127.0.0.1", true}, {"::1", true}, {"203.0.113.9", false}} {
		if doctor.IsOwn(netip.MustParseAddr(c.addr)) != c.own {
			t.Error(c)
		}
	}
}

func TestPhrase(t *testing.T) {
	p := doctor.Say("{{.A}} and {{.B}}", "A", "{{.B}}", "B", 2)
	if got := p.String(); got != "{{.B}} and 2" {
		t.Error(got)
	}
	if got := (doctor.Phrase{}).String(); got != "" {
		t.Error(got)
	}
}
