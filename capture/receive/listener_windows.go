package receive

import (
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// msgTrunc is MSG_PARTIAL, which Windows does not set for UDP: it returns an
// error instead (see isTruncation).
const msgTrunc = 0x8000

func isTruncation(err error) bool { return errors.Is(err, windows.WSAEMSGSIZE) }

// soExclusiveAddrUse is SO_EXCLUSIVEADDRUSE of winsock2.h: ^SO_REUSEADDR.
const soExclusiveAddrUse = ^windows.SO_REUSEADDR

// exclusive keeps other programs off our port: without it, anyone on this computer
// may bind it a second time and take the traps away (SO_REUSEADDR on Windows).
func exclusive(_, _ string, c syscall.RawConn) (err error) {
	controlErr := c.Control(func(fd uintptr) {
		err = windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, soExclusiveAddrUse, 1)
	})
	return errors.Join(controlErr, err)
}

// udpStats is MIB_UDPSTATS of udpmib.h.
type udpStats struct {
	inDatagrams, noPorts, inErrors, outDatagrams, addresses uint32
}

// systemDrops reads the datagrams that could not be delivered for other reasons
// than that nobody listens, of all IPv4 sockets.
func systemDrops() (uint64, bool) {
	var stats udpStats
	status, _, _ := windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetUdpStatistics").Call(uintptr(unsafe.Pointer(&stats)))
	return uint64(stats.inErrors), status == 0
}
