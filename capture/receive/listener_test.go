package receive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/capturetest"
	"linklog/capture/decode"
)

// listening runs a Listener on a free port until the test ends and returns where
// to send to.
func listening(t testing.TB, o Options, handle func([]capture.Datagram)) (*Listener, netip.AddrPort) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l, err := Listen(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- l.Receive(ctx, handle) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		l.Close()
	})
	return l, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), l.Port())
}

func dial(t testing.TB, to netip.AddrPort) *net.UDPConn {
	t.Helper()
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// eventually waits for a condition that nothing signals.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestReceive(t *testing.T) {
	got := make(chan capture.Datagram, 16)
	l, to := listening(t, Options{}, func(batch []capture.Datagram) {
		for _, d := range batch {
			d.Data = bytes.Clone(d.Data)
			got <- d
		}
	})
	next := func(t *testing.T) capture.Datagram {
		t.Helper()
		select {
		case d := <-got:
			return d
		case <-time.After(10 * time.Second):
			t.Fatal("nothing arrived")
			panic("unreachable")
		}
	}

	t.Run("IPv4", func(t *testing.T) {
		c := dial(t, to)
		before := time.Now().Add(-time.Second)
		c.Write([]byte("hello"))
		d := next(t)
		if string(d.Data) != "hello" || d.Truncated {
			t.Errorf("got %+v", d)
		}
		if want := c.LocalAddr().(*net.UDPAddr).AddrPort(); d.From != want {
			t.Errorf("from %v, want %v", d.From, want)
		}
		if d.Time.Before(before) || d.Time.After(time.Now().Add(time.Second)) || d.Time.Location() != time.UTC {
			t.Errorf("time %v", d.Time)
		}
	})
	t.Run("IPv6", func(t *testing.T) {
		c, err := net.DialUDP("udp6", nil, &net.UDPAddr{IP: net.IPv6loopback, Port: int(l.Port())})
		if err != nil {
			t.Skip("no IPv6 here: ", err)
		}
		defer c.Close()
		if _, err := c.Write([]byte("six")); err != nil {
			t.Skip("no IPv6 here: ", err)
		}
		if d := next(t); string(d.Data) != "six" || d.From.Addr() != netip.IPv6Loopback() {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("broadcast", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("the loopback interface has a broadcast address on Linux only")
		}
		c, err := net.ListenUDP("udp4", nil) // Go allows broadcast on every socket
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.WriteToUDPAddrPort([]byte("all"), netip.AddrPortFrom(netip.MustParseAddr("127.255.255.255"), l.Port())); err != nil {
			t.Fatal(err)
		}
		if d := next(t); string(d.Data) != "all" {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("empty", func(t *testing.T) {
		dial(t, to).Write(nil)
		if d := next(t); len(d.Data) != 0 {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("the largest", func(t *testing.T) {
		large := bytes.Repeat([]byte{7}, 65507)
		if _, err := dial(t, to).Write(large); err != nil {
			t.Fatal(err)
		}
		if d := next(t); !bytes.Equal(d.Data, large) || d.Truncated {
			t.Errorf("got %d bytes, truncated %v", len(d.Data), d.Truncated)
		}
	})
}

// TestAnswer answers through sockets of either family and of both, and to an address
// that is complete only with its interface.
func TestAnswer(t *testing.T) {
	for name, c := range map[string]struct{ listen, ask string }{
		"IPv4":                   {"127.0.0.1", "127.0.0.1"},
		"IPv6":                   {"::1", "::1"},
		"IPv4, a socket of both": {"", "127.0.0.1"},
		"IPv6, a socket of both": {"", "::1"},
		"link-local":             {"", linkLocal()},
	} {
		t.Run(name, func(t *testing.T) {
			ask, err := netip.ParseAddr(c.ask)
			if err != nil {
				t.Skip("no such address here")
			}
			if p, err := net.ListenPacket("udp", netip.AddrPortFrom(ask, 0).String()); err != nil {
				t.Skip("no such address here: ", err)
			} else {
				p.Close()
			}
			var o Options
			if c.listen != "" {
				o.Address = netip.MustParseAddr(c.listen)
			}
			from := make(chan netip.AddrPort, 1)
			l, _ := listening(t, o, func(batch []capture.Datagram) { from <- batch[0].From })
			client := dial(t, netip.AddrPortFrom(ask, l.Port()))
			client.Write([]byte("question"))
			select {
			case to := <-from:
				l.Answer(to, []byte("answer"))
			case <-time.After(10 * time.Second):
				t.Fatal("the question did not arrive")
			}
			client.SetReadDeadline(time.Now().Add(10 * time.Second))
			answer := make([]byte, 20)
			if n, err := client.Read(answer); err != nil || string(answer[:n]) != "answer" {
				t.Errorf("got %q, %v", answer[:n], err)
			}
		})
	}
}

// linkLocal is such an address of this machine, with its zone; "" if there is none.
func linkLocal() string {
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() {
				return p.Addr().WithZone(i.Name).String()
			}
		}
	}
	return ""
}

func TestPortTaken(t *testing.T) {
	_, to := listening(t, Options{}, func([]capture.Datagram) {})
	_, err := Listen(context.Background(), Options{Port: to.Port()})
	if err == nil {
		t.Fatal("the port was taken twice")
	}
	if runtime.GOOS != "windows" && !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v", err)
	}
}

// TestActivation listens on sockets that others opened, one for each family, as
// a service manager hands them over.
func TestActivation(t *testing.T) {
	var conns []*net.UDPConn
	for _, address := range []string{"127.0.0.1", "127.0.0.2"} {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(address)})
		if err != nil {
			t.Skip("a second loopback address is needed: ", err)
		}
		c.SetReadBuffer(1 << 20)
		conns = append(conns, c)
	}
	// What came before the Listener was there waits in the kernel.
	for _, c := range conns {
		for range 100 {
			dial(t, c.LocalAddr().(*net.UDPAddr).AddrPort()).Write([]byte("early"))
		}
	}
	all := make(chan struct{})
	n := 0
	l, _ := listening(t, Options{Conns: conns}, func(batch []capture.Datagram) {
		if n += len(batch); n == 200 { // unguarded: handle is never called twice at once
			close(all)
		}
	})
	select {
	case <-all:
	case <-time.After(10 * time.Second):
		t.Fatalf("received %d of 200", l.Received())
	}
}

// TestEndDrains ends with datagrams still in the kernel: they are handed out.
func TestEndDrains(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere nothing tells what still waits")
	}
	ctx, cancel := context.WithCancel(context.Background())
	l, err := Listen(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := dial(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), l.Port()))
	for range 300 {
		c.Write([]byte("x"))
	}
	cancel() // before it even begins
	n := 0
	if err := l.Receive(ctx, func(batch []capture.Datagram) { n += len(batch) }); err != nil || n != 300 {
		t.Errorf("handed out %d of 300, %v", n, err)
	}
}

