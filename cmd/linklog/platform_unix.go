//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// defaultUser is who linklog runs as when root starts it, as the original did.
const defaultUser = "nobody"

// account is a user that the process can become.
type account struct {
	name     string
	uid, gid int
}

// accountFor finds who the process is to be: who --run-as names, and by default
// defaultUser if root started it; nil: who it is. Only root can become another.
func accountFor(name string) (*account, error) {
	root := os.Getuid() == 0 || os.Geteuid() == 0
	hint := ""
	if name == "" {
		if !root {
			return nil, nil
		}
		name, hint = defaultUser, "; --run-as names a different one (--run-as=root stays root)"
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("--run-as: unknown user %q%s", name, hint)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("--run-as: user %q: %w", name, err)
	}
	if !root {
		if uid == os.Getuid() {
			return nil, nil
		}
		return nil, fmt.Errorf("--run-as: only root can run as another user (%s)", name)
	}
	return &account{name, uid, gid}, nil
}

// staysRoot reports whether root was asked for explicitly.
func (a *account) staysRoot() bool { return a.uid == 0 }

// become makes the process that of a user, its group and no other groups, for good:
// it checks that there is no way back.
func (a *account) become() error {
	if a.staysRoot() {
		return nil
	}
	// The groups first: they cannot be changed once the user is another. On Linux
	// Go does this for every thread of the process.
	if err := syscall.Setgroups([]int{}); err != nil {
		return fmt.Errorf("--run-as: give up the groups of root: %w", err)
	}
	if err := syscall.Setgid(a.gid); err != nil {
		return fmt.Errorf("--run-as: take group %d: %w", a.gid, err)
	}
	if err := syscall.Setuid(a.uid); err != nil {
		return fmt.Errorf("--run-as: become %s: %w", a.name, err)
	}
	if syscall.Setuid(0) == nil || os.Geteuid() != a.uid || os.Getegid() != a.gid {
		return errors.New("--run-as: the rights of root could not be given up")
	}
	return nil
}

// dropTo gives up root for a user ("": the default) and returns his name, "" if
// nothing changed.
func dropTo(name string) (string, error) {
	a, err := accountFor(name)
	if a == nil || err != nil {
		return "", err
	}
	return a.name, a.become()
}

// dropAndDial is dropTo for who follows the service at one of these paths. What it
// returns connects to it as who the process was; nil: that is as who it is.
func dropAndDial(name string, paths []string) (user string, dial dialer, end func(), err error) {
	nothing := func() {}
	a, err := accountFor(name)
	if a == nil || err != nil {
		return "", nil, nothing, err
	}
	if a.staysRoot() {
		return a.name, nil, nothing, nil
	}
	c, err := startConnector(paths)
	if err != nil {
		return "", nil, nothing, fmt.Errorf("start the process that connects for root: %w", err)
	}
	if err := a.become(); err != nil {
		c.close()
		return "", nil, nothing, err
	}
	return a.name, c.dial, c.close, nil
}

// ignoreBrokenPipe lets a write to a closed pipe return an error. By default Go
// ends the process on one to standard output, with the log file half written.
func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }

func isClosedByReader(error) bool { return false }

// reopenOnHangup lets log files be rotated: on SIGHUP the file of that name is
// opened again. If that fails, the old one stays.
func reopenOnHangup(o *output, name string, mode os.FileMode, tell func(string)) (stop func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		for range hangup {
			file, err := openLog(name, mode)
			if err != nil {
				tell(fmt.Sprintf("log file not reopened, still writing to the old one: %v", err))
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

// cannotRotate is what the user of a log file should know: that SIGHUP will not make
// a new one, and what to do instead; "": it will.
func cannotRotate(log *os.File, name string) string {
	info, err := log.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	dir := filepath.Dir(name)
	may := func(what uint32) bool { return unix.Faccessat(unix.AT_FDCWD, dir, what, unix.AT_EACCESS) == nil }
	if may(unix.W_OK | unix.X_OK) {
		return ""
	}
	full, err := filepath.Abs(dir)
	if err != nil {
		full = dir
	}
	who := strconv.Itoa(os.Geteuid())
	if u, err := user.LookupId(who); err == nil {
		who = u.Username
	}
	message := fmt.Sprintf("SIGHUP cannot make a new log file: %s may not write to the folder %s; let logrotate copy it (copytruncate)", who, full)
	if may(unix.X_OK) {
		message += fmt.Sprintf(" or make the new one (create 0640 %s)", who)
	}
	return message
}

// privateMode is the mode of a new file with a log in it, before the umask: what
// root writes is not for all.
func privateMode() os.FileMode {
	if os.Geteuid() == 0 {
		return 0o640
	}
	return 0o644
}

func isPermission(err error) bool { return errors.Is(err, syscall.EACCES) }

func isInUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

func enableColour(*os.File) bool { return true }
