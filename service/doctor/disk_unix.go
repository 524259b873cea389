//go:build unix

package doctor

import "golang.org/x/sys/unix"

// freeSpace is the room on the disk with a folder for users other than root, in bytes.
func freeSpace(folder string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
