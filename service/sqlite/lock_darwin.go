package sqlite

import "golang.org/x/sys/unix"

// setLock: the lock is the process's. It goes when the process closes any handle of the
// file, and nobody else opens it here.
const setLock = unix.F_SETLK
