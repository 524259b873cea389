// Package dnstest is a DNS server for tests: it answers reverse look-ups over real
// sockets, as a script says, and counts them.
package dnstest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Answer is what the server answers to one query.
type Answer struct {
	// Names are the names of the address, one PTR record each, with or without the
	// last dot. They may hold any bytes, in labels of 1 to 63. Over UDP, an answer
	// of more than 1232 bytes is cut to one that sends the client to TCP.
	Names []string

	// Code is the response code: dnsmessage.RCodeNameError for NXDOMAIN,
	// dnsmessage.RCodeServerFailure for SERVFAIL. 0 is success, without names "no data".
	Code dnsmessage.RCode

	// Silent leaves the query unanswered.
	Silent bool

	// Raw, if set, is sent instead of a message, behind the ID of the query.
	Raw []byte

	// Hold, if set, delays the answer until it is closed or yields a value. Other
	// queries are answered meanwhile.
	Hold <-chan struct{}
}

// Name is the answer with one name.
func Name(name string) Answer { return Answer{Names: []string{name}} }

// NXDomain is the answer that the address has no name.
func NXDomain() Answer { return Answer{Code: dnsmessage.RCodeNameError} }

// ServFail is the answer of a server that cannot tell.
func ServFail() Answer { return Answer{Code: dnsmessage.RCodeServerFailure} }

// Silence is no answer.
func Silence() Answer { return Answer{Silent: true} }

// Handler scripts a server: it is called for every query, each in a goroutine of
// its own.
type Handler func(netip.Addr) Answer

// Names is a Handler that knows the given addresses and says NXDOMAIN to all others.
func Names(names map[string]string) Handler {
	return func(a netip.Addr) Answer {
		if name, ok := names[a.String()]; ok {
			return Name(name)
		}
		return NXDomain()
	}
}

// Server is a running server. Its methods may be called from any goroutine.
type Server struct {
	Addr string // where it listens, "127.0.0.1:port", UDP and TCP

	t       testing.TB
	handler Handler
	udp     *net.UDPConn
	tcp     net.Listener
	done    chan struct{}
	tasks   sync.WaitGroup

	mu      sync.Mutex
	arrived *sync.Cond
	asked   map[netip.Addr]int
	queries int
	conns   map[net.Conn]struct{}
	closed  bool
}

// Start starts a server that ends with the test.
func Start(t testing.TB, h Handler) *Server {
	t.Helper()
	udp, tcp, err := listen()
	if err != nil {
		t.Fatalf("start a DNS server: %v", err)
	}
	s := &Server{
		Addr: udp.LocalAddr().String(), t: t, handler: h, udp: udp, tcp: tcp,
		done: make(chan struct{}), asked: make(map[netip.Addr]int), conns: make(map[net.Conn]struct{}),
	}
	s.arrived = sync.NewCond(&s.mu)
	s.tasks.Go(s.serveUDP)
	s.tasks.Go(s.serveTCP)
	t.Cleanup(s.Close)
	return s
}

// listen opens a UDP and a TCP socket on the same port. The one of the first may be
// taken for the other; then another is tried.
func listen() (*net.UDPConn, net.Listener, error) {
	var lastErr error
	for range 20 {
		udp, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
		if err != nil {
			return nil, nil, err
		}
		tcp, err := net.Listen("tcp4", udp.LocalAddr().String())
		if err == nil {
			return udp, tcp, nil
		}
		lastErr = errors.Join(err, udp.Close())
	}
	return nil, nil, lastErr
}

// Close ends the server; what is held is not answered. Tests need it only to have
// a server die in their midst.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	close(s.done)
	s.udp.Close()
	s.tcp.Close()
	s.tasks.Wait()
}

// Queries is how many queries have arrived; repeated ones count.
func (s *Server) Queries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queries
}

// QueriesFor is how many queries have arrived for an address.
func (s *Server) QueriesFor(a netip.Addr) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[a]
}

