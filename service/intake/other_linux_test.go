package intake

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Where this user may not open the usual ports, or an engine without a service manager finds the usual
// ports taken, those are taken that any user may open, and nothing is wrong. Flows come to their
// usual port, which any user may open.
func TestOtherPorts(t *testing.T) {
	for _, port := range []int{9162, 9514, 2055} {
		c, err := net.ListenUDP("udp", &net.UDPAddr{Port: port})
		if err != nil {
			t.Skip(err)
		}
		c.Close()
	}
	check := func(in *Intake) {
		t.Helper()
		if want := []Port{{Number: 9162, Open: true}, {Number: 9514, Open: true}, {Number: 2055, Open: true}}; !slices.Equal(in.Ports(), want) {
			t.Errorf("ports: %+v", in.Ports())
		}
		if l := in.health.List(); len(l) > 0 {
			t.Errorf("troubles: %+v", l)
		}
		in.Close()
	}
	if os.Geteuid() == 0 {
		if err := os.Chmod(filepath.Dir(t.TempDir()), 0o777); err != nil { // for who comes below
			t.Fatal(err)
		}
		var held []*net.UDPConn
		for _, port := range []int{162, 514} {
			if c, err := net.ListenUDP("udp", &net.UDPAddr{Port: port}); err == nil {
				held = append(held, c)
			}
		}
		check(newIntake(t, func(o *Options) { o.Listen.Port, o.Instead = 162, true }))
		for _, c := range held {
			c.Close()
		}
		if err := syscall.Setresuid(-1, 65534, -1); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Setresuid(-1, 0, -1); err != nil {
				t.Error(err)
			}
		}()
	}
	if c, err := net.ListenUDP("udp", &net.UDPAddr{Port: 514}); err == nil {
		c.Close()
		t.Skip("here any user may open 514")
	}
	check(newIntake(t, func(o *Options) { o.Listen.Port, o.NeedPort = 9162, true }))
	if c, err := net.ListenUDP("udp", &net.UDPAddr{Port: 162}); err == nil { // only that of syslog is kept back
		c.Close()
	} else {
		var said strings.Builder
		check(newIntake(t, func(o *Options) { o.Listen.Port, o.Log = 162, slog.New(slog.NewTextHandler(&said, nil)) }))
		if n := strings.Count(said.String(), "instead of"); n != 2 || strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "UDP port 9162 instead of 162, UDP port 9514 instead of 514") {
			t.Errorf("said: %s", &said)
		}
	}
	in := newIntake(t, func(o *Options) { o.Listen.Ports = []int{9162, 514} })
	if l := in.health.List(); len(l) != 1 || l[0].Where() != "port 514" {
		t.Errorf("a port that was chosen: %+v", l)
	}
}
