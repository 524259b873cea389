//go:build unix

package install

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/receive"
)

// children are what the test program can be when it runs itself.
var children = map[string]func() error{
	"activated": activated,
	"receiver":  receiver,
	"service":   plainService,
}

// child returns a command that runs the test program as one of children, with
// these files as descriptors 3, 4, … and, as systemd sets them after the fork,
// the variables of socket activation with the child's own number.
func child(t *testing.T, name, fdnames string, files ...*os.File) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0"`, self)
	cmd.Env = append(os.Environ(), as+"="+name, "GORACE=atexit_sleep_ms=0", fmt.Sprintf("LISTEN_FDS=%d", len(files)), "LISTEN_FDNAMES="+fdnames)
	cmd.ExtraFiles = files
	return cmd
}

// activated prints what it was given, answers one caller on the local socket and
// sends one datagram back on each of the others.
func activated() error {
	given, err := Activated()
	if err != nil {
		return err
	}
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "LISTEN_") {
			return fmt.Errorf("left in the environment: %s", v)
		}
	}
	if again, err := Activated(); len(again.UDP)+len(again.TCP) != 0 || again.API != nil || err != nil {
		return errors.New("there is something the second time")
	}
	for fd := 3; fd < 8; fd++ {
		// What Go made of them is not inherited either.
		if out, _ := exec.Command("/bin/sh", "-c", fmt.Sprintf("test -e /dev/fd/%d && ls -l /proc/self/fd/%[1]d", fd)).Output(); bytes.Contains(out, []byte("socket:")) {
			return fmt.Errorf("descriptor %d goes on to children", fd)
		}
	}
	for _, c := range given.UDP {
		buf := make([]byte, 99)
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return err
		}
		if _, err := c.WriteToUDPAddrPort(bytes.ToUpper(buf[:n]), from); err != nil {
			return err
		}
		c.Close()
	}
	if api := given.API; api != nil {
		c, err := api.Accept()
		if err != nil {
			return err
		}
		fmt.Fprintln(c, "hello")
		c.Close()
		api.Close()
	}
	fmt.Printf("%d %v\n", len(given.UDP), given.API != nil)
	return nil
}

// receiver prints every datagram, until it is told to stop.
func receiver() error {
	return Run(context.Background(), "linklog", func(ctx context.Context, m *Manager) error {
		given, err := Activated()
		if err != nil {
			return err
		}
		l, err := receive.Listen(ctx, receive.Options{Conns: given.UDP})
		if err != nil {
			return err
		}
		defer l.Close()
		m.Ready()
		out := bufio.NewWriter(os.Stdout)
		defer out.Flush()
		return l.Receive(ctx, func(batch []capture.Datagram) {
			for _, d := range batch {
				out.Write(append(d.Data, '\n'))
			}
		})
	})
}

// plainService prints what happens to it.
func plainService() error {
	return Run(context.Background(), "linklog", func(ctx context.Context, m *Manager) error {
		if os.Getenv("NOTIFY_SOCKET")+os.Getenv("WATCHDOG_USEC") != "" {
			return errors.New("the manager's socket is left in the environment")
		}
		fmt.Println("starts")
		m.Say("opens\nREADY=1")
		m.Ready()
		m.Ready() // counts once
		ill := make(chan struct{})
		m.Watch(func() bool {
			select {
			case <-ill:
				return false
			default:
				return true
			}
		})
		for {
			select {
			case done := <-m.Reloads():
				fmt.Println("reloads")
				time.Sleep(50 * time.Millisecond)
				done()
			case <-ctx.Done():
				fmt.Println("stops")
				if os.Getenv("LINKLOG_TEST_FAIL") != "" {
					return errors.New("it went wrong")
				}
				return nil
			case <-time.After(300 * time.Millisecond):
				select {
				case <-ill:
				default:
					if os.Getenv("LINKLOG_TEST_ILL") != "" {
						close(ill)
					}
				}
			}
		}
	})
}

// listeners opens the sockets a manager would: two for traps, one local.
func listeners(t *testing.T) (files []*os.File, ports []*net.UDPAddr, path string) {
	t.Helper()
	for _, host := range []string{"127.0.0.1", "127.0.0.1"} {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(host)})
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.File()
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		files, ports = append(files, f), append(ports, c.LocalAddr().(*net.UDPAddr))
	}
	path = shortDir(t) + "/s"
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	files = append(files, f)
	t.Cleanup(func() {
		for _, f := range files {
			f.Close()
		}
	})
	return files, ports, path
}

// shortDir is a folder for sockets, whose paths may have some 100 bytes only.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ll")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// lines sends the lines that are read into a channel.
func lines(r io.Reader) <-chan string {
	ch := make(chan string, 100)
	go func() {
		defer close(ch)
		for s := bufio.NewScanner(r); s.Scan(); {
			ch <- s.Text()
		}
	}()
	return ch
}
