package localsocket

import (
	"os"

	"golang.org/x/sys/unix"
)

// maxPath is how long a socket's path may be, in bytes.
const maxPath = len(unix.RawSockaddrUnix{}.Path) - 1

// systemPath is where the service listens; see linklog.plist of install.
const systemPath = "/var/db/linklog/linklog.sock"

// peerOf asks for LOCAL_PEERCRED: who called connect, or for the side that did:
// who called listen.
func peerOf(fd int) (uid uint32, pid int, err error) {
	c, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, 0, os.NewSyscallError("getsockopt", err)
	}
	pid, err = unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	if err != nil {
		pid = 0
	}
	return c.Uid, pid, nil
}
