//go:build unix

package install

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// notifier speaks sd_notify(3): datagrams of NAME=value lines to the socket systemd
// names in the environment. It is 40 lines; go-systemd would bring D-Bus along.
type notifier struct {
	address  string        // "": nobody listens
	watchdog time.Duration // 0: nobody watches
}

// notifierFromEnv takes what systemd left in the environment out of it: a
// program the service starts (on_alert) must not speak in its name.
func notifierFromEnv() notifier {
	n := notifier{address: os.Getenv("NOTIFY_SOCKET")}
	pid := os.Getenv("WATCHDOG_PID")
	if usec, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64); err == nil && usec > 0 && usec < 1<<50 &&
		(pid == "" || pid == strconv.Itoa(os.Getpid())) {
		n.watchdog = time.Duration(usec) * time.Microsecond
	}
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"} {
		os.Unsetenv(name)
	}
	return n
}

// send is a courtesy: the service works as well when nobody takes it. A new
// socket each time survives a restart of the manager.
func (n notifier) send(state string) {
	if n.address == "" {
		return
	}
	// Go itself turns the @ of an abstract address into a zero byte.
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.address, Net: "unixgram"})
	if err != nil {
		return
	}
	defer c.Close()
	// Where the manager is busy it may take a moment; it must not hold up the service.
	if c.SetWriteDeadline(time.Now().Add(time.Second)) == nil {
		c.Write([]byte(state))
	}
}

// reloading must tell when it began, by the clock systemd reads (CLOCK_MONOTONIC).
func (n notifier) reloading() {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return
	}
	n.send(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", now.Nano()/1000))
}

// watch answers the watchdog, at half of its time, until done is closed.
func (n notifier) watch(done <-chan struct{}, alive func() bool) {
	if n.watchdog <= 0 {
		return
	}
	tick := time.NewTicker(max(n.watchdog/2, time.Millisecond))
	defer tick.Stop()
	for {
		if alive() {
			n.send("WATCHDOG=1")
		}
		select {
		case <-done:
			return
		case <-tick.C:
		}
	}
}
