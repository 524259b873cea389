package localsocket

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// connectRights are what a client needs, and all it gets: to read, to write and to
// see whose the pipe is. GENERIC_WRITE has one right more, FILE_CREATE_PIPE_INSTANCE,
// with which a user could serve our name to others.
const connectRights = 0x0012019b

// serviceAccount is the account of the service itself, besides LocalService, which
// others run as too. It exists while the service is installed.
const serviceAccount = `NT SERVICE\LinkLog`

// Listen makes the local pipe. Users at this machine may connect to it and nobody
// over the network; who may do what is decided from Of. To UserPath only the user
// himself and administrators may connect. If the pipe is there already the error says
// who has it.
func Listen(path string) (net.Listener, error) {
	if err := check(path); err != nil {
		return nil, err
	}
	self, err := selfSID()
	if err != nil {
		return nil, fmt.Errorf("local pipe %s: %w", path, err)
	}
	l, err := winio.ListenPipe(path, &winio.PipeConfig{SecurityDescriptor: sddl(ownedBy(self), full(self), path != UserPath())})
	if err != nil {
		return nil, fmt.Errorf("make the local pipe: %w%s", err, holder(path))
	}
	return l, nil
}

// sddl is an owner and a protected list of rights: nothing for those who come over
// the network, everything for the system, administrators and the account full,
// and connectRights for users at the machine.
func sddl(owner, full string, users bool) string {
	s := "O:" + owner + "D:P(D;;FA;;;NU)(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + full + ")"
	if users {
		s += fmt.Sprintf("(A;;0x%08x;;;IU)", connectRights)
	}
	return s
}

// ownedBy is whose the pipe shall be: that of all administrators if this process has
// their rights, so that every user trusts it, else its user's.
func ownedBy(self string) string {
	if sid, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid); err == nil {
		if member, err := windows.Token(0).IsMember(sid); err == nil && member {
			return sid.String()
		}
	}
	return self
}

// full is who serves the pipe: the service's own account if this process has it, else
// its user.
func full(self string) string {
	sid, _, _, err := windows.LookupSID("", serviceAccount)
	if err != nil {
		return self // not installed
	}
	if member, err := windows.Token(0).IsMember(sid); err != nil || !member {
		return self // not the service
	}
	return sid.String()
}

// holder says who has a pipe, if somebody does.
func holder(path string) string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c, err := dial(ctx, path)
	if err != nil {
		return ""
	}
	defer c.Close()
	id, err := Of(c)
	if err != nil {
		return ": somebody has it"
	}
	if id.Name == "" {
		id.Name = id.UID
	}
	return fmt.Sprintf(": process %d of %s has it", id.PID, id.Name)
}
