//go:build unix

package settings

import (
	"syscall"
	"time"
)

// cpu is the processor time this process has used: unlike the clock it does not count what others
// do meanwhile.
func cpu() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
