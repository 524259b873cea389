//go:build unix

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"linklog/service/client"
)

// connector is a process of root's for a linklog that gave up root's rights: the
// service asks the kernel who connected, and would refuse no one when the follower
// comes back after a restart of the service. The process does one thing: on each
// byte that it reads from its socket it connects to the service and hands over the
// connection (unix(7), SCM_RIGHTS). It takes no paths, reads nothing from the
// network, and ends with the linklog that started it.
type connector struct {
	cmd   *exec.Cmd
	paths []string // for when the process is gone

	mu       sync.Mutex
	requests *net.UnixConn // nil: the process is gone
}

// connectorName is the command that the process runs.
const connectorName = "connector"

// connectorFD is the number of its socket: the first after the usual three.
const connectorFD = 3

// connectWithin bounds the wait for a connection: more than the process takes itself.
const connectWithin = 10 * time.Second

// startConnector starts the process, which connects to one of these paths.
func startConnector(paths []string) (*connector, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ours, its, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer its.Close()
	defer ours.Close()
	c := &connector{paths: paths, cmd: exec.Command(self, append([]string{connectorName, "--"}, paths...)...)}
	c.cmd.Dir, c.cmd.Env = "/", []string{}
	c.cmd.ExtraFiles = []*os.File{its}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C on the terminal is not for it
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, err
	}
	c.requests = conn.(*net.UnixConn) // a socket of AF_UNIX was made above
	if err := c.cmd.Start(); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// socketPair makes two ends of a connection that no other program inherits.
func socketPair() (a, b *os.File, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
	return os.NewFile(uintptr(fds[0]), "connector"), os.NewFile(uintptr(fds[1]), "requests"), nil
}

// close ends the process.
func (c *connector) close() {
	c.mu.Lock()
	c.forget()
	c.mu.Unlock()
	c.cmd.Wait() // all it has to do is end
}

// forget gives the process up; mu is held.
func (c *connector) forget() {
	if c.requests != nil {
		c.requests.Close()
		c.requests = nil
	}
}

// dial asks the process for a connection. Without it the caller is who he is now.
func (c *connector) dial(ctx context.Context) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.requests == nil {
		return client.Dial(ctx, c.paths)
	}
	if err := c.requests.SetDeadline(time.Now().Add(connectWithin)); err != nil {
		return nil, err
	}
	conn, refused, err := request(c.requests)
	if err != nil { // what comes next on this socket would belong to this question
		c.forget()
		return nil, fmt.Errorf("the process that connects for root is gone: %w", err)
	}
	if refused != "" {
		return nil, fmt.Errorf("%w: %s", client.ErrNoService, refused)
	}
	return conn, nil
}

// request is one question and its answer: a connection, or why there is none. The
// answer is the length of a text and the text; a connection comes with no text.
func request(c *net.UnixConn) (conn net.Conn, refused string, err error) {
	if _, err := c.Write([]byte{0}); err != nil {
		return nil, "", err
	}
	var length [2]byte
	oob := make([]byte, syscall.CmsgSpace(4))
	n, oobn, _, _, err := c.ReadMsgUnix(length[:], oob)
	if err != nil {
		return nil, "", err
	}
	if _, err := io.ReadFull(c, length[n:]); err != nil {
		return nil, "", err
	}
	text := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, text); err != nil {
		return nil, "", err
	}
	if len(text) > 0 {
		return nil, string(text), nil
	}
	messages, err := syscall.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(messages) != 1 {
		return nil, "", fmt.Errorf("no connection in its answer (%d messages, %w)", len(messages), err)
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, "", fmt.Errorf("no connection in its answer (%d files, %w)", len(fds), err)
	}
	syscall.CloseOnExec(fds[0])
	file := os.NewFile(uintptr(fds[0]), "service")
	defer file.Close()
	conn, err = net.FileConn(file)
	return conn, "", err
}

// connectorCommand is what the process runs; no one else has a use for it.
func connectorCommand() *cobra.Command {
	return &cobra.Command{
		Use:    connectorName,
		Hidden: true,
		RunE: func(cmd *cobra.Command, paths []string) error {
			file := os.NewFile(connectorFD, "requests")
			conn, err := net.FileConn(file)
			file.Close()
			requests, ok := conn.(*net.UnixConn)
			if err != nil || !ok || len(paths) == 0 {
				return usageError{errors.New("linklog starts this command itself")}
			}
			defer requests.Close()
			return connectFor(cmd.Context(), requests, paths)
		},
	}
}

// connectFor answers questions until who asks them is gone.
func connectFor(ctx context.Context, requests *net.UnixConn, paths []string) error {
	for {
		if _, err := io.ReadFull(requests, make([]byte, 1)); err != nil {
			return nil
		}
		answer, rights := []byte{0, 0}, []byte(nil)
		conn, err := client.Dial(ctx, paths)
		var file *os.File
		if err == nil {
			file, err = conn.(*net.UnixConn).File()
			conn.Close()
		}
		if err == nil {
			rights = syscall.UnixRights(int(file.Fd()))
		} else {
			text := strings.TrimPrefix(err.Error(), client.ErrNoService.Error()+": ")
			text = text[:min(len(text), 1<<12)]
			answer = append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)
		}
		_, _, err = requests.WriteMsgUnix(answer, rights, nil)
		file.Close()
		if err != nil {
			return nil
		}
	}
}
