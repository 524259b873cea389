//go:build !linux

package receive

import (
	"context"
	"net"
	"net/netip"
	"time"

	"linklog/capture"
)

// socket receives one datagram a system call: these systems have no other way
// that the Go runtime supports.
type socket struct {
	conn   *net.UDPConn
	buffer int    // bytes; 0: the system does not tell
	before uint64 // what the system had dropped when the socket was opened
}

func newSocket(c *net.UDPConn, buffer int) (*socket, error) {
	s := &socket{conn: c}
	for ; buffer >= 64<<10; buffer /= 2 { // these systems refuse what is too much
		if c.SetReadBuffer(buffer) == nil {
			s.buffer = buffer
			break
		}
	}
	s.before, _ = systemDrops()
	return s, nil
}

func (s *socket) dropped() (uint64, bool) {
	n, _ := systemDrops()
	return n - min(n, s.before), false
}

func (s *socket) receive(ctx context.Context, handle func([]capture.Datagram)) error {
	defer s.stop(ctx)()
	buffer := make([]byte, maxDatagram)
	batch := make([]capture.Datagram, 1)
	var patience patience
	for {
		n, _, flags, from, err := s.conn.ReadMsgUDPAddrPort(buffer, nil)
		truncated := flags&msgTrunc != 0 || isTruncation(err)
		switch {
		case ctx.Err() != nil && err != nil:
			return nil
		case err != nil && !truncated:
			if err := patience.again(ctx, err); err != nil {
				return err
			}
			continue
		}
		patience.failures = 0
		batch[0] = capture.Datagram{
			Data:      buffer[:n:n],
			From:      netip.AddrPortFrom(from.Addr().Unmap(), from.Port()),
			Time:      time.Now().UTC().Round(0),
			Truncated: truncated,
		}
		handle(batch)
	}
}
