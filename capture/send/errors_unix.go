//go:build !windows

package send

import (
	"errors"
	"syscall"
)

// refused tells that the error is the answer of a system on which nobody listens.
func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// noRoom tells that the system had no room for a datagram, and soon may have.
func noRoom(err error) bool { return errors.Is(err, syscall.ENOBUFS) }

// tooLong tells that a datagram was longer than the room for it; elsewhere than on
// Windows that is no error.
func tooLong(error) bool { return false }
