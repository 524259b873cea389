package localsocket

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/windows"
)

// rights are the groups in a caller's token: SIDs, each with a blank on both sides.
type rights struct {
	enabled string // that count
	denied  string // that count only against him: an administrator before he agrees to more (UAC)
}

const (
	systemSID         = "S-1-5-18"
	localServiceSID   = "S-1-5-19"
	administratorsSID = "S-1-5-32-544"
)

// handle is the pipe of a connection of go-winio.
type handle interface{ Fd() uintptr }

var impersonateNamedPipeClient = windows.NewLazySystemDLL("advapi32.dll").NewProc("ImpersonateNamedPipeClient")

func of(c net.Conn) (Identity, error) {
	pipe, ok := c.(handle)
	if !ok || c.LocalAddr().Network() != "pipe" {
		return Identity{}, fmt.Errorf("find out who is at the other end: %T is not a local pipe", c)
	}
	h := windows.Handle(pipe.Fd())
	var flags uint32
	if err := windows.GetNamedPipeInfo(h, &flags, nil, nil, nil); err != nil {
		return Identity{}, fmt.Errorf("find out who is at the other end: %w", err)
	}
	id, err := Identity{}, error(nil)
	if flags&windows.PIPE_SERVER_END != 0 {
		id, err = client(h)
	} else {
		id, err = server(h)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("find out who is at the other end: %w", err)
	}
	id.Name = users.get(id.UID, time.Now(), lookUp)
	return id, nil
}

// client says who opened the pipe. Its token says so; the number of the process is
// only told to people, since another process may have it by now.
func client(h windows.Handle) (Identity, error) {
	token, err := clientToken(h)
	if err != nil {
		return Identity{}, err
	}
	defer token.Close()
	id, err := identify(token)
	if err != nil {
		return id, err
	}
	var pid uint32
	if windows.GetNamedPipeClientProcessId(h, &pid) == nil {
		id.PID = int(pid)
	}
	return id, nil
}

// clientToken takes on the client's identity for a moment, on a thread that does
// nothing else.
func clientToken(h windows.Handle) (token windows.Token, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if ok, _, e := impersonateNamedPipeClient.Call(uintptr(h)); ok == 0 {
			runtime.UnlockOSThread()
			err = os.NewSyscallError("ImpersonateNamedPipeClient", e)
			return
		}
		err = os.NewSyscallError("OpenThreadToken", windows.OpenThreadToken(windows.CurrentThread(), windows.TOKEN_QUERY, true, &token))
		if e := windows.RevertToSelf(); e != nil {
			// The thread stays locked and so ends with this goroutine: nothing may run as the client.
			err = errors.Join(err, os.NewSyscallError("RevertToSelf", e))
			return
		}
		runtime.UnlockOSThread()
	}()
	<-done
	if err != nil && token != 0 {
		token.Close()
	}
	return token, err
}

// identify reads a token.
func identify(token windows.Token) (Identity, error) {
	user, err := token.GetTokenUser()
	if err != nil {
		return Identity{}, os.NewSyscallError("GetTokenInformation", err)
	}
	if user.User.Attributes&windows.SE_GROUP_USE_FOR_DENY_ONLY != 0 {
		return Identity{}, errors.New("a program in a sandbox: its user counts only against it")
	}
	list, err := token.GetTokenGroups()
	if err != nil {
		return Identity{}, os.NewSyscallError("GetTokenInformation", err)
	}
	var enabled, denied strings.Builder
	for _, g := range list.AllGroups() {
		switch {
		case g.Attributes&windows.SE_GROUP_USE_FOR_DENY_ONLY != 0:
			denied.WriteString(" " + g.Sid.String() + " ")
		case g.Attributes&windows.SE_GROUP_ENABLED != 0:
			enabled.WriteString(" " + g.Sid.String() + " ")
		}
	}
	return Identity{UID: user.User.Sid.String(), rights: rights{enabled.String(), denied.String()}}, nil
}

// server says who made the pipe.
func server(h windows.Handle) (Identity, error) {
	sd, err := windows.GetSecurityInfo(h, windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return Identity{}, os.NewSyscallError("GetSecurityInfo", err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return Identity{}, os.NewSyscallError("GetSecurityDescriptorOwner", err)
	}
	if owner == nil {
		return Identity{}, errors.New("the pipe has no owner")
	}
	id := Identity{UID: owner.String()}
	var pid uint32
	if windows.GetNamedPipeServerProcessId(h, &pid) == nil {
		id.PID = int(pid)
	}
	return id, nil
}

// name is what the account was called when it connected: a SID is never given again.
func (rights) name(id Identity, _ string) string { return id.Name }

// ask has nothing to ask: the token says it all.
func (rights) ask(string, string, bool) bool { return false }

func (r rights) administer(uid string) bool {
	if uid == systemSID || has(r.enabled, administratorsSID) {
		return true
	}
	self, err := selfSID()
	return err == nil && uid == self
}

func (r rights) view(_, group string) bool {
	if has(r.denied, administratorsSID) {
		return true
	}
	return has(r.enabled, groups.get(group, time.Now(), func(name string) string {
		if strings.Contains(name, `\`) {
			return sidOf(name)
		}
		// Of this machine: else a domain would be asked, which may take long.
		if machine, err := windows.ComputerName(); err == nil {
			if sid := sidOf(machine + `\` + name); sid != "" {
				return sid
			}
		}
		return sidOf(`BUILTIN\` + name)
	}))
}

func has(list, sid string) bool { return sid != "" && strings.Contains(list, " "+sid+" ") }

func sameName(a, b string) bool { return strings.EqualFold(strings.TrimPrefix(a, `.\`), b) }

// The user database is the machine's, and so is what is kept of it.
var (
	users  cache[string] // names by SID, "" for none
	groups cache[string] // SIDs by name, "" for none
)

func lookUp(sid string) string {
	s, err := windows.StringToSid(sid)
	if err != nil {
		return ""
	}
	account, domain, _, err := s.LookupAccount("")
	if err != nil {
		return ""
	}
	if machine, err := windows.ComputerName(); err == nil && strings.EqualFold(machine, domain) {
		return account
	}
	return domain + `\` + account
}

func sidOf(name string) string {
	sid, _, _, err := windows.LookupSID("", name)
	if err != nil {
		return ""
	}
	return sid.String()
}

// selfSID is the user this process runs as.
func selfSID() (string, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", os.NewSyscallError("GetTokenInformation", err)
	}
	return user.User.Sid.String(), nil
}
