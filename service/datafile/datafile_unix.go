//go:build unix

package datafile

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

const windows = false

// access asks the system whether this process may use a file or folder.
func access(path string, info fs.FileInfo, write bool) error {
	mode := uint32(unix.R_OK)
	if write {
		mode = unix.W_OK
	}
	if info.IsDir() {
		mode |= unix.X_OK
	}
	err := unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS)
	if err != nil {
		return &fs.PathError{Op: "access", Path: path, Err: err}
	}
	return nil
}

// accessAs is access for the owner of a folder, by the bits of the mode.
func accessAs(folder, info fs.FileInfo, write bool, path string) error {
	who, ok1 := folder.Sys().(*syscall.Stat_t)
	what, ok2 := info.Sys().(*syscall.Stat_t)
	if !ok1 || !ok2 || who.Uid == 0 {
		return nil
	}
	need := fs.FileMode(4)
	if write {
		need |= 2
	}
	if info.IsDir() {
		need |= 1
	}
	shift := 0
	switch {
	case what.Uid == who.Uid:
		shift = 6
	case what.Gid == who.Gid:
		shift = 3
	}
	if info.Mode().Perm()>>shift&need != need {
		return fs.ErrPermission
	}
	return nil
}

func owner(_ string, info fs.FileInfo) string {
	if info == nil {
		return ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return userName(int(st.Uid))
}

func self() string { return userName(os.Geteuid()) }

func userName(uid int) string {
	id := strconv.Itoa(uid)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

// mend is what the owner, or root, types to let the user in.
func mend(e *Error) string {
	command := "sudo chown "
	switch {
	case e.mine():
		command = "chmod u+rw "
		if e.isFolder {
			command = "chmod u+rwx "
		}
		return command + Quote(e.Path)
	case e.isFolder:
		command += "-R "
	}
	return command + e.User + " " + Quote(e.Path)
}

// shut is what takes away the right of everybody to write.
func shut(e *Error) string {
	command := "chmod o-w " + Quote(e.Path)
	if !e.mine() {
		command = "sudo " + command
	}
	return command
}

// mistrust is what is wrong with whoever may change a file or folder.
func mistrust(info fs.FileInfo) Problem {
	switch st, ok := info.Sys().(*syscall.Stat_t); {
	case ok && st.Uid != 0 && int(st.Uid) != os.Geteuid():
		return Strange
	case info.Mode().Perm()&0o002 != 0:
		return Open
	}
	return 0
}

// IsFull reports whether an error says that there is no room on the disk, or none for this user.
func IsFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

func isReadOnlyDisk(err error) bool { return errors.Is(err, syscall.EROFS) }

// hasNoFiles tells of a disk that is full whether it has bytes left, but no inodes: some
// can be free again by now, as what could not be finished was removed.
func hasNoFiles(path string) bool {
	var s unix.Statfs_t
	if unix.Statfs(path, &s) != nil && unix.Statfs(filepath.Dir(path), &s) != nil {
		return false
	}
	const few, plenty = 16, 64 << 10
	return s.Files > 0 && s.Ffree < few && s.Bavail > 0 && uint64(s.Bavail)*uint64(s.Bsize) >= plenty
}
