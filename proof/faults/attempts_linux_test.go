package faults

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/service/client"
)

// heldSocket is a socket for traps that outlives the service, as the service
// manager holds it.
func heldSocket(t testing.TB) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetReadBuffer(16 << 20); err != nil {
		t.Fatal(err)
	}
	return c
}

// numbered is an attempt that tells its number.
func numbered(i int) string {
	src := sourceOf(i)
	return fmt.Sprintf("@in TCP from %s:%d to 192.168.1.10:80", src.Addr, src.Port)
}

// numberOf is the number of an attempt; -1: it has none.
func numberOf(ev *capture.Event) int {
	if ev.Kind != capture.Traffic || !ev.Src.Addr.Is4() {
		return -1
	}
	a := ev.Src.Addr.As4()
	return (int(ev.Src.Port)-10_000)<<16 | int(a[2])<<8 | int(a[3])
}

// sendNumbered sends attempts with numbers from first on, rate a second (0: at once).
func sendNumbered(t testing.TB, address string, first, n int, rate float64) {
	t.Helper()
	s, err := send.Dial(t.Context(), address, send.Options{})
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close()
	if _, err := s.Send(t.Context(), n, rate, func(i int, dst []byte) []byte {
		return send.AppendTrap(dst, &send.Encoding{}, numbered(first+i))
	}); err != nil {
		t.Error(err)
	}
}

// send sends attempts to the service and waits until the last of them can be read,
// and so all that were received before.
func (d *daemon) send(t testing.TB, first, n int) {
	t.Helper()
	sendNumbered(t, d.address(), first, n, 0)
	d.await(t, first+n-1)
}

// await waits until the attempt with a number can be read.
func (d *daemon) await(t testing.TB, number int) {
	t.Helper()
	src := sourceOf(number)
	q := client.Query{Filter: fmt.Sprintf("src:%s sport:%d", src.Addr, src.Port)}
	eventually(t, "the last attempt is there", func() bool {
		n, err := d.Count(t.Context(), q)
		if err != nil {
			t.Logf("%v: %s", err, d.stderr)
		}
		return n > 0
	})
}

// sourceOf is where the attempt with a number comes from.
func sourceOf(number int) capture.Endpoint {
	return capture.Endpoint{Addr: netip.AddrFrom4([4]byte{203, 0, byte(number >> 8), byte(number)}), Port: uint16(10_000 + number>>16)}
}

func (d *daemon) address() string { return fmt.Sprintf("127.0.0.1:%d", d.port) }

// ledger looks over the events of a history: how often each number is in it, what
// its gaps say is lost, and that numbers of events only grow.
type ledger struct {
	numbers map[int]int
	doubled int
	lost    uint64   // that gaps count
	gaps    []string // their texts
	last    uint64   // Seq
}

func account(t testing.TB, events []capture.Event) *ledger {
	t.Helper()
	l := &ledger{numbers: make(map[int]int)}
	for i := range events {
		ev := &events[i]
		if ev.Seq <= l.last {
			t.Errorf("event %d behind %d", ev.Seq, l.last)
		}
		l.last = ev.Seq
		if ev.Kind == capture.Gap {
			l.lost += ev.Lost
			l.gaps = append(l.gaps, ev.Message())
		}
		if n := numberOf(ev); n >= 0 {
			if l.numbers[n]++; l.numbers[n] == 2 {
				l.doubled++
			}
		}
	}
	return l
}

// missing counts the numbers from first on that are not there.
func (l *ledger) missing(first, n int) (missing int) {
	for i := range n {
		if l.numbers[first+i] == 0 {
			missing++
		}
	}
	return missing
}

// sendText sends one message.
func sendText(t testing.TB, address, text string) {
	t.Helper()
	s, err := send.Dial(t.Context(), address, send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Send(t.Context(), 1, 0, func(_ int, dst []byte) []byte { return send.AppendTrap(dst, &send.Encoding{}, text) }); err != nil {
		t.Fatal(err)
	}
}
