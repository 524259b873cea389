// Package localsocket is the local socket of LinkLog's service: it listens on it, dials
// it, and says who is at the other end. It is a unix socket or, on Windows, a
// named pipe, and never TCP: whoever asks is known from the kernel, so there is no
// password to keep.
//
// # What is defended against
//
// The log tells what every device in a house does. Another user of the same
// computer must neither read it (Policy, by what Of says) nor pose as the service
// and show a false one (Dial looks at who serves, and Listen takes no folder in
// which others could put a socket of their own). Not defended against: root and
// administrators, and other programs of the same user.
package localsocket

import (
	"cmp"
	"errors"
	"net"
	"strings"
)

// ErrNotTrusted says that what listens is not taken for the service; the error that wraps
// it says why.
var ErrNotTrusted = errors.New("not trusted")

// Role is what a caller may do.
type Role uint8

const (
	Refused Role = iota // nothing
	Viewer              // look
	Admin               // also change settings and remove events
)

func (r Role) String() string {
	switch r {
	case Viewer:
		return "viewer"
	case Admin:
		return "administrator"
	}
	return "refused"
}

// Identity is who is at the other end of a connection. The zero Identity is
// nobody: it has no role.
type Identity struct {
	UID  string // decimal number of the user; Windows: SID
	Name string // of the user, "" if unknown; Windows: account, with its domain\ if that is not this machine
	PID  int    // of the process that connected, 0 if unknown; for people to read, not to rely on

	rights rights
}

// Group is the group of users who may read LinkLog's log; the installer makes it.
const Group = "linklog"

// Policy says who may connect. Whatever it says, these are administrators: root,
// the user the service itself runs as, members of Administrators. On Windows one
// who has not agreed to more (UAC) may look until he does.
type Policy struct {
	// Admins and Viewers are users by name, number or SID.
	Admins, Viewers []string

	// Group is the group whose members may look, "": Group. On Windows it
	// is a group of this machine, if there is one of that name.
	Group string
}

// Role is what a caller may do now, as far as that can be told at once. It is meant to be
// asked for each request: who becomes a member of Group, or is one no longer, is let in or
// out within seconds (keptFor), on Windows after the next login.
func (p Policy) Role(id Identity) Role {
	group := p.group()
	id.Name = p.Name(id)
	switch {
	case id.UID == "":
		return Refused
	case id.rights.administer(id.UID), id.among(p.Admins):
		return Admin
	case id.rights.view(id.UID, group), id.among(p.Viewers):
		return Viewer
	}
	return Refused
}

// AskRole is Role, but users who are in no file of this computer are asked for where the
// system has them from (systemd-homed, sssd, LDAP). That may take seconds.
func (p Policy) AskRole(id Identity) Role {
	role := p.Role(id)
	if id.UID != "" && role != Admin && id.rights.ask(id.UID, p.group(), role == Refused) {
		return p.Role(id)
	}
	return role
}

// Name is what the user of a caller is called, as far as that can be told at once.
func (p Policy) Name(id Identity) string { return id.rights.name(id, p.group()) }

func (p Policy) group() string { return cmp.Or(p.Group, Group) }

// among looks for a user in the settings. A number is never taken for a name.
func (id Identity) among(list []string) bool {
	for _, entry := range list {
		if entry == id.UID || id.Name != "" && strings.Trim(entry, "0123456789") != "" && sameName(entry, id.Name) {
			return true
		}
	}
	return false
}

// Of says who is at the other end of a connection that was accepted from Listen
// or from a socket of systemd's; of one that was dialed: who made the socket.
// It fails for anything else, and then nothing is known.
func Of(c net.Conn) (Identity, error) { return of(c) }
