// Package overssh reaches the local socket of a service on a different computer by the
// user's own ssh (OpenSSH), with their keys, agent and settings. Dial starts it, and it runs
// there "linklog service dial", which greets and then joins its standard input and output to the
// socket: see Join. A connection is one process. Nothing listens for this, nothing but ssh is
// asked who somebody is, and who may do what is decided there by the login, as for any user of
// that computer.
package overssh

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"linklog/phrase"
)

const (
	// loginWithin bounds a try to connect, until the other end greets. Small computers take
	// seconds for the keys.
	loginWithin = 20 * time.Second

	// endsWithin is how long it is waited for why a connection ended.
	endsWithin = time.Second
)

// options are what ssh is to do whatever its settings say. What they say of keys, names,
// jumps and shared connections counts.
var options = []string{
	"BatchMode=yes", // never wait for somebody who types
	"LogLevel=ERROR",
	"ConnectTimeout=10",
	// A connection without a network ends in a minute, also when nobody waits for it any more.
	"ServerAliveInterval=15", "ServerAliveCountMax=3",
	// Two at once would not both have them.
	"ClearAllForwardings=yes", "PermitLocalCommand=no",
	"RemoteCommand=none",
}

// arguments are those of ssh. Host was checked by Parse; what stands behind -- is no option.
func (h Host) arguments() []string {
	args := []string{"-T", "-a", "-x"}
	for _, o := range options {
		args = append(args, "-o", o)
	}
	if h.Port != 0 {
		args = append(args, "-p", strconv.Itoa(int(h.Port)))
	}
	if h.User != "" {
		args = append(args, "-l", h.User)
	}
	return append(args, "--", h.Name, "linklog", "service", "dial")
}

// Dial connects to the service of a host. What goes wrong is an *Error.
func Dial(ctx context.Context, h Host) (net.Conn, error) {
	program, err := exec.LookPath("ssh")
	if err != nil {
		return nil, &Error{Kind: NoSSH, Host: h, Err: err}
	}
	c, err := start(program, h)
	if err != nil {
		return nil, &Error{Kind: NoSSH, Host: h, Err: err}
	}
	greeted := make(chan error, 1)
	go func() { greeted <- readGreeting(c.in) }()
	within := time.NewTimer(loginWithin)
	defer within.Stop()
	select {
	case err = <-greeted:
	case <-within.C:
		err = phrase.Say("no answer within {{.Time}}", "Time", loginWithin)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		return c, nil
	}
	if errors.Is(err, io.EOF) {
		c.wait(endsWithin) // it says why
	}
	_ = c.cmd.Process.Kill()
	_ = c.Close()
	switch refused := (*greetingError)(nil); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &refused):
		return nil, &Error{Kind: refused.kind, Host: h, Err: refused}
	case errors.Is(err, io.EOF):
		return nil, c.why()
	}
	return nil, &Error{Kind: Unreachable, Host: h, Err: err}
}

// conn is a connection: a process of ssh.
type conn struct {
	host   Host
	cmd    *exec.Cmd
	out    *os.File // its standard input
	stdout *os.File
	in     *bufio.Reader // of stdout
	said   said
	ended  chan struct{} // closed when the process is gone
	err    error         // of the process, once it is gone
	close  sync.Once
}

func start(program string, h Host) (*conn, error) {
	c := &conn{host: h, cmd: exec.Command(program, h.arguments()...), ended: make(chan struct{})}
	its, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer its.Close()
	stdout, itsOut, err := os.Pipe()
	if err != nil {
		ours.Close()
		return nil, err
	}
	defer itsOut.Close()
	c.out, c.stdout, c.in = ours, stdout, bufio.NewReaderSize(stdout, maxLine)
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = its, itsOut, &c.said
	// A jump to the next host does not know of BatchMode.
	c.cmd.Env = append(os.Environ(), "SSH_ASKPASS_REQUIRE=never")
	c.cmd.WaitDelay = endsWithin // what keeps a connection for others may keep its standard error
	apart(c.cmd)
	if err := c.cmd.Start(); err != nil {
		ours.Close()
		stdout.Close()
		return nil, err
	}
	go func() {
		c.err = c.cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// wait waits a while for the end of the process.
func (c *conn) wait(d time.Duration) (ended bool) {
	within := time.NewTimer(d)
	defer within.Stop()
	select {
	case <-c.ended:
		return true
	case <-within.C:
		return false
	}
}

// why is why there is no connection, or none any more.
func (c *conn) why() error {
	if !c.wait(endsWithin) {
		return &Error{Kind: Other, Host: c.host, Err: phrase.Say("ssh does not end")}
	}
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(c.err, &exit) {
		code = exit.ExitCode()
	}
	return reason(c.host, code, c.said.String())
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if err == io.EOF {
		err = c.lost(err)
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	if err != nil && !errors.Is(err, os.ErrClosed) {
		err = c.lost(err)
	}
	return n, err
}

// sshFailed is the exit code of ssh for what went wrong with itself.
const sshFailed = 255

// lost is the error of a connection that ended: what ssh says about it, if it was ssh and
// not the service.
func (c *conn) lost(err error) error {
	if exit := (*exec.ExitError)(nil); c.wait(endsWithin) && errors.As(c.err, &exit) && exit.ExitCode() == sshFailed {
		return reason(c.host, sshFailed, c.said.String())
	}
	return err
}

// Close ends the connection: the other end ends as it can read no more, and ssh with it.
func (c *conn) Close() error {
	c.close.Do(func() {
		c.out.Close()
		c.release()
	})
	return nil
}

// place is the address of a connection.
type place struct{ host Host }

func (place) Network() string  { return "ssh" }
func (p place) String() string { return p.host.String() }

func (c *conn) LocalAddr() net.Addr  { return place{} }
func (c *conn) RemoteAddr() net.Addr { return place{c.host} }

// There are no deadlines: who waits for too long closes the connection.

func (c *conn) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (c *conn) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (c *conn) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
