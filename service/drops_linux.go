package service

import (
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// cookies names sockets by the numbers that no other socket gets before the machine
// starts anew; "": they cannot be told.
func cookies(conns []*net.UDPConn) string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	all := strings.TrimSpace(string(boot))
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
