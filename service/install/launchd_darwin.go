package install

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"
)

// launch_activate_socket(3) of the C library, called without cgo in the way of
// golang.org/x/sys/unix: the service stays a program that is built without a compiler for C.
//
//go:cgo_import_dynamic libc_launch_activate_socket launch_activate_socket "/usr/lib/libSystem.B.dylib"

var launchActivateSocketAddr uintptr

//go:linkname callC syscall.syscall
func callC(fn, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno)

// handed takes over the sockets of linklog.plist, each name on its own: one that launchd
// does not know, or could not open, is opened by the service, which needs no right to it.
// Nothing is handed over to a program that launchd did not start.
func handed() (s Sockets, err error) {
	for _, name := range []string{trapSocket, syslogSocket, flowSocket} {
		fds, err := activate(name)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			if err := s.adopt(int(fd), name); err != nil {
				s.close()
				return Sockets{}, fmt.Errorf("socket activation: %q: %w", name, err)
			}
		}
	}
	return s, nil
}

// activate returns the descriptors of the sockets with a name in the plist.
func activate(name string) ([]int32, error) {
	text, err := syscall.BytePtrFromString(name)
	if err != nil {
		return nil, err
	}
	var fds *int32 // an array that is ours: a few bytes, once
	var n uintptr
	// It returns 0 or an error's number; -1 is none, and errno is not set.
	r, _, _ := callC(launchActivateSocketAddr, uintptr(unsafe.Pointer(text)), uintptr(unsafe.Pointer(&fds)), uintptr(unsafe.Pointer(&n)))
	if errno := syscall.Errno(uint32(r)); errno != 0 {
		return nil, errno
	}
	if fds == nil {
		return nil, errors.New("no sockets")
	}
	return unsafe.Slice(fds, n), nil
}
