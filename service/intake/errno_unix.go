//go:build unix

package intake

import (
	"errors"
	"syscall"
)

const errAccess = syscall.EACCES

func isInUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

func isNoAddress(err error) bool { return errors.Is(err, syscall.EADDRNOTAVAIL) }
