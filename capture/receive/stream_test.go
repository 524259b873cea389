package receive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/receive/porttest"
)

// lines collects what a Listener hands out.
type lines struct {
	mu  sync.Mutex
	got []string
}

func (l *lines) handle(batch []capture.Datagram) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range batch {
		line := string(d.Data)
		if d.Truncated {
			line = fmt.Sprintf("%d bytes, cut", len(d.Data))
		}
		l.got = append(l.got, line)
	}
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.got...)
}

// tcpListening is listening with a TCP port, of which it gives the address.
func tcpListening(t *testing.T, l *lines) (*Listener, string) {
	t.Helper()
	listener, _ := listening(t, Options{TCP: []uint16{0}}, l.handle)
	if len(listener.Failed()) > 0 {
		t.Fatal(listener.Failed())
	}
	return listener, fmt.Sprintf("127.0.0.1:%d", listener.TCPPorts()[0])
}

func connect(t *testing.T, to string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestFraming sends lines in each of the ways of RFC 6587, whole and byte by byte.
func TestFraming(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for name, test := range map[string]struct {
		sent string
		want []string
	}{
		"LF":                       {"<4>one\n<4>two\n", []string{"<4>one", "<4>two"}},
		"CR LF":                    {"<4>one\r\n<4>two\r\n", []string{"<4>one\r", "<4>two\r"}},
		"NUL":                      {"<4>one\x00<4>two\x00", []string{"<4>one", "<4>two"}},
		"counted":                  {"6 <4>one8 <4>a\nbcd", []string{"<4>one", "<4>a\nbcd"}},
		"counted, with a line end": {"7 <4>one\n6 <4>two", []string{"<4>one\n", "<4>two"}},
		"mixed":                    {"<4>one\n6 <4>two<4>three\n", []string{"<4>one", "<4>two", "<4>three"}},
		"no end":                   {"<4>one\n<4>tw", []string{"<4>one", "<4>tw"}},
		"counted, no end":          {"6 <4>one9 <4>tw", []string{"<4>one", "<4>tw"}},
		"a number in front":        {"000123: one\n12 apples\n", []string{"000123: one", "12 apples"}},
		"blank lines":              {"\n\r\n\x00<4>one\n\n", []string{"<4>one"}},
		"the longest":              {long + "\n<4>two\n", []string{long, "<4>two"}},
		"too long":                 {long + "yz\n<4>two\n", []string{"16384 bytes, cut", "<4>two"}},
		"much too long":            {strings.Repeat(long, 5) + "\n<4>two\n", []string{"16384 bytes, cut", "<4>two"}},
		"counted, the longest":     {"16384 <4>" + long[3:] + "<4>two\n", []string{"<4>" + long[3:], "<4>two"}},
		"counted, too long":        {"50003 <4>" + strings.Repeat("x", 50_000) + "<4>two\n", []string{"16384 bytes, cut", "<4>two"}},
		"counted, no such number":  {"99999999999999999999 <4>one\n<4>two\n", []string{"99999999999999999999 <4>one", "<4>two"}},
		"nothing":                  {"", nil},
	} {
		for _, piece := range []int{len(test.sent) + 1, 7, 1} {
			if len(test.sent) > 1000 && piece < 1000 {
				piece *= 1009
			}
			t.Run(fmt.Sprintf("%s, %d", name, piece), func(t *testing.T) {
				var got lines
				client, server := net.Pipe()
				go func() {
					for s := test.sent; s != ""; s = s[min(piece, len(s)):] {
						client.Write([]byte(s[:min(piece, len(s))]))
					}
					client.Close()
				}()
				(&connection{conn: server, ctx: t.Context(), handle: got.handle}).receive()
				if fmt.Sprint(got.all()) != fmt.Sprint(test.want) {
					t.Errorf("got %.200q", got.all())
				}
			})
		}
	}
}

func FuzzFraming(f *testing.F) {
	f.Add([]byte("<4>one\n6 <4>two\x0016384 <4>three\n"), 3)
	f.Fuzz(func(t *testing.T, sent []byte, piece int) {
		piece = 1 + max(0, piece)%1000
		n := 0
		client, server := net.Pipe()
		go func() {
			for s := sent; len(s) > 0; s = s[min(piece, len(s)):] {
				client.Write(s[:min(piece, len(s))])
			}
			client.Close()
		}()
		(&connection{conn: server, ctx: t.Context(), handle: func(batch []capture.Datagram) {
			for _, d := range batch {
				if n += len(d.Data); len(d.Data) > maxLine || !bytes.Contains(sent, d.Data) {
					t.Errorf("%.100q was not sent", d.Data)
				}
			}
		}}).receive()
		if n > len(sent) {
			t.Errorf("%d of %d bytes", n, len(sent))
		}
	})
}

// TestTCP takes lines by TCP and UDP at once, from either family.
func TestTCP(t *testing.T) {
	var got lines
	l, to := tcpListening(t, &got)
	c := connect(t, to)
	io.WriteString(c, "<4>by TCP\n")
	client, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", l.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	io.WriteString(client, "<4>by UDP")
	eventually(t, "both", func() bool { return len(got.all()) == 2 })
	if l.Received() != 2 {
		t.Errorf("received %d", l.Received())
	}
	if c, err := net.Dial("tcp", fmt.Sprintf("[::1]:%d", l.TCPPorts()[0])); err == nil {
		io.WriteString(c, "<4>by IPv6")
		c.Close()
		eventually(t, "IPv6", func() bool { return len(got.all()) == 3 })
	}
}

// TestShortConnections has a client that connects anew for every line, faster than its lines
// are taken: all are heard.
func TestShortConnections(t *testing.T) {
	var got lines
	l, to := tcpListening(t, &got)
	got.mu.Lock() // the first line waits, and so does its connection
	for i := range 3 * maxClients {
		c := connect(t, to)
		fmt.Fprintf(c, "<4>%d\n", i)
		c.Close()
	}
	got.mu.Unlock()
	eventually(t, "all are heard", func() bool { return len(got.all()) == 3*maxClients })
	if n := l.TurnedAway(); n > 0 {
		t.Errorf("%d turned away", n)
	}
}

// TestBadClients opens more connections than one client may have and leaves lines
// unfinished; another client is heard all the same.
func TestBadClients(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a second loopback address is needed")
	}
	var got lines
	l, to := tcpListening(t, &got)
	var bad []net.Conn
	for range 3 * maxClients {
		c := connect(t, to)
		io.WriteString(c, "<4>unfinished")
		bad = append(bad, c)
	}
	eventually(t, "the others are turned away", func() bool { return l.TurnedAway() == 2*maxClients })
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.2")}}
	good, err := dialer.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	io.WriteString(good, "<4>good\n")
	eventually(t, "the good one is heard", func() bool { return strings.Contains(fmt.Sprint(got.all()), "good") })
	for _, c := range bad {
		c.Close()
	}
	eventually(t, "places are free again", func() bool {
		c := connect(t, to)
		defer c.Close()
		io.WriteString(c, "<4>again\n")
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		return !errors.Is(err, io.EOF) && strings.Contains(fmt.Sprint(got.all()), "again")
	})
}

