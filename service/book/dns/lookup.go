package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"linklog/capture/plainly"
	"linklog/phrase"
)

// failure says why a look-up brought no names.
type failure uint8

const (
	answered failure = iota // it brought names, or the answer that there are none
	noAnswer                // time-out, or the server failed: asking again may help
)

// servers asks DNS servers.
type servers struct {
	net *net.Resolver

	// patient tells that look-ups go through a call of the operating system that
	// takes no notice of a context.
	patient bool
}

// resolver returns what asks the given server, or the system's if it is "".
//
// Where it can be, that is Go's own resolver: it keeps to the time-out, while
// getnameinfo and DnsQuery hold a thread each until the system gives up, which
// can take half a minute. See systemAPI for where it cannot.
//
// trouble, if set, hears when servers are silent, and nil when one answers again; but
// not where the system asks them.
func resolver(server string, timeout time.Duration, trouble func(error)) (*servers, error) {
	if server == "" && systemAPI {
		return &servers{net: &net.Resolver{}, patient: true}, nil
	}
	d := dialer{patience: timeout / 2, hears: &hearing{trouble: trouble}}
	if server != "" {
		var err error
		if d.server, err = serverAddress(server); err != nil {
			return nil, fmt.Errorf("reverse DNS: %w", err)
		}
	}
	return &servers{net: &net.Resolver{PreferGo: true, Dial: d.dial}}, nil
}

// dialer connects to DNS servers.
type dialer struct {
	server   string        // the one to connect to whatever is asked for, unless ""
	patience time.Duration // how long to wait for the answer to one datagram
	hears    *hearing
}

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if d.server != "" {
		address = d.server
	}
	var plain net.Dialer
	c, err := plain.DialContext(ctx, network, address)
	if err != nil {
		if !errors.Is(ctx.Err(), context.Canceled) {
			d.hears.nothing(address, err)
		}
		return nil, err
	}
	// net.Resolver looks at the deadline of a context only, so that without this
	// Close would have to wait for the servers.
	stop := context.AfterFunc(ctx, func() { c.Close() })
	if udp, ok := c.(*net.UDPConn); ok { // net.Resolver tells UDP from TCP by the methods
		return datagramConn{udp, d.patience, stop, d.hears, address}, nil
	}
	return streamConn{c, stop}, nil
}

// streamConn is a TCP connection that is closed when its context ends.
type streamConn struct {
	net.Conn
	stop func() bool
}

func (c streamConn) Close() error {
	c.stop()
	return c.Conn.Close()
}

// datagramConn is a UDP connection that is closed when its context ends, and on
// which net.Resolver gives up in time to ask once more. Left to itself, it waits
// 5 seconds for an answer, longer than we do for all, and one lost datagram would
// cost the name.
type datagramConn struct {
	*net.UDPConn
	patience time.Duration
	stop     func() bool
	hears    *hearing
	server   string
}

// Read is how net.Resolver gets an answer.
func (c datagramConn) Read(p []byte) (int, error) {
	n, err := c.UDPConn.Read(p)
	switch {
	case err == nil:
		c.hears.answer()
	case !errors.Is(err, net.ErrClosed): // by Close or the end of the look-up
		c.hears.nothing(c.server, err)
	}
	return n, err
}

func (c datagramConn) Close() error {
	c.stop()
	return c.UDPConn.Close()
}

// SetDeadline is what net.Resolver calls before it sends its query.
func (c datagramConn) SetDeadline(t time.Time) error {
	if soon := time.Now().Add(c.patience); t.IsZero() || soon.Before(t) {
		t = soon
	}
	return c.UDPConn.SetDeadline(t)
}

// hearing tells whether DNS servers can be heard at all: what they answer is another
// matter.
type hearing struct {
	trouble func(error) // nil: nobody is told

	mu     sync.Mutex
	silent int // questions without an answer since the last that had one
}

// silentAfter questions in a row without any answer are told: a lost datagram is no
// trouble.
const silentAfter = 4

func (h *hearing) answer() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.silent >= silentAfter && h.trouble != nil {
		h.trouble(nil)
	}
	h.silent = 0
}

func (h *hearing) nothing(server string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.silent++; h.silent == silentAfter && h.trouble != nil {
		h.trouble(fmt.Errorf("DNS server %s: %w", server, plainly.Cause(err)))
	}
}

// CheckServer says what is wrong with a DNS server's address as Options.Server has
// it. Whether there is one is found out by asking.
func CheckServer(server string) error {
	_, err := serverAddress(server)
	return err
}

// serverAddress reads "host:port" or "host", where host may be a bare IPv6 address.
func serverAddress(server string) (string, error) {
	plain := server
	if strings.HasPrefix(plain, "[") && strings.HasSuffix(plain, "]") {
		plain = plain[1 : len(plain)-1]
	}
	if a, err := netip.ParseAddr(plain); err == nil {
		if reason := notOne(a); !reason.IsZero() {
			return "", badServer(server, reason)
		}
		return netip.AddrPortFrom(a, 53).String(), nil
	}
	full := server
	if !strings.Contains(server, ":") {
		full += ":53"
	}
	host, port, err := net.SplitHostPort(full)
	addr, notAddress := netip.ParseAddr(host)
	if reason := notOne(addr); notAddress == nil && !reason.IsZero() {
		return "", badServer(server, reason)
	}
	if n, portErr := strconv.ParseUint(port, 10, 16); err != nil || notAddress != nil && !isHost(host) || portErr != nil || n == 0 {
		return "", badServer(server, phrase.Say(`want "host" or "host:port"`))
	}
	return full, nil
}

func badServer(server string, reason phrase.Phrase) error {
	return phrase.Say("{{.Server}} is not a valid DNS server: {{.Reason}}", "Server", strconv.Quote(server), "Reason", reason)
}

// notOne says why an address cannot be that of a single computer; the zero Phrase: it can.
func notOne(a netip.Addr) (reason phrase.Phrase) {
	switch {
	case a.IsUnspecified():
		return phrase.Say("it stands for all addresses")
	case a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return phrase.Say("it stands for many computers")
	}
	return reason
}

// isHost tells whether a text may be the name of a host.
func isHost(s string) bool {
	return s != "" && len(s) <= maxName && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.' || r == '_')
	})
}

func (d *servers) lookup(ctx context.Context, a netip.Addr) ([]string, failure) {
	if d.patient {
		// net would let the call run on behind our back and return at the time-out.
		// Then nothing would bound the number of threads that hang.
		ctx = context.WithoutCancel(ctx)
	}
	names, err := d.net.LookupAddr(ctx, a.String())
	if err == nil || names != nil { // with an error: some of the names were none
		return names, answered
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return nil, answered
	}
	return nil, noAnswer
}
