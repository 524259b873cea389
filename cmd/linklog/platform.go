package main

// What differs between systems lies in platform_*.go, the same functions in each:
//
//	dropTo(user)            gives up root for good; "" is the default user
//	ignoreBrokenPipe()      makes a write to a closed pipe an error, not the end
//	reopenOnHangup(o, f, t) reopens the log file f of o on SIGHUP; returns its end
//	isBrokenPipe's twin     isClosedByReader(err)
//	isPermission, isInUse   of the error of opening a port
//	raiseBuffer             how a person can have a larger receive buffer
//	enableColour(f)         makes a terminal take colours
