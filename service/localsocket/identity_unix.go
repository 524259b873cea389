//go:build unix

package localsocket

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// rights come with the user's number here.
type rights struct{}

// nobody is the user the kernel names for users of other user namespaces (in
// containers), whoever they are.
const nobody = 65534

func of(c net.Conn) (Identity, error) {
	uid, pid, err := credentials(c)
	if err != nil {
		return Identity{}, fmt.Errorf("find out who is at the other end: %w", err)
	}
	id := Identity{UID: strconv.FormatUint(uint64(uid), 10), PID: pid}
	id.Name = users.get(id.UID, time.Now(), lookUp).name
	return id, nil
}

// credentials asks the kernel who connected, or who listens.
func credentials(c net.Conn) (uid uint32, pid int, err error) {
	local, ok := c.(*net.UnixConn)
	if !ok {
		return 0, 0, fmt.Errorf("%T is not a local socket", c)
	}
	raw, err := local.SyscallConn()
	if err != nil {
		return 0, 0, err
	}
	var asked error
	if err := raw.Control(func(fd uintptr) { uid, pid, asked = peerOf(int(fd)) }); err != nil {
		return 0, 0, err
	}
	if asked == nil && uid == ^uint32(0) {
		asked = errors.New("the kernel does not know") // its value for "none"
	}
	if errors.Is(asked, syscall.ENOTCONN) {
		asked = fmt.Errorf("already gone: %w", asked)
	}
	return uid, pid, asked
}

// name is what the user is called now: a number may have got another since.
func (rights) name(id Identity, group string) string {
	return cmp.Or(users.get(id.UID, time.Now(), lookUp).name, elsewhere.known(id.UID, group).name)
}

// ask asks the system about a user, if the files do not name him or do not let him in;
// false: there is nothing to be asked.
func (rights) ask(uid, group string, refused bool) bool {
	if !refused && users.get(uid, time.Now(), lookUp).name != "" {
		return false
	}
	elsewhere.ask(uid, group)
	return true
}

func (rights) administer(uid string) bool {
	if uid == "0" {
		return true
	}
	self := os.Geteuid()
	return self != nobody && uid == strconv.Itoa(self)
}

func (rights) view(uid, group string) bool {
	now := time.Now()
	gid := groups.get(group, now, func(name string) string {
		g, err := user.LookupGroup(name)
		if err != nil {
			return ""
		}
		return g.Gid
	})
	return gid != "" && slices.Contains(users.get(uid, now, lookUp).groups, gid) || elsewhere.known(uid, group).member
}

func sameName(a, b string) bool { return a == b }

// The user database is the machine's, and so is what is kept of it.
var (
	users  cache[account]
	groups cache[string] // numbers by name, "" for none

	elsewhere directory // users who are in no file
)

// account is what the database knows about a user; the zero account: nothing.
type account struct {
	name   string
	groups []string // numbers, that of the primary group too
}

func lookUp(uid string) account {
	u, err := user.LookupId(uid)
	if err != nil {
		return account{}
	}
	all, err := u.GroupIds()
	if err != nil {
		all = []string{u.Gid}
	}
	return account{name: u.Username, groups: all}
}
