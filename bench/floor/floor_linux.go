package floor

import (
	"fmt"
	"net"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Receiver drains a socket and counts.
type Receiver struct {
	conn    *net.UDPConn
	raw     syscall.RawConn
	headers [64]struct {
		hdr unix.Msghdr
		n   uint32
	}
	vectors [64]unix.Iovec
	data    [64][2048]byte
}

// Listen opens a socket on a free port with a receive buffer of so many bytes, as
// far as the system gives it.
func Listen(buffer int) (*Receiver, error) {
	c, err := net.ListenUDP("udp", nil)
	if err != nil {
		return nil, err
	}
	f := &Receiver{conn: c}
	if f.raw, err = c.SyscallConn(); err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	f.raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer/2) != nil {
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, buffer/2)
		}
	})
	for i := range f.headers {
		f.vectors[i].Base = &f.data[i][0]
		f.vectors[i].SetLen(len(f.data[i]))
		f.headers[i].hdr.Iov = &f.vectors[i]
		f.headers[i].hdr.SetIovlen(1)
	}
	return f, nil
}

// Port is the port it listens on.
func (f *Receiver) Port() int { return f.conn.LocalAddr().(*net.UDPAddr).Port }

// Close ends Receive.
func (f *Receiver) Close() error { return f.conn.Close() }

// Receive waits for datagrams and returns how many came, 0 when the socket is
// closed.
func (f *Receiver) Receive() (n int) {
	err := f.raw.Read(func(fd uintptr) bool {
		r, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&f.headers)), uintptr(len(f.headers)), unix.MSG_DONTWAIT, 0, 0)
		n = int(r)
		return errno != unix.EAGAIN
	})
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// CPUTime is the CPU time this process has used, user and system.
func CPUTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
