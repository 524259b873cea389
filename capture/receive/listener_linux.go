package receive

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"linklog/capture"

	"golang.org/x/sys/unix"
)

// socket receives many datagrams a system call. It calls recvmmsg itself:
// ReadBatch of golang.org/x/net does the same, but allocates an address for
// every datagram.
type socket struct {
	conn   *net.UDPConn
	raw    syscall.RawConn
	buffer int // bytes

	counting sync.Mutex
	lastDrop uint32 // as the kernel counts, which wraps around
	drops    uint64
}

// batchSize is how many datagrams one system call takes: past 64 nothing is won.
const batchSize = 64

func newSocket(c *net.UDPConn, buffer int) (*socket, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &socket{conn: c, raw: raw}
	var sockErr error
	if err := raw.Control(func(fd uintptr) {
		if sockErr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); sockErr != nil {
			return
		}
		s.buffer, sockErr = growBuffer(int(fd), buffer)
	}); err != nil {
		return nil, err
	}
	return s, sockErr
}

// growBuffer sets the receive buffer unless it is larger already (the service
// manager that opened it may exceed the limit, we may not) and returns its size.
// The kernel doubles what is asked for and caps it at net.core.rmem_max,
// SO_RCVBUFFORCE only with CAP_NET_ADMIN.
func growBuffer(fd, buffer int) (int, error) {
	have, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	if err != nil || have >= buffer {
		return have, err
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer/2) != nil {
		if limit := bufferLimit(buffer); limit <= have {
			return have, nil // asking for more would make it smaller
		}
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer/2); err != nil {
			return have, nil // what there is serves
		}
	}
	return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
}

// bufferLimit is what a socket gets that asks for a buffer, found with one of its own:
// the sandbox of the service hides rmem_max. 0: it could not be found.
func bufferLimit(buffer int) int {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer/2) != nil {
		return 0
	}
	limit, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	return limit
}

// skMeminfoDrops is the place of the drop counter in what SO_MEMINFO returns
// (SK_MEMINFO_DROPS of linux/sock_diag.h): the counter that SO_RXQ_OVFL sends
// along with a datagram, but without waiting for one.
const skMeminfoDrops = 8

func (s *socket) dropped() (uint64, bool) {
	s.counting.Lock()
	defer s.counting.Unlock()
	var info [16]uint32
	size := uint32(unsafe.Sizeof(info))
	err := s.raw.Control(func(fd uintptr) {
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno == 0 && size > skMeminfoDrops*4 {
			s.drops += uint64(info[skMeminfoDrops] - s.lastDrop)
			s.lastDrop = info[skMeminfoDrops]
		}
	})
	_ = err // closed: the last number stands
	return s.drops, true
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// batch is the memory recvmmsg writes to. Datagrams lie close together, so that
// the cache holds them all; what is longer than near goes on in far, most of
// which is never touched and so never takes memory.
type batch struct {
	headers   [batchSize]mmsghdr
	addresses [batchSize]unix.RawSockaddrInet6 // holds an IPv4 one too
	vectors   [batchSize][2]unix.Iovec
	control   [batchSize][64]byte // a timestamp takes 32
	near      [batchSize][nearSize]byte
	far       []byte
	out       [batchSize]capture.Datagram
}

// nearSize is enough for any trap of a router, and no multiple of a power of two,
// which would give the same few places of the cache to all datagrams.
const nearSize = 1088

const farSize = maxDatagram - nearSize

func newBatch() *batch {
	b := &batch{far: make([]byte, batchSize*farSize)}
	for i := range b.headers {
		b.vectors[i][0].Base = &b.near[i][0]
		b.vectors[i][0].SetLen(nearSize)
		b.vectors[i][1].Base = &b.far[i*farSize]
		b.vectors[i][1].SetLen(farSize)
		h := &b.headers[i].hdr
		h.Name = (*byte)(unsafe.Pointer(&b.addresses[i]))
		h.Iov = &b.vectors[i][0]
		h.SetIovlen(2)
		h.Control = &b.control[i][0]
	}
	return b
}

// payload is what the datagram i holds, n bytes.
func (b *batch) payload(i, n int) []byte {
	if n <= nearSize {
		return b.near[i][:n:n]
	}
	return append(b.near[i][:nearSize:nearSize], b.far[i*farSize:][:n-nearSize]...)
}

// receive fills the batch with what waits in the socket; EAGAIN if nothing does. As it never
// waits, the scheduler need not know: it would give our processor to a thread that it has
// to wake, for what takes less long than that.
func (b *batch) receive(fd uintptr) (int, syscall.Errno) {
	for i := range b.headers { // the kernel writes the lengths back
		b.headers[i].hdr.Namelen = uint32(unsafe.Sizeof(b.addresses[i]))
		b.headers[i].hdr.SetControllen(len(b.control[i]))
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.headers)), batchSize, unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

// datagrams makes Datagrams of the first n messages.
func (b *batch) datagrams(n int) []capture.Datagram {
	var now time.Time // asked once a batch at the most, and as a rule never
	for i := range n {
		m := &b.headers[i]
		d := &b.out[i]
		d.Data = b.payload(i, int(m.n))
		d.Truncated = m.hdr.Flags&unix.MSG_TRUNC != 0
		d.From = addrPort(&b.addresses[i])
		var ok bool
		if d.Time, ok = kernelTime(b.control[i][:m.hdr.Controllen]); !ok {
			if now.IsZero() {
				now = time.Now().UTC().Round(0)
			}
			d.Time = now
		}
	}
	return b.out[:n]
}

func addrPort(sa *unix.RawSockaddrInet6) netip.AddrPort {
	if sa.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), networkOrder(v4.Port))
	}
	addr := netip.AddrFrom16(sa.Addr).Unmap()
	if addr.IsLinkLocalUnicast() && sa.Scope_id != 0 && addr.Is6() {
		addr = addr.WithZone(strconv.Itoa(int(sa.Scope_id))) // else it could not be answered
	}
	return netip.AddrPortFrom(addr, networkOrder(sa.Port))
}

