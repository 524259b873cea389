//go:build unix

package install

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestActivated(t *testing.T) {
	files, ports, path := listeners(t)
	for range 2 { // the second finds the sockets open and the local one's file in place
		cmd := child(t, "activated", "trap:flows:api", files...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for _, to := range ports {
			all.Go(func() {
				c, err := net.DialUDP("udp", nil, to)
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				c.SetDeadline(time.Now().Add(time.Minute))
				buf := make([]byte, 99)
				fmt.Fprint(c, "ping")
				if n, err := c.Read(buf); err != nil || string(buf[:n]) != "PING" {
					t.Errorf("%v: %q, %v", to, buf[:n], err)
				}
			})
		}
		all.Go(func() {
			c, err := net.Dial("unix", path)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(time.Minute))
			if line, err := bufio.NewReader(c).ReadString('\n'); line != "hello\n" {
				t.Errorf("%q, %v", line, err)
			}
		})
		all.Wait()
		if err := cmd.Wait(); err != nil || out.String() != "2 true\n" {
			t.Fatalf("%v: %s%s", err, &out, &errs)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error("the service removed the manager's socket:", err)
		}
	}
}

func TestActivatedRefuses(t *testing.T) {
	files, _, _ := listeners(t)
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	onTCP, err := tcp.File()
	if err != nil {
		t.Fatal(err)
	}
	defer onTCP.Close()
	udp, local := files[0], files[2]
	for _, test := range []struct {
		name, names, want string
		files             []*os.File
	}{
		{"too few names", "trap", "2 sockets, but 1 names", []*os.File{udp, local}},
		{"another name", "trap:stored", `socket 4, "stored": unknown name`, []*os.File{udp, local}},
		{"a stream for traps", "trap", "socket 3", []*os.File{local}},
		{"datagrams for the local socket", "api", "socket 3", []*os.File{udp}},
		{"TCP for the local socket", "api", "not a local socket", []*os.File{onTCP}},
		{"two local sockets", "api:api", "more than one", []*os.File{local, local}},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := child(t, "activated", test.names, test.files...).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "socket activation: ") || !strings.Contains(string(out), test.want) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestActivatedWithoutSockets(t *testing.T) {
	for name, env := range map[string][]string{
		"nothing":         nil,
		"another process": {"LISTEN_PID=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=trap"},
		"none":            {"LISTEN_FDS=0"},
		"no number":       {"LISTEN_FDS=x"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := child(t, "activated", "")
			if name == "another process" || name == "nothing" {
				cmd = exec.Command(cmd.Args[len(cmd.Args)-1])
				cmd.Env = append(os.Environ(), as+"=activated")
			}
			cmd.Env = append(cmd.Env, env...)
			if out, err := cmd.CombinedOutput(); err != nil || string(out) != "0 false\n" {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
