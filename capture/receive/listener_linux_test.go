package receive

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A socket that the service manager opened may have a larger buffer than we may ask
// for: asking for even more must not make it smaller.
func TestBufferBeyondTheLimitIsKept(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 32<<20) != nil {
		t.Skip("only root may go beyond the limit")
	}
	type answer struct {
		buffer int
		err    error
	}
	done := make(chan answer)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends without its rights
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			done <- answer{err: err}
			return
		}
		buffer, err := growBuffer(fd, 512<<20)
		done <- answer{buffer, err}
	}()
	switch a := <-done; {
	case a.err != nil:
		t.Fatal(a.err)
	case a.buffer < 64<<20:
		t.Errorf("%d bytes, had %d", a.buffer, 64<<20)
	}
}
