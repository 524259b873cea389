//go:build unix

package localsocket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// Dial connects to the service and makes sure that it is the service: the kernel
// says who listens. That must be root (also for systemd, which listens for the
// service), the user himself, or a user whom root let have this path: nobody
// else may be able to make or replace what lies on the way to the socket. So a
// user who puts a socket in a folder open to all is not taken for the service. An
// error without a service wraps fs.ErrNotExist or ECONNREFUSED.
func Dial(ctx context.Context, path string) (net.Conn, error) {
	if err := check(path); err != nil {
		return nil, err
	}
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	uid, _, err := credentials(c)
	if err == nil && uid != 0 && int(uid) != os.Geteuid() {
		err = givenTo(int(uid), path)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("local socket %s: %w: %w", path, ErrNotTrusted, err)
	}
	return c, nil
}

// maxLinks is how many symbolic links are followed, as many as Linux does.
const maxLinks = 40

// givenTo checks that a path, folder by folder and link by link, is in the hands of
// root, the user himself and the user with the number uid. What is not cannot
// be trusted, and what is cannot be changed by others between this look and another.
func givenTo(uid int, path string) error {
	at, rest, links := "/", strings.Split(path, "/"), 0
	for {
		info, err := os.Lstat(at)
		if err != nil {
			return err
		}
		switch mode := info.Mode(); {
		case mode.Type() == fs.ModeSymlink:
			target, err := os.Readlink(at)
			if err != nil {
				return err
			}
			if links++; links > maxLinks {
				return errors.New("too many symbolic links")
			}
			if at = filepath.Dir(at); filepath.IsAbs(target) {
				at = "/"
			}
			rest = append(strings.Split(target, "/"), rest...)
		case mode.Type() == fs.ModeSocket && len(rest) == 0:
			return nil
		case !mode.IsDir():
			return fmt.Errorf("%s is not a folder", at)
		case owner(info) != 0 && owner(info) != uid && owner(info) != os.Geteuid():
			return fmt.Errorf("user %s listens, but the folder %s belongs to user %s", nameOf(uid), at, nameOf(owner(info)))
		case othersWrite(info):
			return fmt.Errorf("user %s listens, but others may write to the folder %s (%s)", nameOf(uid), at, mode)
		}
		for len(rest) > 0 && (rest[0] == "" || rest[0] == ".") {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return fmt.Errorf("%s is not a socket", at)
		}
		at, rest = filepath.Join(at, rest[0]), rest[1:] // ".." too: at has no links
	}
}
