//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"os/user"
	"strconv"
	"syscall"
)

// defaultUser is who linklog runs as when root starts it, as the original did.
const defaultUser = "nobody"

// dropTo makes the process that of another user, group and no other groups, for
// good: it checks that there is no way back. It returns the user's name, "" if
// nothing changed. Only root can do it; others may only name themselves.
func dropTo(name string) (string, error) {
	root := os.Getuid() == 0 || os.Geteuid() == 0
	if name == "" {
		if !root {
			return "", nil
		}
		name = defaultUser
	}
	u, err := user.Lookup(name)
	if err != nil {
		return "", fmt.Errorf("--run-as: unknown user %q", name)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return "", fmt.Errorf("--run-as: user %q: %w", name, err)
	}
	if !root {
		if uid == os.Getuid() {
			return "", nil
		}
		return "", fmt.Errorf("--run-as: only root can run as another user (%s)", name)
	}
	if uid == 0 {
		return name, nil // asked for in so many words
	}
	// The groups first: they cannot be changed once the user is another. On Linux
	// Go does this for every thread of the process.
	if err := syscall.Setgroups([]int{}); err != nil {
		return "", fmt.Errorf("--run-as: give up the groups of root: %w", err)
	}
	if err := syscall.Setgid(gid); err != nil {
		return "", fmt.Errorf("--run-as: take group %d: %w", gid, err)
	}
	if err := syscall.Setuid(uid); err != nil {
		return "", fmt.Errorf("--run-as: become %s: %w", name, err)
	}
	if syscall.Setuid(0) == nil || os.Geteuid() != uid || os.Getegid() != gid {
		return "", errors.New("--run-as: the rights of root could not be given up")
	}
	return name, nil
}

// ignoreBrokenPipe lets a write to a closed pipe return an error. By default Go
// ends the process on one to standard output, with the log file half written.
func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }

func isClosedByReader(error) bool { return false }

// reopenOnHangup lets log files be rotated: on SIGHUP the file of that name is
// opened anew. If that fails, the old one stays.
func reopenOnHangup(o *output, name string, tell func(string)) (stop func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		for range hangup {
			file, err := openLog(name)
			if err != nil {
				tell(fmt.Sprintf("log file not reopened, the old one stays: %v", err))
				continue
			}
			o.reopen(file)
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(hangup)
	}
}

func isPermission(err error) bool { return errors.Is(err, syscall.EACCES) }

func isInUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

func enableColour(*os.File) bool { return true }
