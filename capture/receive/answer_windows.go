package receive

import (
	"net/netip"
	"time"
)

// send waits no longer than a receive loop may be away (napFor); Windows has no call
// that does not wait at all for a socket as Go opens it.
func (s *socket) send(b []byte, to netip.AddrPort) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(napFor)); err != nil {
		return err
	}
	_, err := s.conn.WriteToUDPAddrPort(b, to)
	return err
}
