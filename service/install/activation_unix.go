//go:build unix

package install

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// firstFD is where systemd puts the sockets it passes (SD_LISTEN_FDS_START).
const firstFD = 3

// Activated takes over the sockets the service manager opened (sd_listen_fds(3)):
// those named "trap", for datagrams, and "api", the local socket. Without any
// it returns nothing and no error. It takes them out of the environment, so
// a second call finds none, and no program that LinkLog starts inherits them.
//
// launchd passes sockets another way, only through a C library. On macOS the
// service opens UDP 162 itself, which needs no right there; what arrives in the
// second a restart takes is lost there.
func Activated() (traps []*net.UDPConn, api net.Listener, err error) {
	pid, count, names := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		os.Unsetenv(name)
	}
	if pid != strconv.Itoa(os.Getpid()) {
		return nil, nil, nil // none, or meant for another process
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 {
		return nil, nil, nil
	}
	defer func() {
		if err != nil {
			for _, c := range traps {
				c.Close()
			}
			if api != nil {
				api.Close()
			}
			traps, api = nil, nil
		}
	}()
	list := strings.Split(names, ":")
	if len(list) != n {
		return nil, nil, fmt.Errorf("socket activation: %d sockets, but %d names (%s)", n, len(list), names)
	}
	for i, name := range list {
		c, l, err := adopt(firstFD+i, name)
		if err != nil {
			return traps, api, fmt.Errorf("socket activation: socket %d, %q: %w", firstFD+i, name, err)
		}
		if c != nil {
			traps = append(traps, c)
		}
		if l != nil && api != nil {
			l.Close()
			return traps, api, errors.New("socket activation: more than one socket is named api")
		}
		if l != nil {
			api = l
		}
	}
	return traps, api, nil
}

// adopt makes a connection of a descriptor that was passed. The descriptor itself
// is closed: Go works with a copy, which is not inherited.
func adopt(fd int, name string) (*net.UDPConn, net.Listener, error) {
	unix.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), name)
	if f == nil {
		return nil, nil, errors.New("no such file")
	}
	defer f.Close()
	switch name {
	case "trap":
		c, err := net.FilePacketConn(f)
		if err != nil {
			return nil, nil, err
		}
		if udp, ok := c.(*net.UDPConn); ok {
			return udp, nil, nil
		}
		c.Close()
		return nil, nil, errors.New("not a UDP socket")
	case "api":
		l, err := net.FileListener(f)
		if err != nil {
			return nil, nil, err
		}
		if local, ok := l.(*net.UnixListener); ok {
			local.SetUnlinkOnClose(false) // the manager's to remove: it listens on
			return nil, local, nil
		}
		l.Close()
		return nil, nil, errors.New("not a local socket") // and never a TCP one
	}
	return nil, nil, errors.New("unknown name")
}