// TestBurstAddsUp sends 100,000 datagrams as fast as it can, once into a large
// buffer and once into one that must overflow: what was not received was counted
// as dropped, to the last one.
func TestBurstAddsUp(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux counts the drops of a socket")
	}
	const n = 100_000
	data := capturetest.TrapV1(capturetest.TextBind("@in TCP from 203.0.113.9:51234 to 192.168.1.10:80"))
	for _, test := range []struct {
		buffer int
		hinder bool
	}{{DefaultBuffer, false}, {32 << 10, true}} {
		t.Run(fmt.Sprint(test.buffer), func(t *testing.T) {
			d := new(decode.Decoder)
			var counts capture.Counts
			var mu sync.Mutex
			begun := make(chan struct{})
			l, to := listening(t, Options{Buffer: test.buffer}, func(batch []capture.Datagram) {
				if test.hinder {
					<-begun // nothing is taken until the burst is over
				}
				mu.Lock()
				defer mu.Unlock()
				var ev capture.Event
				for i := range batch {
					d.Decode(&batch[i], &ev)
					counts.Add(&ev)
				}
			})
			c := dial(t, to)
			for range n {
				if _, err := c.Write(data); err != nil {
					t.Fatal(err)
				}
			}
			close(begun)
			eventually(t, "all received or dropped", func() bool {
				dropped, exact := l.Dropped()
				return exact && l.Received()+dropped == n
			})
			dropped, _ := l.Dropped()
			mu.Lock()
			defer mu.Unlock()
			if counts.Received() != l.Received() || counts.Kinds[capture.Traffic] != l.Received() {
				t.Errorf("received %d, counted %+v", l.Received(), counts)
			}
			if test.hinder && dropped == 0 {
				t.Error("nothing was dropped: the test shows nothing")
			}
			t.Logf("received %d, dropped %d", l.Received(), dropped)
		})
	}
}

func TestNapLeavesHalfTheBuffer(t *testing.T) {
	for room, want := range map[int]time.Duration{0: 0, 256: 0, 512: 1706666, 20_164: napFor, 80_659: napFor} {
		if got := nap(room); got != want {
			t.Errorf("nap(%d) = %v, want %v", room, got, want)
		}
	}
}
