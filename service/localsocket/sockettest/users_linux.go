package sockettest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Nobody is a user of whom nobody has heard.
const Nobody = 65534

// NeedRoot skips a test that needs other users.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be other users")
	}
}

// Folder makes a folder that other users can reach, with a short path, as the path of a
// socket has to be.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ll")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// People are a group and users made for one test.
type People struct {
	Group string
	t     testing.TB
}

// New makes a group without members.
func New(t testing.TB) *People {
	t.Helper()
	NeedRoot(t)
	for _, tool := range []string{"groupadd", "groupdel", "useradd", "userdel", "gpasswd"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no users can be made: %v", err)
		}
	}
	p := &People{fmt.Sprint("lltest", os.Getpid()), t}
	t.Cleanup(func() { exec.Command("groupdel", p.Group).Run() })
	p.Run("groupadd", "--system", p.Group)
	return p
}

// Run runs a command that changes users.
func (p *People) Run(args ...string) {
	p.t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// Add makes a user, with options of useradd.
func (p *People) Add(name string, options ...string) (string, *syscall.Credential) {
	p.t.Helper()
	name = p.Group + name
	p.t.Cleanup(func() { exec.Command("userdel", name).Run() })
	p.Run(append(append([]string{"useradd", "--system", "--no-create-home", "--no-user-group", "--gid", "nogroup", "--shell", "/bin/false"}, options...), name)...)
	u, err := user.Lookup(name)
	if err != nil {
		p.t.Fatal(err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		p.t.Fatal(err)
	}
	// Its groups are not those of the process: a session from before it became a member.
	return name, &syscall.Credential{Uid: uint32(uid), Gid: Nobody, Groups: []uint32{}}
}

// Dial connects to a local socket as a user: the system looks at the rights of the thread
// that connects. The thread is given back as it was. It must not end, as it would with a
// goroutine that keeps it: processes that it started, and that are to end with their
// parent (Pdeathsig), would be killed.
func Dial(uid uint32, path string) (net.Conn, error) {
	runtime.LockOSThread()
	if err := become(uid); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	}
	if become(0) == nil {
		runtime.UnlockOSThread()
	}
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	return net.FileConn(file)
}

// become makes this thread, and no other, another user's.
func become(uid uint32) error {
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); errno != 0 {
		return errno
	}
	return nil
}
