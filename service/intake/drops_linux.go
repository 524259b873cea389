package intake

import (
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// cookies names sockets by the numbers that no other socket gets before the computer
// starts anew; "": there are none, or they cannot be told apart. boot names the time
// since that start where the sandbox (ProcSubset=pid) keeps the service from asking.
func cookies(conns []*net.UDPConn, boot string) string {
	if len(conns) == 0 {
		return ""
	}
	if boot == "" {
		id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
		if err != nil {
			return ""
		}
		boot = strings.TrimSpace(string(id))
	}
	all := boot
	for _, c := range conns {
		raw, err := c.SyscallConn()
		if err != nil {
			return ""
		}
		var cookie uint64
		if e := raw.Control(func(fd uintptr) { cookie, err = unix.GetsockoptUint64(int(fd), unix.SOL_SOCKET, unix.SO_COOKIE) }); e != nil || err != nil {
			return ""
		}
		all += fmt.Sprintf(" %x", cookie)
	}
	return all
}
