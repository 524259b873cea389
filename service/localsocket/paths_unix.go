//go:build unix

package localsocket

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

func systemPaths() []string { return []string{systemPath} }

// SystemPath is where the service listens unless it is told otherwise or is handed
// a socket.
func SystemPath() string { return systemPath }

// UserPath is the socket of a service that runs as part of the user's own program:
// $XDG_RUNTIME_DIR/linklog/linklog.sock, else in the folder for caches; "" if the
// user has neither. A $XDG_RUNTIME_DIR of another user, as su leaves it, does not count.
func UserPath() string {
	if path := socketIn(os.Getenv("XDG_RUNTIME_DIR")); path != "" {
		return path
	}
	return cachePath()
}

// otherUserPaths are UserPath of a desktop and of systemd's units, as seen by cron and su,
// which have no $XDG_RUNTIME_DIR, and the other way round.
func otherUserPaths() []string {
	return []string{socketIn(filepath.Join("/run/user", strconv.Itoa(os.Geteuid()))), cachePath()}
}

// socketIn is the socket in a folder such as $XDG_RUNTIME_DIR, "" if it is not the user's.
func socketIn(dir string) string {
	if info, err := os.Stat(dir); err != nil || !filepath.IsAbs(dir) || !info.IsDir() || owner(info) != os.Geteuid() || othersWrite(info) {
		return ""
	}
	return filepath.Join(dir, "linklog", "linklog.sock")
}

func cachePath() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "linklog", "linklog.sock")
}

// check refuses a path that names no socket in a folder: "@name" would be one that
// every program of the machine can take (unix(7), abstract).
func check(path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("local socket %q: not an absolute path", path)
	}
	if len(path) > maxPath {
		return fmt.Errorf("local socket %s: the path has %d bytes, a socket's may have %d: choose a shorter one", path, len(path), maxPath)
	}
	return nil
}

// owner is the number of the user whose a file is.
func owner(info os.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

// othersWrite reports whether others than its owner may change what is in a folder.
func othersWrite(info os.FileInfo) bool { return info.Mode()&0o022 != 0 }
