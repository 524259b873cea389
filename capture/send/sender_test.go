package send

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/snmp"
)

var (
	loopback4 = netip.MustParseAddr("127.0.0.1")
	loopback6 = netip.IPv6Loopback()
)

func listen(t testing.TB, a netip.Addr) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
	if err != nil && a == loopback6 {
		t.Skipf("no IPv6 here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func dial(t testing.TB, c *net.UDPConn, o Options) *Sender {
	t.Helper()
	s, err := Dial(t.Context(), c.LocalAddr().String(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// numbered is a Source whose datagrams say their number.
func numbered(i int, dst []byte) []byte { return fmt.Appendf(dst, "%d", i) }

// All that is sent arrives, once and in order, in bursts and singly.
func TestSend(t *testing.T) {
	for _, a := range []netip.Addr{loopback4, loopback6} {
		for _, single := range []bool{false, true} {
			for _, n := range []int{1, 63, 64, 65, 200} { // no more than fits into a receive buffer
				t.Run(fmt.Sprint(a, single, n), func(t *testing.T) {
					c := listen(t, a)
					s := dial(t, c, Options{Single: single})
					report, err := s.Send(t.Context(), n, 0, numbered)
					if err != nil || report.Sent != n || report.Refused != 0 || report.Elapsed <= 0 {
						t.Fatalf("%+v, %v", report, err)
					}
					b := make([]byte, 100)
					for i := range n {
						c.SetReadDeadline(time.Now().Add(30 * time.Second))
						k, from, err := c.ReadFromUDPAddrPort(b)
						if err != nil || string(b[:k]) != fmt.Sprint(i) {
							t.Fatalf("datagram %d: %q, %v", i, b[:k], err)
						}
						if addr := netip.AddrPortFrom(from.Addr().Unmap(), from.Port()); addr != s.LocalAddr() {
							t.Fatalf("from %v, want %v", addr, s.LocalAddr())
						}
					}
				})
			}
		}
	}
}

func TestFrom(t *testing.T) {
	c := listen(t, loopback4)
	s := dial(t, c, Options{From: netip.AddrPortFrom(loopback4, 0)})
	if s.LocalAddr().Addr() != loopback4 || s.RemoteAddr() != c.LocalAddr().(*net.UDPAddr).AddrPort() {
		t.Errorf("%v to %v", s.LocalAddr(), s.RemoteAddr())
	}
}

// With nobody there, all is sent nevertheless, and the report says that it was in
// vain: also of a single datagram.
func TestNobodyListens(t *testing.T) {
	for _, single := range []bool{false, true} {
		for _, n := range []int{1, 100} {
			c := listen(t, loopback4)
			s := dial(t, c, Options{Single: single})
			c.Close()
			report, err := s.Send(t.Context(), n, 0, numbered)
			if !errors.Is(err, ErrNobodyListens) || report.Sent != n || report.Refused == 0 || report.Refused > n {
				t.Errorf("%d: %+v, %v", n, report, err)
			}
			if err != nil && !strings.Contains(err.Error(), s.RemoteAddr().String()) {
				t.Errorf("the error does not say where: %v", err)
			}
		}
	}
}

func TestSendFails(t *testing.T) {
	c := listen(t, loopback4)
	for _, single := range []bool{false, true} {
		s := dial(t, c, Options{Single: single})
		huge := func(i int, dst []byte) []byte {
			if i == 100 {
				return append(dst, make([]byte, 70_000)...)
			}
			return numbered(i, dst)
		}
		report, err := s.Send(t.Context(), 200, 0, huge)
		if err == nil || report.Sent != 100 || !strings.Contains(err.Error(), s.RemoteAddr().String()) {
			t.Errorf("too long a datagram: %+v, %v", report, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if report, err := s.Send(ctx, 5, 0, numbered); !errors.Is(err, context.Canceled) || report.Sent != 0 {
			t.Errorf("ctx ended before: %+v, %v", report, err)
		}
		if report, err := s.Send(ctx, 0, 0, numbered); err != nil || report.Sent != 0 {
			t.Errorf("without an end: %+v, %v", report, err)
		}
		s.Close()
		if _, err := s.Send(t.Context(), 5, 0, numbered); !errors.Is(err, net.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		for _, rate := range []float64{-1, math.NaN(), math.Inf(1)} {
			if _, err := s.Send(t.Context(), 1, rate, numbered); err == nil {
				t.Errorf("rate %v: no error", rate)
			}
		}
		if _, err := s.Send(t.Context(), -1, 0, numbered); err == nil {
			t.Error("-1 datagrams: no error")
		}
	}
	if _, err := Dial(t.Context(), "127.0.0.1:port", Options{}); err == nil || !strings.Contains(err.Error(), "127.0.0.1:port") {
		t.Errorf("%v", err)
	}
}

func TestPortOfTraps(t *testing.T) {
	for address, want := range map[string]string{
		"192.168.1.10": "192.168.1.10:162", "192.168.1.10:9162": "192.168.1.10:9162", "router.example": "router.example:162",
		"::1": "[::1]:162", "[::1]": "[::1]:162", "[::1]:9162": "[::1]:9162", "router.example:9162": "router.example:9162",
	} {
		if got := withPort(address, 162); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

// fake returns a Sender whose datagrams are handed to write.
func fake(write func(batch [][]byte) (int, error)) *Sender { return &Sender{write: write} }

// A rate is kept to the datagram, however long the run, also when a wake-up or the
// network is late.
func TestPace(t *testing.T) {
	for _, test := range []struct {
		rate float64
		n    int
		want time.Duration // from the first to the last
	}{
		{1, 5, 4 * time.Second},
		{0.1, 3, 20 * time.Second},
		{10, 1, 0},
		{1000, 10_001, 10 * time.Second},
		{999, 9991, 10 * time.Second},
		{30_000, 60_001, 2 * time.Second},
		{100_000, 200_001, 2 * time.Second},
	} {
		t.Run(fmt.Sprint(test.rate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				sent, largest, stalled := 0, 0, false
				s := fake(func(batch [][]byte) (int, error) {
					elapsed := time.Since(start).Seconds()
					if most := elapsed*test.rate + 1.001; float64(sent+len(batch)) > most {
						t.Fatalf("%d sent after %v s, %v due", sent+len(batch), elapsed, most)
					}
					late := elapsed*test.rate - float64(sent)
					if stalled = stalled && late > test.rate/500; !stalled && late > test.rate/500+2 {
						t.Fatalf("%d sent after %v s: %v late", sent, elapsed, late)
					}
					for i, b := range batch {
						if string(b) != fmt.Sprint(sent+i) {
							t.Fatalf("datagram %d is %q", sent+i, b)
						}
					}
					if half := test.n / 2; half > 1000 && sent <= half && half < sent+len(batch) {
						time.Sleep(500 * time.Millisecond)
						stalled = true
					}
					sent += len(batch)
					largest = max(largest, len(batch))
					return len(batch), nil
				})
				report, err := s.run(t.Context(), pace{test.rate, test.n}, numbered)
				if err != nil || report.Sent != test.n || sent != test.n {
					t.Fatalf("%+v, %v", report, err)
				}
				if d := report.Elapsed - test.want; d < -time.Millisecond || d > 2*time.Millisecond {
					t.Errorf("took %v, want %v", report.Elapsed, test.want)
				}
				if stalled || largest > maxBatch {
					t.Errorf("a burst of %d, behind at the end: %v", largest, stalled)
				}
			})
		})
	}
}

// What the network did not take is neither lost nor sent twice nor counted.
func TestPartialWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent, calls := 0, 0
		s := fake(func(batch [][]byte) (int, error) {
			calls++
			n := min(len(batch), calls%7)
			for _, b := range batch[:n] {
				if string(b) != fmt.Sprint(sent) {
					t.Fatalf("datagram %d is %q", sent, b)
				}
				sent++
			}
			return n, nil
		})
		if report, err := s.run(t.Context(), pace{0, 1000}, numbered); err != nil || report.Sent != 1000 || sent != 1000 {
			t.Errorf("%+v, %v, %d sent", report, err, sent)
		}
	})
}

func TestEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake(func(batch [][]byte) (int, error) { return len(batch), nil })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond/2)
		defer cancel()
		report, err := s.run(ctx, pace{100, math.MaxInt}, numbered)
		if !errors.Is(err, context.DeadlineExceeded) || report.Sent != 1001 {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// receiver answers every INFORM through answer; nil: not at all.
func receiver(t *testing.T, answer func(datagram []byte) [][]byte) *net.UDPConn {
	c := listen(t, loopback4)
	var done sync.WaitGroup
	done.Go(func() {
		b := make([]byte, 65535)
		for {
			n, from, err := c.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			for _, a := range answer(b[:n]) {
				_, _ = c.WriteToUDPAddrPort(a, from)
			}
		}
	})
	t.Cleanup(func() { c.Close(); done.Wait() })
	return c
}

func respond(datagram []byte) []byte {
	b, _ := snmp.AppendInformResponse(nil, datagram)
	return b
}

func TestInform(t *testing.T) {
	texts := make(chan string, 1)
	c := receiver(t, func(datagram []byte) [][]byte {
		var ev capture.Event
		new(decode.Decoder).Decode(&capture.Datagram{Data: datagram}, &ev)
		texts <- ev.Text
		other := AppendTrap(nil, &Encoding{PDU: Inform, RequestID: 1}, "x")
		return [][]byte{[]byte("garbage"), datagram, respond(other), respond(datagram)} // only the last is the answer
	})
	s := dial(t, c, Options{})
	for i, id := range []uint32{7, 0, 1<<31 - 1, 1<<32 - 1} {
		reply, err := s.Inform(t.Context(), &Encoding{RequestID: id, Minimal: i%2 == 0}, "System is ready")
		if err != nil || reply.Took <= 0 || reply.Status != 0 {
			t.Errorf("%+v, %v", reply, err)
		}
		if text := <-texts; text != "System is ready" {
			t.Errorf("received %q", text)
		}
	}
}

func TestInformErrorStatus(t *testing.T) {
	c := receiver(t, func(datagram []byte) [][]byte {
		return [][]byte{bytes.Replace(respond(datagram), []byte{2, 1, 7, 2, 1, 0}, []byte{2, 1, 7, 2, 1, 5}, 1)}
	})
	if reply, err := dial(t, c, Options{}).Inform(t.Context(), &Encoding{RequestID: 7}, "x"); err != nil || reply.Status != 5 {
		t.Errorf("%+v, %v", reply, err)
	}
}

func TestInformUnanswered(t *testing.T) {
	c := receiver(t, func([]byte) [][]byte { return nil })
	s := dial(t, c, Options{})
	for range 2 { // the first leaves nothing behind
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, err := s.Inform(ctx, &Encoding{}, "x"); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), s.RemoteAddr().String()) {
			t.Errorf("%v", err)
		}
		cancel()
	}
	closed := listen(t, loopback4)
	s = dial(t, closed, Options{})
	closed.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := s.Inform(ctx, &Encoding{}, "x"); !errors.Is(err, ErrNobodyListens) {
		t.Errorf("%v", err)
	}
}

func FuzzResponse(f *testing.F) {
	inform := AppendTrap(nil, &Encoding{PDU: Inform, RequestID: 7}, "x")
	f.Add(respond(inform))
	f.Add(inform)
	f.Add(respond(AppendTrap(nil, &Encoding{PDU: Inform, Minimal: true}, "x")))
	f.Fuzz(func(t *testing.T, b []byte) { parseResponse(b) })
}

// BenchmarkSend sends to a socket that nobody reads: what a sender can do.
func BenchmarkSend(b *testing.B) {
	for _, single := range []bool{false, true} {
		b.Run(fmt.Sprintf("single=%v", single), func(b *testing.B) {
			s := dial(b, listen(b, loopback4), Options{Single: single})
			b.ReportAllocs()
			report, err := s.Send(b.Context(), b.N, 0, Stream(NewMessages(1), Encoding{}))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(report.Sent)/report.Elapsed.Seconds(), "datagrams/s")
		})
	}
}
