package port

import (
	"io/fs"
	"os/user"
	"strconv"
	"syscall"
)

// owner is the name, or else the number, of the user a process belongs to.
func owner(proc fs.FileInfo) string {
	stat, ok := proc.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	uid := strconv.Itoa(int(stat.Uid))
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	return uid
}
