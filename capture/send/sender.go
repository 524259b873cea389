package send

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/plainly"
)

// Options says how a Sender sends.
type Options struct {
	// From is the address and port to send from; invalid: the system chooses.
	From netip.AddrPort

	// Port is where to send to if the address names none; 0: capture.TrapPort.
	Port uint16

	// Single sends each datagram with a system call of its own, as a router
	// would. Otherwise those that are due together go as one where the system can
	// (Linux).
	Single bool
}

// Sender sends datagrams to one receiver. It must be used by one goroutine at a
// time, but for Close.
type Sender struct {
	conn    *net.UDPConn
	write   func(batch [][]byte) (int, error) // sends the first datagrams of the batch, and says how many
	buffers [maxBatch][]byte
}

// maxBatch is how many datagrams go into one system call: past 64 nothing is won.
const maxBatch = 64

// Report tells what Send did.
type Report struct {
	// Sent is how many datagrams the system took. Whether they arrived, nobody
	// knows.
	Sent int

	// Refused is how often the receiver's system answered that nobody listens.
	// Not each datagram need be answered.
	Refused int

	// Elapsed is the time from the first datagram to the last.
	Elapsed time.Duration
}

// ErrNobodyListens is the error when datagrams were refused.
var ErrNobodyListens = errors.New("nobody listens there")

// Dial returns a Sender to an address: "host:port", or "host" for Options.Port. A
// broadcast address will do. Nothing is sent yet.
func Dial(ctx context.Context, address string, o Options) (*Sender, error) {
	d := net.Dialer{}
	if o.From.IsValid() {
		d.LocalAddr = net.UDPAddrFromAddrPort(o.From)
	}
	to := withPort(address, cmp.Or(o.Port, capture.TrapPort))
	c, err := d.DialContext(ctx, "udp", to)
	if host, port, _ := net.SplitHostPort(to); err != nil && strings.EqualFold(host, "localhost") { // also where no file says so (RFC 6761, 6.3)
		c, err = d.DialContext(ctx, "udp", net.JoinHostPort("127.0.0.1", port))
	}
	if err == nil && addrPort(c.RemoteAddr()).Port() == 0 {
		c.Close()
		err = &net.AddrError{Err: "nothing listens on port 0", Addr: address}
	}
	if err != nil {
		return nil, fmt.Errorf("send to %s: %w", address, plainly.Error(err))
	}
	s := &Sender{conn: c.(*net.UDPConn)}
	if o.Single {
		s.write = s.writeSingly
	} else {
		s.write = batchWriter(s)
	}
	return s, nil
}

// withPort adds a port where there is none.
func withPort(address string, port uint16) string {
	if _, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil || !strings.Contains(address, ":") {
		return net.JoinHostPort(strings.Trim(address, "[]"), strconv.Itoa(int(port)))
	}
	return address
}

// Close closes the socket, and so ends what goes on.
func (s *Sender) Close() error { return s.conn.Close() }

// LocalAddr is where the datagrams come from.
func (s *Sender) LocalAddr() netip.AddrPort { return addrPort(s.conn.LocalAddr()) }

// RemoteAddr is where they go to.
func (s *Sender) RemoteAddr() netip.AddrPort { return addrPort(s.conn.RemoteAddr()) }

func addrPort(a net.Addr) netip.AddrPort {
	ap := a.(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// Send sends n datagrams (0: until ctx ends), rate of them a second (0: as fast as
// possible). The Report is right whatever the error: that of ctx if it ended before
// n were sent, one that wraps ErrNobodyListens if n were sent but refused, else that
// of the network, which stopped it.
func (s *Sender) Send(ctx context.Context, n int, rate float64, next Source) (Report, error) {
	if n < 0 || rate < 0 || math.IsNaN(rate) || math.IsInf(rate, 0) {
		return Report{}, fmt.Errorf("send %d datagrams at %v a second: must not be negative", n, rate)
	}
	p := pace{rate, n}
	if n == 0 {
		p.n = math.MaxInt
	}
	report, err := s.run(ctx, p, next)
	switch {
	case n == 0 && ctx.Err() != nil && errors.Is(err, context.Cause(ctx)):
		err = nil // that is how it ends
	case err == nil && s.refusedLate():
		report.Refused++
	}
	if err == nil && report.Refused > 0 {
		err = fmt.Errorf("%w: %v refused %d of %d", ErrNobodyListens, s.RemoteAddr(), report.Refused, report.Sent)
	}
	return report, err
}

// run sends until all is sent, ctx ends or the network fails.
func (s *Sender) run(ctx context.Context, p pace, next Source) (report Report, err error) {
	start := time.Now()
	defer func() { report.Elapsed = time.Since(start) }()
	made := 0            // by next, and not sent yet: the first of buffers
	failures := 0        // in a row
	var wait *time.Timer // made when needed: at full speed it never is
	for report.Sent < p.n {
		if ctx.Err() != nil {
			return report, context.Cause(ctx)
		}
		elapsed := time.Since(start)
		due := min(p.due(elapsed)-report.Sent, maxBatch)
		rest := time.Duration(0)
		if due > 0 {
			for ; made < due; made++ {
				s.buffers[made] = next(report.Sent+made, s.buffers[made][:0])
			}
			sent, err := s.write(s.buffers[:made])
			report.Sent += sent
			made = s.shift(sent, made)
			if err == nil {
				failures = 0
				continue
			}
			// The answer to an earlier datagram comes as the error of a later one, which
			// then was not sent: it is tried again, as the one that found no room.
			isRefused := refused(err)
			if isRefused {
				report.Refused++
			} else {
				rest = minNap
			}
			if failures++; failures > maxFailures || !isRefused && !noRoom(err) {
				return report, fmt.Errorf("send to %v: %w", s.RemoteAddr(), plainly.Cause(err))
			}
			if isRefused {
				continue
			}
		} else {
			rest = p.nap(report.Sent, elapsed)
		}
		if wait == nil {
			wait = time.NewTimer(rest)
			defer wait.Stop()
		} else {
			wait.Reset(rest)
		}
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
	}
	return report, nil
}

// maxFailures is how often in a row the system may find no room for a datagram,
// about a second, before Send gives up.
const maxFailures = 1000

// shift moves the buffers of datagrams that were made but not sent to the front,
// and returns their number.
func (s *Sender) shift(sent, made int) int {
	if sent == made {
		return 0
	}
	for i := sent; i < made; i++ { // swapped, so that no buffer is lost
		s.buffers[i-sent], s.buffers[i] = s.buffers[i], s.buffers[i-sent]
	}
	return made - sent
}

// writeSingly sends a batch one by one.
func (s *Sender) writeSingly(batch [][]byte) (int, error) {
	for i, b := range batch {
		if _, err := s.conn.Write(b); err != nil {
			return i, err
		}
	}
	return len(batch), nil
}

// late is how long to wait for the last datagram to be refused. A system that does
// so to itself takes no time; what comes from afar may be missed.
const late = 5 * time.Millisecond

// refusedLate tells whether the last datagram was refused.
func (s *Sender) refusedLate() bool {
	if s.conn.SetReadDeadline(time.Now().Add(late)) != nil {
		return false
	}
	defer s.conn.SetReadDeadline(time.Time{})
	var answer [1]byte
	for {
		_, err := s.conn.Read(answer[:])
		if err != nil && !tooLong(err) {
			return refused(err)
		}
	}
}
