//go:build unix

package localsocket

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// Listen makes the local socket. Anybody may connect to it (mode 0666): who may do
// what is decided from Of, because a bare "permission denied" would not tell a
// newcomer what to do.
//
// A folder that is missing is made (mode 0755). One in which other users may make
// or replace files is refused. A socket that nobody listens on any more is
// removed, and nothing else ever is; if somebody does, the error wraps
// EADDRINUSE and says who. A lock file beside the socket, PATH.lock, keeps two
// services that start at once from taking each other's.
func Listen(path string) (net.Listener, error) {
	if err := check(path); err != nil {
		return nil, err
	}
	if err := folder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("local socket %s: %w", path, err)
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	l, err := listen(path)
	if err != nil {
		lock.Close()
		return nil, err
	}
	return &listener{UnixListener: l, lock: lock}, nil
}

// listener holds its lock until it is closed.
type listener struct {
	*net.UnixListener
	lock *os.File
	once sync.Once
}

func (l *listener) Close() error {
	err := l.UnixListener.Close() // which removes the socket
	l.once.Do(func() { l.lock.Close() })
	return err
}

func listen(path string) (*net.UnixListener, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("make the local socket: %w", err)
	}
	// Until here it had the mode the umask left. Nobody else can have put a link in its
	// place: see folder.
	if err := os.Chmod(path, 0o666); err != nil {
		l.Close()
		return nil, fmt.Errorf("open the local socket to others: %w", err)
	}
	return l, nil
}

// folder makes a folder or checks the one there is.
func folder(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.Chmod(dir, 0o755); err != nil { // whatever the umask is
			return err
		}
		info, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case owner(info) != 0 && owner(info) != os.Geteuid():
		return fmt.Errorf("folder %s belongs to user %s, who could put their own socket there: choose a different one", dir, nameOf(owner(info)))
	case othersWrite(info) && info.Mode()&fs.ModeSticky == 0:
		return fmt.Errorf("folder %s can be written to by other users (%s), who could put their own socket there: remove that right or choose a different folder", dir, info.Mode())
	}
	return nil
}

// removeStale removes a socket that was left behind.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("local socket: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("local socket %s: the existing file is not a socket (%s): move it away or choose a different path", path, info.Mode())
	}
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	switch {
	case err == nil:
		defer c.Close()
		return fmt.Errorf("local socket %s: %w: %s", path, unix.EADDRINUSE, holder(c))
	case !errors.Is(err, unix.ECONNREFUSED):
		return fmt.Errorf("local socket: check whether a program is listening: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("local socket: nothing is listening on the existing one any more, but: %w", err)
	}
	return nil
}

// takeLock takes the lock that a service holds while it listens.
func takeLock(path string) (*os.File, error) {
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err == nil {
		if err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			return lock, nil
		}
		lock.Close()
		err = fmt.Errorf("lock %s.lock: %w", path, err)
	}
	if c, e := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"}); e == nil {
		defer c.Close()
		return nil, fmt.Errorf("local socket %s: %w: %s", path, unix.EADDRINUSE, holder(c))
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("local socket %s: %w: a different service is just starting or stopping", path, unix.EADDRINUSE)
	}
	return nil, fmt.Errorf("local socket: %w", err)
}

// holder says who listens.
func holder(c net.Conn) string {
	id, err := Of(c)
	if err != nil {
		return "somebody listens on it"
	}
	if id.Name == "" {
		id.Name = id.UID
	}
	return fmt.Sprintf("process %d of user %s listens on it", id.PID, id.Name)
}

// nameOf is a user's name, or his number.
func nameOf(uid int) string {
	number := strconv.Itoa(uid)
	if name := lookUp(number).name; name != "" {
		return name
	}
	return number
}
