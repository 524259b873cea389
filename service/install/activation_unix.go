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

// Activated takes over the sockets the service manager opened (sd_listen_fds(3),
// launch_activate_socket(3)): those named "trap", "syslog" and
// "flows", for messages, and "api", the local socket. Without any it returns none and no error. A second call finds none, and no
// program that LinkLog starts inherits them.
func Activated() (s Sockets, err error) {
	pid, count, names := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		os.Unsetenv(name)
	}
	if pid != strconv.Itoa(os.Getpid()) {
		return handed() // none, or meant for another process
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 {
		return s, nil
	}
	defer func() {
		if err != nil {
			s.close()
			s = Sockets{}
		}
	}()
	list := strings.Split(names, ":")
	if len(list) != n {
		return s, fmt.Errorf("socket activation: %d sockets, but %d names (%s)", n, len(list), names)
	}
	for i, name := range list {
		if err := s.adopt(firstFD+i, name); err != nil {
			return s, fmt.Errorf("socket activation: socket %d, %q: %w", firstFD+i, name, err)
		}
	}
	return s, nil
}

func (s *Sockets) close() {
	for _, c := range s.UDP {
		c.Close()
	}
	for _, l := range s.TCP {
		l.Close()
	}
	if s.API != nil {
		s.API.Close()
	}
}

// adopt takes a descriptor over that was passed. The descriptor itself is closed: Go works
// with a copy, which is not inherited.
func (s *Sockets) adopt(fd int, name string) error {
	unix.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), name)
	if f == nil {
		return errors.New("no such file")
	}
	defer f.Close()
	local := name == "api"
	if !local && name != trapSocket && name != syslogSocket && name != flowSocket {
		return errors.New("unknown name")
	}
	if kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err == nil && kind == unix.SOCK_DGRAM && !local {
		c, err := net.FilePacketConn(f)
		if err != nil {
			return err
		}
		if udp, ok := c.(*net.UDPConn); ok {
			s.UDP = append(s.UDP, udp)
			return nil
		}
		c.Close()
		return errors.New("not a UDP socket")
	}
	l, err := net.FileListener(f)
	if err != nil {
		return err
	}
	unixListener, isUnix := l.(*net.UnixListener)
	tcp, isTCP := l.(*net.TCPListener)
	switch {
	case isTCP && !local:
		s.TCP = append(s.TCP, tcp)
		return nil
	case isUnix && local && s.API == nil:
		unixListener.SetUnlinkOnClose(false) // the manager's to remove: it listens on
		s.API = unixListener
		return nil
	}
	l.Close()
	switch {
	case isUnix && local:
		return errors.New("more than one socket is named api")
	case local:
		return errors.New("not a local socket") // and never a TCP one
	}
	return errors.New("not a TCP socket")
}
