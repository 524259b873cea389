package install

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// room makes the receive buffer of a socket as large as may be and tells how many
// datagrams it holds.
func room(t *testing.T, f *os.File) int {
	t.Helper()
	fd := int(f.Fd())
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 32<<20) != nil {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 32<<20)
	}
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	if err != nil {
		t.Fatal(err)
	}
	return n / 832
}

// The parent holds the socket, as systemd does; services come and go under 5,000
// datagrams a second, and each one is received by exactly one of them.
func TestRestartUnderLoadLosesNothing(t *testing.T) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f, err := c.File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	const restarts = 20
	// What comes in half a second must find room; systemd may go beyond the system's
	// limit (ReceiveBuffer=), an ordinary user may not.
	rate := min(5000, room(t, f)*2)
	if testing.Short() {
		rate = min(rate, 500) // the race detector makes a service slow to start
	}
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		out, err := net.DialUDP("udp", nil, c.LocalAddr().(*net.UDPAddr))
		if err != nil {
			t.Error(err)
			sent <- 0
			return
		}
		defer out.Close()
		n := 0
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			select {
			case <-stop:
				sent <- n
				return
			case <-tick.C:
				for range max(rate/100, 1) {
					if _, err := fmt.Fprintf(out, "%d", n); err != nil {
						t.Error(err)
					}
					n++
				}
			}
		}
	}()
	got := map[string]int{}
	served := 0
	run := func(last bool) {
		notify := newNotifySocket(t, false)
		var out, errs bytes.Buffer
		cmd := child(t, "receiver", "trap", f)
		cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+notify.address)
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		notify.expect(t, "READY=1")
		time.Sleep(100 * time.Millisecond)
		if last {
			time.Sleep(300 * time.Millisecond) // what waits
		}
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v: %s", err, &errs)
		}
		before := len(got)
		for line := range strings.Lines(out.String()) {
			got[strings.TrimSpace(line)]++
		}
		if len(got) > before {
			served++
		}
	}
	for range restarts {
		run(false)
	}
	close(stop)
	n := <-sent
	run(true)
	for i := range n {
		if times := got[fmt.Sprint(i)]; times != 1 {
			t.Fatalf("datagram %d of %d was received %d times", i, n, times)
		}
	}
	t.Logf("%d datagrams at %d a second, %d services", n, rate, served)
	if served < restarts {
		t.Errorf("only %d of %d services received anything", served, restarts)
	}
}
