package intake

import (
	"bytes"
	"net"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// What the system dropped is counted of all sockets that the service manager holds, each
// once, whichever process looks.
func TestDropsOfAllSockets(t *testing.T) {
	dir := t.TempDir()
	var held [2]*net.UDPConn
	var ports []int
	for i := range held {
		c, port := taken(t)
		held[i], ports = c, append(ports, port)
	}
	start := func() *Intake {
		in := newIntake(t, func(o *Options) {
			o.DataDir, o.Listen.Ports, o.Listen.Buffer, o.Managed, o.Boot = dir, ports, 64<<10, true, "6b3c"
			for _, c := range held {
				f, err := c.File()
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				copied, err := net.FilePacketConn(f)
				if err != nil {
					t.Fatal(err)
				}
				o.Conns = append(o.Conns, copied.(*net.UDPConn))
			}
		})
		return in
	}
	for _, c := range held {
		if err := c.SetReadBuffer(1); err != nil {
			t.Fatal(err)
		}
	}
	in := start()
	lost := uint64(0)
	for i, port := range ports {
		for range 500 {
			say(t, "udp", port, string(bytes.Repeat([]byte("x"), 1000)))
		}
		dropped, exact := in.dropped()
		if !exact || dropped <= lost {
			t.Fatalf("%d dropped with the socket %d, before %d", dropped, i, lost)
		}
		lost = dropped
	}
	in.NoteLosses(time.Now())
	for _, name := range []string{"dropped", "dropped-" + strconv.Itoa(ports[1])} {
		if found, err := filepath.Glob(filepath.Join(dir, name)); len(found) != 1 {
			t.Errorf("no file %s: %v", name, err)
		}
	}
	if n := in.Lost(); n != lost {
		t.Errorf("%d lost, want %d", n, lost)
	}
	in.Close()
	if n := start().Lost(); n != 0 {
		t.Errorf("%d are told again", n)
	}
}
