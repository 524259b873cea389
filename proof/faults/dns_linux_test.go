package faults

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/dns/dnsmessage"

	"linklog/service/book/dns/dnstest"
)

// dnsServer is a server that answers whatever it likes: dnstest.Server makes sound
// messages, this one need not.
type dnsServer struct {
	addr    string
	queries atomic.Int64
	tcp     atomic.Int64 // bytes sent over TCP
}

// startDNS calls udp for each query, and tcp with each connection.
func startDNS(t *testing.T, udp func(query []byte, answer func([]byte)), tcp func(s *dnsServer, c net.Conn)) *dnsServer {
	t.Helper()
	s := &dnsServer{}
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = c.LocalAddr().String()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		c.Close()
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); l.Close() })
	go func() {
		for {
			b := make([]byte, 2048)
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			s.queries.Add(1)
			go udp(b[:n], func(answer []byte) { _, _ = c.WriteTo(answer, from) })
		}
	}()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if tcp != nil {
					tcp(s, c)
				}
			}()
		}
	}()
	return s
}

// reply makes an answer to a query with records of any kind.
func reply(query []byte, change func(h *dnsmessage.Header), records func(b *dnsmessage.Builder, name dnsmessage.Name)) []byte {
	var p dnsmessage.Parser
	h, err := p.Start(query)
	if err != nil {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	h.Response, h.RecursionAvailable = true, true
	if change != nil {
		change(&h)
	}
	b := dnsmessage.NewBuilder(nil, h)
	b.EnableCompression()
	_ = b.StartQuestions()
	_ = b.Question(q)
	if records != nil {
		_ = b.StartAnswers()
		records(&b, q.Name)
	}
	out, _ := b.Finish()
	return out
}

func ptr(b *dnsmessage.Builder, name dnsmessage.Name, to string) {
	if n, err := dnsmessage.NewName(to); err == nil {
		_ = b.PTRResource(dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET, TTL: 60}, dnsmessage.PTRResource{PTR: n})
	}
}

