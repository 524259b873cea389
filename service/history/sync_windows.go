package history

import (
	"errors"
	"syscall"
)

// syncDir does nothing: NTFS keeps its journal by itself, and folders cannot be
// flushed.
func syncDir(string) error { return nil }

// isReadOnlyFS reports whether a medium is write-protected (ERROR_WRITE_PROTECT).
func isReadOnlyFS(err error) bool { return errors.Is(err, syscall.Errno(19)) }
