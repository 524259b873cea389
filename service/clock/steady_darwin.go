package clock

import "golang.org/x/sys/unix"

// steadyClock also counts while the computer sleeps.
const steadyClock = unix.CLOCK_MONOTONIC_RAW
