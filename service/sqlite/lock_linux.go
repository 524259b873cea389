package sqlite

import "golang.org/x/sys/unix"

// setLock: the lock is the open file's and not the process's, so that a second part of it in
// this process is kept out, too.
const setLock = unix.F_OFD_SETLK
