//go:build unix

package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// newSteady gives a time that passes by itself, whatever the clock is set to, also
// while the computer sleeps or a container is paused. Go's own stands still meanwhile.
func newSteady() func() time.Duration {
	begun := time.Now()
	return func() time.Duration {
		var t unix.Timespec
		if unix.ClockGettime(steadyClock, &t) != nil {
			return time.Since(begun) // a sandbox without that clock
		}
		return time.Duration(t.Nano())
	}
}
