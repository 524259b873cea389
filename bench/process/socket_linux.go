package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Socket is the UDP socket another process reads from, shared with it by
// pidfd_getfd(2): so that all programs can be given the same room for what waits,
// and what the kernel dropped is known without asking them.
type Socket struct {
	Port int
	fds  []int // one, or one for each family of addresses
}

// Socket waits until the process has bound a UDP socket, and shares it. If it has
// several on the same port, they count as one.
func (p *Process) Socket(ctx context.Context) (*Socket, error) {
	pidfd, err := unix.PidfdOpen(p.cmd.Process.Pid, 0)
	if err != nil {
		return nil, p.gone(fmt.Errorf("pidfd of %s: %w", p.cmd.Path, err))
	}
	defer unix.Close(pidfd)
	for {
		s, err := share(pidfd, p.cmd.Process.Pid)
		if s != nil || err != nil {
			return s, err
		}
		if err := p.Sleep(ctx, 5*time.Millisecond); err != nil {
			return nil, fmt.Errorf("no UDP port: %w", err)
		}
	}
}

func share(pidfd, pid int) (*Socket, error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return nil, err
	}
	s := &Socket{}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		fd, err := unix.PidfdGetfd(pidfd, n, 0)
		if errors.Is(err, unix.EPERM) {
			s.Close()
			return nil, fmt.Errorf("pidfd_getfd: %w: needs ptrace rights (be root, or sysctl kernel.yama.ptrace_scope=0)", err)
		}
		if err != nil { // closed meanwhile
			continue
		}
		port := udpPort(fd)
		if port == 0 || s.Port != 0 && port != s.Port {
			unix.Close(fd)
			continue
		}
		s.Port = port
		s.fds = append(s.fds, fd)
	}
	if len(s.fds) == 0 {
		return nil, nil
	}
	return s, nil
}

// udpPort is the port a UDP socket is bound to, 0 if it is none or not bound.
func udpPort(fd int) int {
	if kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_DGRAM {
		return 0
	}
	if peer, err := unix.Getpeername(fd); err == nil && peer != nil { // a client's
		return 0
	}
	address, err := unix.Getsockname(fd)
	if err != nil {
		return 0
	}
	switch a := address.(type) {
	case *unix.SockaddrInet4:
		return a.Port
	case *unix.SockaddrInet6:
		return a.Port
	}
	return 0
}

// Close lets go of the socket; the other process keeps it.
func (s *Socket) Close() {
	for _, fd := range s.fds {
		unix.Close(fd)
	}
	s.fds = nil
}

// SetBuffer sets the receive buffer, in bytes as the kernel counts, and returns
// what it is then: beyond net.core.rmem_max root alone can go.
func (s *Socket) SetBuffer(bytes int) (int, error) {
	have := bytes
	for _, fd := range s.fds {
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes/2) != nil {
			if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes/2); err != nil {
				return 0, fmt.Errorf("set receive buffer: %w", err)
			}
		}
		n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		if err != nil {
			return 0, fmt.Errorf("receive buffer: %w", err)
		}
		have = min(have, n)
	}
	return have, nil
}

// State is how many bytes wait in the socket, 0 when all has been read, and how
// many datagrams the kernel has dropped so far for want of room.
func (s *Socket) State() (waiting, dropped int, err error) {
	for _, fd := range s.fds {
		var info [16]uint32 // SO_MEMINFO; places as in linux/sock_diag.h
		size := uint32(unsafe.Sizeof(info))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 {
			return 0, 0, fmt.Errorf("SO_MEMINFO: %w", errno)
		}
		waiting += int(info[0]) // SK_MEMINFO_RMEM_ALLOC
		dropped += int(info[8]) // SK_MEMINFO_DROPS
	}
	return waiting, dropped, nil
}
