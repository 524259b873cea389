// Package plainly says errors of the network in plain words: those of Go's library and
// of the system are for programmers.
package plainly

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// worded is an error in words of ours; errors.Is and errors.As find what it was.
type worded struct {
	text string
	err  error
}

func (e *worded) Error() string { return e.text }

func (e *worded) Unwrap() error { return e.err }

// Error is an error of Go's library in plain words. What is none of the network's, or was
// said plainly before, stays as it is.
func Error(err error) error {
	if _, said := errors.AsType[*worded](err); said {
		return err
	}
	if text := say(err); text != "" {
		return &worded{text, err}
	}
	return err
}

func say(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return sayName(e)
	}
	if e, ok := errors.AsType[*net.AddrError](err); ok {
		if e.Err == "invalid port" {
			return notPort(strings.TrimPrefix(e.Addr, ":"))
		}
		return fmt.Sprintf("%q is not a valid address: %s", e.Addr, e.Err)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return sayPlace(e)
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, fs.ErrNotExist) { // a pipe of Windows
		return "there is no " + e.Path
	}
	return ""
}

// Mistyped reports whether an error is about how an address was written: no network would
// make it right.
func Mistyped(err error) bool {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.Err == "unknown port"
	}
	_, ok := errors.AsType[*net.AddrError](err)
	return ok
}

// sayName says why a name was not found.
func sayName(e *net.DNSError) string {
	switch {
	case e.Err == "unknown port":
		return notPort(e.Name[strings.LastIndexByte(e.Name, '/')+1:])
	case e.IsNotFound:
		return fmt.Sprintf("there is no computer called %q", e.Name)
	case e.Server != "":
		return fmt.Sprintf("%q could not be looked up: the DNS server %s does not answer", e.Name, e.Server)
	}
	return fmt.Sprintf("%q could not be looked up: %s", e.Name, e.Err)
}

func notPort(port string) string {
	return fmt.Sprintf("%q is not a valid port: a port is a number from 0 to 65535", port)
}

// sayPlace says what is wrong with the address or the local socket of an operation.
func sayPlace(e *net.OpError) string {
	cause := Cause(e)
	if e.Addr == nil {
		return cause.Error()
	}
	local := strings.HasPrefix(e.Net, "unix")
	switch {
	case local && (errors.Is(e, fs.ErrNotExist) || errors.Is(e, syscall.ENOTDIR)):
		return fmt.Sprintf("there is no socket %s", e.Addr)
	case local && errors.Is(e, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens on the socket %s", e.Addr)
	case local && errors.Is(e, fs.ErrPermission):
		return fmt.Sprintf("this user may not use the socket %s", e.Addr)
	}
	return fmt.Sprintf("%s: %v", e.Addr, cause)
}

// ErrSilent says that no answer came in time.
var ErrSilent = errors.New("does not answer")

// Cause is what the system says of an error of the network, without what was done when
// it came and with whom.
func Cause(err error) error {
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return ErrSilent
	}
	for {
		switch e := err.(type) {
		case *net.OpError:
			err = e.Err
		case *os.SyscallError:
			err = e.Err
		case *net.DNSError:
			return errors.New(e.Err)
		default:
			return err
		}
	}
}