// TestFaultyDNS has the service ask DNS servers that are dead, slow, or lie. What is
// received is stored as fast as without names, and memory stays bounded. Of names
// only those are shown that were asked for, and they cannot harm a terminal.
func TestFaultyDNS(t *testing.T) {
	t.Parallel()
	n := 3000
	if testing.Short() {
		n = 300
	}
	const evil = "\x1b]0;owned\x07\x1b[2Jevil\u202egnp.example\x00\r\n"
	handled := func(h dnstest.Handler) func(t *testing.T) string {
		return func(t *testing.T) string { return dnstest.Start(t, h).Addr }
	}
	lies := func(udp func([]byte, func([]byte)), tcp func(*dnsServer, net.Conn)) func(t *testing.T) string {
		return func(t *testing.T) string { return startDNS(t, udp, tcp).addr }
	}
	truncated := func(query []byte, answer func([]byte)) {
		answer(reply(query, func(h *dnsmessage.Header) { h.Truncated = true }, nil))
	}
	for _, test := range []struct {
		name   string
		server func(t *testing.T) string
		found  uint64 // names that must be found
	}{
		{"never answers", handled(func(netip.Addr) dnstest.Answer { return dnstest.Silence() }), 0},
		{"answers after 10 seconds", handled(func(netip.Addr) dnstest.Answer {
			a, held := dnstest.Name("late.example"), make(chan struct{})
			time.AfterFunc(10*time.Second, func() { close(held) })
			a.Hold = held
			return a
		}), 0},
		{"nobody there", func(*testing.T) string { return "127.0.0.1:9" }, 0},
		{"escapes and control characters", handled(func(a netip.Addr) dnstest.Answer {
			if a.As4()[3]%2 == 0 {
				return dnstest.Name("sound.example")
			}
			return dnstest.Name(evil)
		}), 100},
		{"the longest names, hundreds of them", handled(func(netip.Addr) dnstest.Answer {
			a := dnstest.Answer{}
			for i := range 400 {
				a.Names = append(a.Names, fmt.Sprintf("%s.%s.%s.n%d", strings.Repeat("a", 63), strings.Repeat("b", 63), strings.Repeat("c", 63), i))
			}
			return a
		}), 0},
		{"garbage", handled(func(netip.Addr) dnstest.Answer {
			return dnstest.Answer{Raw: bytes.Repeat([]byte{0xc0, 0x0c, 0xff}, 300)}
		}), 0},
		{"loops of compression", handled(func(netip.Addr) dnstest.Answer {
			return dnstest.Answer{Raw: []byte{0x81, 0x80, 0, 1, 0, 9, 0, 0, 0, 0, 0xc0, 0x0c, 0, 12, 0, 1, 0xc0, 0x0c}}
		}), 0},
		{"wrong IDs", lies(func(query []byte, answer func([]byte)) {
			for i := range 20 {
				answer(reply(query, func(h *dnsmessage.Header) { h.ID += uint16(i + 1) }, func(b *dnsmessage.Builder, name dnsmessage.Name) { ptr(b, name, "forged.example.") }))
			}
		}, nil), 0},
		{"answers to another question", lies(func(query []byte, answer func([]byte)) {
			other := bytes.Clone(query)
			if len(other) > 14 {
				other[13] ^= 1
			}
			answer(reply(other, nil, func(b *dnsmessage.Builder, name dnsmessage.Name) { ptr(b, name, "forged.example.") }))
		}, nil), 0},
		{"CNAME loops", lies(func(query []byte, answer func([]byte)) {
			answer(reply(query, nil, func(b *dnsmessage.Builder, name dnsmessage.Name) {
				other := dnsmessage.MustNewName("loop.example.")
				h := dnsmessage.ResourceHeader{Class: dnsmessage.ClassINET, TTL: 60}
				for range 10 {
					h.Name = name
					_ = b.CNAMEResource(h, dnsmessage.CNAMEResource{CNAME: other})
					h.Name = other
					_ = b.CNAMEResource(h, dnsmessage.CNAMEResource{CNAME: name})
				}
			}))
		}, nil), 0},
		{"10 MB over TCP", lies(truncated, func(s *dnsServer, c net.Conn) {
			b := bytes.Repeat([]byte{0xff}, 64<<10)
			for range 160 {
				n, err := c.Write(b)
				s.tcp.Add(int64(n))
				if err != nil {
					return
				}
			}
		}), 0},
		{"TCP that trickles", lies(truncated, func(s *dnsServer, c net.Conn) {
			var head [2]byte
			binary.BigEndian.PutUint16(head[:], 65535)
			_, _ = c.Write(head[:])
			for {
				if _, err := c.Write([]byte{0}); err != nil {
					return
				}
				time.Sleep(200 * time.Millisecond) // the fault itself
			}
		}), 0},
		{"TCP that says nothing", lies(truncated, func(s *dnsServer, c net.Conn) { _, _ = io.Copy(io.Discard, c) }), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := serve(t, setup{settings: fmt.Sprintf("[names]\nresolver = %q\n", test.server(t))})
			begun := time.Now()
			sendNumbered(t, d.address(), 0, n, 0)
			d.await(t, n-1)
			took := time.Since(begun)
			if took > 8*time.Second { // the answers take 10 s, or do not come at all
				t.Errorf("storing took %v", took)
			}
			l := account(t, d.events(t))
			if s := d.status(t); l.missing(0, n) > 0 || l.doubled > 0 || s.Lost.Total > 0 {
				t.Errorf("%d missing, %d doubled, %+v", l.missing(0, n), l.doubled, s.Lost)
			}
			eventually(t, "it was asked", func() bool { s := d.status(t).Names; return s.Lookups > 0 && s.Found >= test.found })
			for _, args := range [][]string{{"log", "--limit", "200"}, {"log", "--json", "--limit", "200"}, {"hosts"}, {"status"}} {
				out, _ := d.linklog(t, args...)
				if i := strings.IndexFunc(out, func(r rune) bool {
					return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) || r == unicode.ReplacementChar
				}); i >= 0 {
					t.Errorf("linklog %v: %q", args, out[max(0, i-100):min(len(out), i+100)])
				}
				if strings.Contains(out, "forged") || strings.Contains(out, "loop.example") || strings.Contains(out, "owned") {
					t.Errorf("linklog %v shows a forged name: %.300s", args, out)
				}
			}
			peak := memoryOf(t, d, "VmHWM")
			if peak > 160<<10 {
				t.Errorf("it took %d KiB of memory", peak)
			}
			t.Logf("%d stored in %v; %d KiB at the most; %+v", n, took.Round(time.Millisecond), peak, d.status(t).Names)
		})
	}
}

// memoryOf reads a figure of the process, in KiB.
func memoryOf(t *testing.T, d *daemon, what string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(what + `:\s*(\d+)`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in %s", what, text)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}
