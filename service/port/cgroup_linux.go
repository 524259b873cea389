package port

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// serviceOf names the service of systemd that opened a socket, as the kernel tells
// anybody: the sandbox of LinkLog's own service shows it no processes. "": none, or the
// kernel does not tell (before 5.7, or without cgroup v2).
func serviceOf(network string, port uint16) string {
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		if id := cgroup(family, network, port); id != 0 {
			return unit("0::" + cgroupPath(id))
		}
	}
	return ""
}

// What sock_diag(7) asks and answers: struct inet_diag_req_v2, the sizes of nlmsghdr
// and inet_diag_msg, the place of the port in the latter, and INET_DIAG_CGROUP_ID.
const (
	diagRequest = 56
	diagHeader  = 16
	diagAnswer  = 72
	diagPort    = 4
	diagCgroup  = 21
)

// cgroup is the number of the control group in which a socket on the port was
// opened, 0: unknown.
func cgroup(family uint8, network string, port uint16) uint64 {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	second := unix.NsecToTimeval(time.Second.Nanoseconds())
	if unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &second) != nil {
		return 0
	}
	var ask [diagHeader + diagRequest]byte
	binary.NativeEndian.PutUint32(ask[0:], uint32(len(ask)))
	binary.NativeEndian.PutUint16(ask[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(ask[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	protocol, states := uint8(unix.IPPROTO_UDP), ^uint32(0) // in any state
	if network == tcp {
		protocol, states = unix.IPPROTO_TCP, 1<<unix.BPF_TCP_LISTEN
	}
	ask[diagHeader], ask[diagHeader+1] = family, protocol
	binary.NativeEndian.PutUint32(ask[diagHeader+4:], states)
	if unix.Sendto(fd, ask[:], 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
		return 0
	}
	buf := make([]byte, 64<<10)
	for {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil {
			return 0
		}
		messages, err := syscall.ParseNetlinkMessage(buf[:n])
		if err != nil || len(messages) == 0 {
			return 0
		}
		for _, m := range messages {
			if m.Header.Type != unix.SOCK_DIAG_BY_FAMILY { // the end, or an error
				return 0
			}
			if id := cgroupOf(m.Data, port); id != 0 {
				return id
			}
		}
	}
}

// cgroupOf reads the control group of an answer, if it is about the port.
func cgroupOf(answer []byte, port uint16) uint64 {
	if len(answer) < diagAnswer || binary.BigEndian.Uint16(answer[diagPort:]) != port {
		return 0
	}
	for rest := answer[diagAnswer:]; len(rest) >= 4; {
		size := int(binary.NativeEndian.Uint16(rest))
		if size < 4 || size > len(rest) {
			return 0
		}
		if binary.NativeEndian.Uint16(rest[2:]) == diagCgroup && size >= 12 {
			return binary.NativeEndian.Uint64(rest[4:])
		}
		rest = rest[min((size+3)&^3, len(rest)):]
	}
	return 0
}

// cgroupPath finds the control group of a number, which is that of its folder.
func cgroupPath(id uint64) (path string) {
	for _, root := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"} {
		if _, err := os.Stat(filepath.Join(root, "cgroup.procs")); err != nil {
			continue // not the one of cgroup v2
		}
		filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return nil
			}
			info, err := d.Info()
			if err != nil {
				return nil
			}
			if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Ino == id {
				path = strings.TrimPrefix(dir, root)
				return fs.SkipAll
			}
			return nil
		})
	}
	return path
}
