package service

import (
	"time"

	"golang.org/x/sys/unix"
)

// booted is when this machine started, to a second or two.
func booted() time.Time {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return time.Time{}
	}
	return time.Now().Add(-time.Duration(info.Uptime) * time.Second)
}
