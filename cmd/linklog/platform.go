package main

import (
	"context"
	"net"
)

// dialer connects to the service.
type dialer func(context.Context) (net.Conn, error)

// What differs between systems lies in platform_*.go, the same functions in each:
//
//	dropTo(user)            gives up root for good; "" is the default user
//	dropAndDial(user, p)    the same, with a way to connect to the service at the paths p as before
//	connectorCommand()      is that way, if it is a process of its own
//	ignoreBrokenPipe()      makes a write to a closed pipe an error, not the end
//	reopenOnHangup(o, f, …) reopens the log file f of o on SIGHUP; returns its end
//	cannotRotate(file, f)   says if that will not work, and what to do
//	privateMode()           of a new file with a log in it
//	isBrokenPipe's twin     isClosedByReader(err)
//	isPermission, isInUse   of the error of opening a port
//	raiseBuffer             how a person can have a larger receive buffer
//	enableColour(f)         makes a terminal take colours
