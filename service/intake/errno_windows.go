package intake

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Windows says so, too, when another program holds a port for itself alone
// (SO_EXCLUSIVEADDRUSE).
const errAccess = windows.WSAEACCES

func isInUse(err error) bool { return errors.Is(err, windows.WSAEADDRINUSE) }

func isNoAddress(err error) bool { return errors.Is(err, windows.WSAEADDRNOTAVAIL) }
