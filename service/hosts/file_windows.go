package hosts

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isReadOnlyFS reports whether a disk is protected against writing.
func isReadOnlyFS(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
