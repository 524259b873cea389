package localsocket

import (
	"os"

	"golang.org/x/sys/unix"
)

// maxPath is how long a socket's path may be, in bytes.
const maxPath = len(unix.RawSockaddrUnix{}.Path) - 1

// systemPath is where systemd listens for us; see linklog-api.socket of install.
const systemPath = "/run/linklog/linklog.sock"

// peerOf asks for SO_PEERCRED: who called connect, or for the side that did:
// who called listen (systemd, as root, for a socket it passes).
func peerOf(fd int) (uid uint32, pid int, err error) {
	c, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, 0, os.NewSyscallError("getsockopt", err)
	}
	return c.Uid, int(c.Pid), nil
}
