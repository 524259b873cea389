package receive

import (
	"encoding/binary"
	"syscall"

	"golang.org/x/sys/unix"
)

const msgTrunc = unix.MSG_TRUNC

func isTruncation(error) bool { return false }

// exclusive is for Windows: on macOS a UDP port is not shared unless asked for.
func exclusive(string, string, syscall.RawConn) error { return nil }

// systemDrops reads udps_fullsock, the seventh counter of struct udpstat
// (netinet/udp_var.h): datagrams that found a socket's buffer full, of all sockets.
func systemDrops() (uint64, bool) {
	b, err := unix.SysctlRaw("net.inet.udp.stats")
	if err != nil || len(b) < 7*4 {
		return 0, false
	}
	return uint64(binary.NativeEndian.Uint32(b[6*4:])), true
}
