package capture

import (
	"net/netip"
	"time"
)

// Datagram is one UDP datagram as it was received.
type Datagram struct {
	Data []byte         // its payload; with Truncated only the beginning
	From netip.AddrPort // who sent it; IPv4 never in its IPv6-mapped form
	Time time.Time      // when it arrived: UTC, without a monotonic reading

	// Truncated tells that the datagram was longer than the receive buffer.
	Truncated bool
}

// The ports routers send to: traps by UDP (RFC 1157), system logs by UDP (RFC 5426) or
// TCP (RFC 6587), flows by UDP, to the port that most exporters name.
const (
	TrapPort   = 162
	SyslogPort = 514
	FlowPort   = 2055
)

// Unprivileged is added to a port that not everyone may open: 9162, 9514.
const Unprivileged = 9000
