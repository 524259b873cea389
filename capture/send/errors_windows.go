package send

import (
	"errors"

	"golang.org/x/sys/windows"
)

// refused tells that the error is the answer of a system on which nobody listens;
// Windows reports it as a connection that was reset.
func refused(err error) bool {
	return errors.Is(err, windows.WSAECONNRESET) || errors.Is(err, windows.WSAECONNREFUSED)
}

// noRoom tells that the system had no room for a datagram, and soon may have.
func noRoom(err error) bool { return errors.Is(err, windows.WSAENOBUFS) }

// tooLong tells that a datagram was longer than the room for it.
func tooLong(err error) bool { return errors.Is(err, windows.WSAEMSGSIZE) }