func networkOrder(port uint16) uint16 {
	var b [2]byte
	binary.NativeEndian.PutUint16(b[:], port)
	return binary.BigEndian.Uint16(b[:])
}

// kernelTime finds the time of arrival among the control messages; it is the
// first and only one as a rule.
func kernelTime(control []byte) (time.Time, bool) {
	if len(control) < unix.CmsgSpace(int(unsafe.Sizeof(unix.Timespec{}))) {
		return time.Time{}, false
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	if h.Level != unix.SOL_SOCKET || h.Type != unix.SO_TIMESTAMPNS {
		return time.Time{}, false
	}
	ts := (*unix.Timespec)(unsafe.Pointer(&control[unix.CmsgLen(0)]))
	return time.Unix(ts.Unix()).UTC(), true
}

func (s *socket) receive(ctx context.Context, handle func([]capture.Datagram)) error {
	defer s.stop(ctx)()
	b := newBatch()
	rest := nap(s.buffer / trapCost)
	var n int
	var errno syscall.Errno
	waited := false
	read := func(fd uintptr) bool {
		n, errno = b.receive(fd)
		waited = waited || errno == unix.EAGAIN
		return errno != unix.EAGAIN
	}
	var patience patience
	var asleep time.Time
	for {
		waited, n, errno = false, 0, 0
		err := s.raw.Read(read)
		if ctx.Err() != nil {
			s.drain(b, n, handle)
			return nil
		}
		if err == nil && errno != 0 {
			err = errno
		}
		if err != nil {
			if err := patience.again(ctx, err); err != nil {
				return err
			}
			continue
		}
		patience.failures = 0
		handle(b.datagrams(n))
		if n == batchSize || rest == 0 {
			continue
		}
		if now := time.Now(); !waited || now.Sub(asleep) < napUnder {
			time.Sleep(rest)
			asleep = time.Now()
		} else {
			asleep = now
		}
	}
}

// drain hands out what was read, n datagrams, and what waits in the kernel when
// the end comes, but no more than a full buffer: a flood must not keep us.
func (s *socket) drain(b *batch, n int, handle func([]capture.Datagram)) {
	if n > 0 {
		handle(b.datagrams(n))
	}
	most := s.buffer / trapCost
	_ = s.raw.Control(func(fd uintptr) {
		for most > 0 {
			n, errno := b.receive(fd)
			if errno != 0 || n == 0 {
				return
			}
			handle(b.datagrams(n))
			most -= n
		}
	})
}

// exclusive is for Windows: on Linux a UDP port is not shared unless asked for.
func exclusive(string, string, syscall.RawConn) error { return nil }