// Await waits until n queries have arrived, and fails the test if that takes 30
// seconds.
func (s *Server) Await(n int) {
	s.t.Helper()
	late := false
	limit := time.AfterFunc(30*time.Second, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.arrived.Broadcast()
	})
	defer limit.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.queries < n && !late {
		s.arrived.Wait()
	}
	if s.queries < n {
		s.t.Errorf("DNS server: %d queries after 30 s, want %d", s.queries, n)
	}
}

// maxUDP is the largest answer that clients take over UDP (EDNS0, as Go's resolver
// announces it).
const maxUDP = 1232

func (s *Server) serveUDP() {
	b := make([]byte, 65535)
	for {
		n, from, err := s.udp.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		query := append([]byte(nil), b[:n]...)
		s.tasks.Go(func() {
			if answer := s.answer(query, maxUDP); answer != nil {
				_, _ = s.udp.WriteToUDPAddrPort(answer, from) // the client may be gone
			}
		})
	}
}

func (s *Server) serveTCP() {
	for {
		c, err := s.tcp.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = struct{}{}
		if s.closed {
			c.Close()
		}
		s.mu.Unlock()
		s.tasks.Go(func() {
			s.serveConn(c)
			c.Close()
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.conns, c)
		})
	}
}

// serveConn answers queries as RFC 1035, 4.2.2 frames them: behind their length.
func (s *Server) serveConn(c net.Conn) {
	for {
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		answer := s.answer(query, 65535)
		if answer == nil {
			continue
		}
		framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)
		if _, err := c.Write(framed); err != nil {
			return
		}
	}
}

// answer gives the answer to a query, of at most limit bytes; nil: none.
func (s *Server) answer(query []byte, limit int) []byte {
	var p dnsmessage.Parser
	h, err := p.Start(query)
	if err != nil {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: h.ID, Response: true, RecursionDesired: h.RecursionDesired, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	a, ok := reversed(q.Name.String())
	if !ok || q.Type != dnsmessage.TypePTR {
		m.RCode = dnsmessage.RCodeNotImplemented
		return s.pack(&m)
	}
	s.count(a)
	script := s.handler(a)
	if script.Hold != nil {
		select {
		case <-script.Hold:
		case <-s.done:
			return nil
		}
	}
	switch {
	case script.Silent:
		return nil
	case script.Raw != nil:
		return append(binary.BigEndian.AppendUint16(nil, h.ID), script.Raw...)
	}
	m.RCode = script.Code
	for _, name := range script.Names {
		n, err := dnsmessage.NewName(strings.TrimSuffix(name, ".") + ".")
		if err != nil {
			s.t.Errorf("DNS server: name %q: %v", name, err)
			return nil
		}
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60},
			Body:   &dnsmessage.PTRResource{PTR: n},
		})
	}
	packed := s.pack(&m)
	if len(packed) > limit {
		m.Truncated, m.Answers = true, nil
		packed = s.pack(&m)
	}
	return packed
}

func (s *Server) pack(m *dnsmessage.Message) []byte {
	b, err := m.Pack()
	if err != nil {
		s.t.Errorf("DNS server: %v in an answer to %v", err, m.Questions[0].Name)
		return nil
	}
	return b
}

func (s *Server) count(a netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries++
	s.asked[a]++
	s.arrived.Broadcast()
}

// reversed reads an address from the name that reverse look-ups ask for: its bytes
// (IPv4) or half bytes (IPv6), last one first.
func reversed(name string) (netip.Addr, bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	suffix, size, base := ".in-addr.arpa", 4, 10
	if strings.HasSuffix(name, ".ip6.arpa") {
		suffix, size, base = ".ip6.arpa", 32, 16
	}
	name, ok := strings.CutSuffix(name, suffix)
	parts := strings.Split(name, ".")
	if !ok || len(parts) != size {
		return netip.Addr{}, false
	}
	var b [16]byte
	for i, part := range parts {
		n, err := strconv.ParseUint(part, base, 8)
		if err != nil {
			return netip.Addr{}, false
		}
		if base == 10 {
			b[3-i] = byte(n)
		} else {
			b[15-i/2] |= byte(n&15) << (i % 2 * 4)
		}
	}
	if base == 10 {
		return netip.AddrFrom4([4]byte(b[:4])), true
	}
	return netip.AddrFrom16(b), true
}
