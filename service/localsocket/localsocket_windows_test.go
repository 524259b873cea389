package localsocket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

var children map[string]func() error

var made atomic.Int64

func testPath(testing.TB) string {
	return fmt.Sprintf(`%slinklog-test-%d-%d`, pipes, os.Getpid(), made.Add(1))
}

func underWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

func listenOn(t testing.TB, path string) net.Listener {
	t.Helper()
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	if underWine() {
		// The handle that only keeps the name takes a caller there, and nobody answers him.
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		c, err := dial(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
	}
	return l
}

func TestOfOurselves(t *testing.T) {
	path := testPath(t)
	_, callers := serve(t, path)
	if err := ask(path); err != nil {
		t.Fatal(err)
	}
	id := next(t, callers)
	self, err := selfSID()
	if err != nil {
		t.Fatal(err)
	}
	if id.UID != self || id.PID != os.Getpid() || id.Name == "" || id.rights.enabled == "" {
		t.Errorf("%+v", id)
	}
	if len(id.Name) == 0 || !id.among([]string{strings.ToUpper(id.Name)}) || id.among([]string{"x" + id.Name}) {
		t.Errorf("name %q", id.Name)
	}
}

// The other end of a dialed pipe is its owner.
func TestOfTheServer(t *testing.T) {
	path := testPath(t)
	serve(t, path)
	c, err := Dial(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	id, err := Of(c)
	if err != nil || !trusted(id.UID) || id.PID != os.Getpid() || id.rights != (rights{}) {
		t.Errorf("%+v, %v", id, err)
	}
}

// Who keeps his identity to himself has no role.
func TestOfAnAnonymousClient(t *testing.T) {
	path := testPath(t)
	l := listenOn(t, path)
	type result struct {
		id  Identity
		err error
	}
	got := make(chan result, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			got <- result{err: err}
			return
		}
		defer c.Close()
		id, err := Of(c)
		got <- result{id, err}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := winio.DialPipeAccess(ctx, path, connectRights) // anonymous
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := <-got
	if underWine() {
		t.Skipf("wine gives the server its own identity for anybody's: %+v, %v", r.id, r.err)
	}
	if r.err == nil || r.id != (Identity{}) {
		t.Errorf("%+v, %v", r.id, r.err)
	}
}

func TestACL(t *testing.T) {
	self, err := selfSID()
	if err != nil {
		t.Fatal(err)
	}
	for path, users := range map[string]bool{testPath(t): true, UserPath(): false} {
		l := listenOn(t, path)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		go l.Accept()
		c, err := dial(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		sd, err := windows.GetSecurityInfo(windows.Handle(c.(handle).Fd()), windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(path, sd)
		if owner, _, err := sd.Owner(); err != nil || owner.String() != ownedBy(self) {
			t.Errorf("owner %v, %v", owner, err)
		}
		dacl, _, err := sd.DACL()
		if err != nil || dacl == nil {
			t.Fatalf("%v, %v", dacl, err)
		}
		want := []string{
			"deny 001f01ff S-1-5-2", "allow 001f01ff " + systemSID, "allow 001f01ff " + administratorsSID, "allow 001f01ff " + self,
		}
		if users {
			want = append(want, "allow 0012019b S-1-5-4")
		}
		got := entries(t, dacl)
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\n%s\nwant:\n%s", path, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if control, _, err := sd.Control(); err != nil || control&windows.SE_DACL_PROTECTED == 0 {
			t.Errorf("the list is not protected: %x, %v", control, err)
		}
		c.Close()
		l.Close()
	}
}

// entries are the lines of a list of rights.
func entries(t *testing.T, dacl *windows.ACL) []string {
	var list []string
	for i := range uint32(dacl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(dacl, i, &ace); err != nil {
			t.Fatal(err)
		}
		verb := map[uint8]string{windows.ACCESS_ALLOWED_ACE_TYPE: "allow", windows.ACCESS_DENIED_ACE_TYPE: "deny"}[ace.Header.AceType]
		list = append(list, fmt.Sprintf("%s %08x %s", verb, uint32(ace.Mask), (*windows.SID)(unsafe.Pointer(&ace.SidStart))))
	}
	return list
}

// connectRights are enough to talk, and too few to make another pipe of that name.
func TestConnectRights(t *testing.T) {
	const fileCreatePipeInstance = windows.FILE_APPEND_DATA
	if connectRights&fileCreatePipeInstance != 0 {
		t.Error("clients could serve our name")
	}
	const need = windows.FILE_READ_DATA | windows.FILE_WRITE_DATA | windows.READ_CONTROL | windows.SYNCHRONIZE
	if connectRights&need != need {
		t.Error("too few rights")
	}
}

func TestListenTaken(t *testing.T) {
	path := testPath(t)
	serve(t, path)
	if got, want := holder(path), fmt.Sprintf(": process %d of ", os.Getpid()); !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if underWine() {
		t.Skip("wine lets two have a pipe")
	}
	l, err := Listen(path)
	if err == nil {
		l.Close()
		t.Fatal("two have it")
	}
	if want := fmt.Sprintf("process %d of ", os.Getpid()); !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if err := ask(path); err != nil {
		t.Error("the other one is harmed: ", err)
	}
}

func TestPaths(t *testing.T) {
	for _, path := range []string{
		"", pipes, `\\server\pipe\linklog`, `\\İserver\pipe\linklog`, `\\.\pipe\..\UNC\server\share`, `\\.\pipe\a\.. \b`, `\\.\pipe\a/b`,
		`C:\linklog`, "127.0.0.1:162", `\\.\PhysicalDrive0`, `\\?\pipe\linklog`, pipes + "a\x00b", pipes + `\a`, pipes + strings.Repeat("x", 256),
	} {
		if l, err := Listen(path); err == nil || !strings.Contains(err.Error(), `must be \\.\pipe\NAME`) {
			t.Errorf("Listen %q: %v, %v", path, l, err)
		}
		if c, err := Dial(context.Background(), path); err == nil || !strings.Contains(err.Error(), `must be \\.\pipe\NAME`) {
			t.Errorf("Dial %q: %v, %v", path, c, err)
		}
	}
	if err := check(`\\.\PIPE\x`); err != nil {
		t.Error(err)
	}
	if err := ask(protectedPath); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestTrusted(t *testing.T) {
	self, err := selfSID()
	if err != nil {
		t.Fatal(err)
	}
	for sid, want := range map[string]bool{
		systemSID: true, administratorsSID: true, localServiceSID: true, self: true,
		"": false, "S-1-1-0": false, "S-1-5-4": false, "S-1-5-21-1-2-3-1001": false, "S-1-5-20": false,
	} {
		if got := trusted(sid); got != want {
			t.Errorf("%q: %v", sid, got)
		}
	}
}

func TestRoles(t *testing.T) {
	const user = "S-1-5-21-1-2-3-1001"
	with := func(enabled, denied string) Identity {
		return Identity{UID: user, Name: "ann", rights: rights{" S-1-1-0 " + enabled, denied}}
	}
	const administrators, users = " S-1-5-32-544 ", " S-1-5-32-545 "
	for name, test := range map[string]struct {
		id     Identity
		policy Policy
		want   Role
	}{
		"a user":                           {with(users, ""), Policy{}, Refused},
		"the system":                       {Identity{UID: systemSID}, Policy{}, Admin},
		"an administrator":                 {with(administrators, ""), Policy{}, Admin},
		"one who did not agree to more":    {with(users, administrators), Policy{}, Viewer},
		"of a group":                       {with(users, ""), Policy{Group: `BUILTIN\Users`}, Viewer},
		"of a group, without its domain":   {with(users, ""), Policy{Group: "Users"}, Viewer},
		"not of the group":                 {with("", ""), Policy{Group: "Users"}, Refused},
		"only denied by the group":         {with("", users), Policy{Group: "Users"}, Refused},
		"an administrator by the settings": {with("", ""), Policy{Admins: []string{"ANN"}}, Admin},
		"a viewer by the settings":         {with("", ""), Policy{Viewers: []string{user}}, Viewer},
		"a name with this machine":         {with("", ""), Policy{Viewers: []string{`.\Ann`}}, Viewer},
		"a name of another domain":         {with("", ""), Policy{Viewers: []string{`CORP\ann`}}, Refused},
	} {
		if got := test.policy.Role(test.id); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// A program of another identity ends as it began: the thread that took it on is
// itself again, or gone.
func TestOfRevertsToSelf(t *testing.T) {
	path := testPath(t)
	l := listenOn(t, path)
	accepted := make(chan net.Conn, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			accepted <- c
		}
		close(accepted)
	}()
	c, err := Dial(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := <-accepted
	if s == nil {
		t.Fatal("nobody called")
	}
	defer s.Close()
	for range 500 {
		if _, err := Of(s); err != nil {
			t.Fatal(err)
		}
		var token windows.Token
		if err := windows.OpenThreadToken(windows.CurrentThread(), windows.TOKEN_QUERY, true, &token); err == nil {
			token.Close()
			t.Fatal("a thread is left with the client's identity")
		}
	}
}