// TestClientWaits sends more by TCP than its sender may: it is read more slowly, in order, and
// nobody else waits for it, nor the end.
func TestClientWaits(t *testing.T) {
	var got lines
	open := make(chan bool)
	gate := func(from netip.Addr, n int) (int, time.Duration) {
		if from != netip.MustParseAddr("127.0.0.1") {
			return n, 0
		}
		select {
		case <-open:
			return min(n, 3), 0
		default:
			return 0, time.Millisecond
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Listen(ctx, Options{TCP: []uint16{0}, Allow: gate})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan error)
	go func() { done <- l.Receive(ctx, got.handle) }()
	to := fmt.Sprintf("127.0.0.1:%d", l.TCPPorts()[0])
	c := connect(t, to)
	var want []string
	for i := range 200 {
		want = append(want, fmt.Sprintf("<4>line %d", i))
	}
	io.WriteString(c, strings.Join(want, "\n")+"\n")
	udp, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", l.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	io.WriteString(udp, "<4>by UDP")
	eventually(t, "UDP does not wait", func() bool { return slices.Equal(got.all(), []string{"<4>by UDP"}) })
	for range 10 {
		open <- true
	}
	eventually(t, "what it may send", func() bool { return slices.Equal(got.all()[1:], want[:30]) })
	cancel()
	select {
	case err := <-done:
		if err != nil || !slices.Equal(got.all()[1:], want) {
			t.Errorf("%v, %q", err, got.all())
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
}

// TestEndOfConnections ends with connections open: Receive returns, and what came is
// handed out.
func TestEndOfConnections(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Listen(ctx, Options{TCP: []uint16{0}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var got lines
	done := make(chan error)
	go func() { done <- l.Receive(ctx, got.handle) }()
	c := connect(t, fmt.Sprintf("127.0.0.1:%d", l.TCPPorts()[0]))
	io.WriteString(c, "<4>whole\n<4>par")
	eventually(t, "the whole line", func() bool { return len(got.all()) == 1 })
	cancel()
	select {
	case err := <-done:
		if err != nil || fmt.Sprint(got.all()) != "[<4>whole <4>par]" {
			t.Errorf("%v, %q", err, got.all())
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
}

// TestPortsApart takes the ports that can be had, and says which can not.
func TestPortsApart(t *testing.T) {
	_, taken := listening(t, Options{}, func([]capture.Datagram) {})
	tcp := porttest.Free(t)
	held, err := net.Listen("tcp", fmt.Sprint(":", tcp))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	var got lines
	l, _ := listening(t, Options{More: []uint16{taken.Port(), 0}, TCP: []uint16{tcp, 0}}, got.handle)
	if len(l.Ports()) != 2 || len(l.TCPPorts()) != 1 || len(l.Failed()) != 2 {
		t.Fatalf("ports %v, %v, failed %+v", l.Ports(), l.TCPPorts(), l.Failed())
	}
	for i, want := range []PortError{{Port: taken.Port()}, {Port: tcp, TCP: true}} {
		f := l.Failed()[i]
		if f.Port != want.Port || f.TCP != want.TCP || runtime.GOOS != "windows" && !errors.Is(f.Err, syscall.EADDRINUSE) {
			t.Errorf("failed %+v, want %+v", f, want)
		}
	}
	for _, port := range l.Ports() {
		c, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, port)
		c.Close()
	}
	eventually(t, "a datagram at each port", func() bool { return len(got.all()) == 2 })
	if _, err := Listen(t.Context(), Options{Port: taken.Port(), More: []uint16{0}}); err == nil {
		t.Error("no error for the first port")
	}
}
