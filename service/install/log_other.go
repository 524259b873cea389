//go:build !darwin

package install

import (
	"io"
	"os"
)

// Log is where the service writes what it logs: stderr, which the service manager keeps.
func Log(stderr *os.File) io.Writer { return stderr }
