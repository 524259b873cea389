//go:build unix

package hosts

import (
	"errors"
	"syscall"
)

// isReadOnlyFS reports whether a file system is mounted for reading only.
func isReadOnlyFS(err error) bool { return errors.Is(err, syscall.EROFS) }
