package instance

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

var errLocked = errors.New("locked by another process")

// Path is where the lock of this user's app is.
func Path() string {
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "LinkLog", "app")
	}
	return filepath.Join(os.TempDir(), "LinkLog", "app")
}

// prepare makes the folder of the lock, in the profile of the user.
func prepare(path string) error { return os.MkdirAll(filepath.Dir(path), 0o700) }

// lockFile opens a file that no one else may open meanwhile.
func lockFile(path string) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_ALWAYS, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return nil, errLocked
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), path), nil
}

// pipe is the name of the pipe of this user.
func pipe() (name, sid string, err error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", "", err
	}
	sid = user.User.Sid.String()
	return `\\.\pipe\linklog-app-` + sid, sid, nil
}

// listen makes a pipe for programs of this user only, and not over the network.
func listen(string) (net.Listener, error) {
	name, sid, err := pipe()
	if err != nil {
		return nil, err
	}
	return winio.ListenPipe(name, &winio.PipeConfig{SecurityDescriptor: "D:P(D;;GA;;;NU)(A;;GA;;;" + sid + ")"})
}

func dial(ctx context.Context, _ string) (net.Conn, error) {
	name, _, err := pipe()
	if err != nil {
		return nil, err
	}
	return winio.DialPipeContext(ctx, name)
}
