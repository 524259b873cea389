//go:build unix

package instance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

var errLocked = errors.New("locked by another process")

// Path is where the socket of this user's app is. A $XDG_RUNTIME_DIR of another user,
// as su and sudo leave it, does not count.
func Path() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) && ours(dir) == nil {
		return filepath.Join(dir, "linklog", "app.sock")
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "linklog", "app.sock")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("linklog-%d", os.Getuid()), "app.sock")
}

// maxPath is how long the path of a socket may be: sun_path of macOS, with its NUL.
const maxPath = 103

// prepare makes the folder of a socket. In one of others, or into which others may
// write, someone could put a socket of his own there.
func prepare(path string) error {
	if len(path) > maxPath {
		return fmt.Errorf("%s: the path of a socket has at most %d bytes: set $XDG_RUNTIME_DIR to a shorter one", path, maxPath)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return ours(dir)
}

func ours(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir() || !ok:
		return fmt.Errorf("%s is not a folder", dir)
	case int(owner.Uid) != os.Geteuid():
		return fmt.Errorf("folder %s belongs to user %d, not to you", dir, owner.Uid)
	case info.Mode()&0o022 != 0:
		return fmt.Errorf("folder %s can be written to by other users (%s): chmod go-w", dir, info.Mode())
	}
	return nil
}

func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, err
	}
	return f, nil
}

// listen is called with the lock held: a socket that is there is nobody's.
func listen(path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	return net.Listen("unix", path)
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", path)
}
