package localsocket

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"linklog/service/localsocket/sockettest"
)

// forget makes the next question one to the user database, as after keptFor.
func (c *cache[V]) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = nil
}

func needRoot(t *testing.T) { t.Helper(); sockettest.NeedRoot(t) }

var stranger = &syscall.Credential{Uid: nobody, Gid: nobody}

// people are a group and users made for one test.
type people struct{ *sockettest.People }

func newPeople(t *testing.T) people {
	t.Helper()
	return people{sockettest.New(t)}
}

// run changes users; the next question is one to the user database.
func (p people) run(args ...string) {
	p.Run(args...)
	users.forget()
	groups.forget()
	elsewhere.forget()
}

func (p people) add(name string, options ...string) (string, *syscall.Credential) {
	defer users.forget() // a number may have been that of another
	return p.Add(name, options...)
}

func TestRolesOfUsers(t *testing.T) {
	p := newPeople(t)
	path := testPath(t)
	_, callers := serve(t, path)
	memberName, member := p.add("m", "--groups", p.Group)
	_, primary := p.add("p", "--gid", p.Group)
	otherName, other := p.add("o")
	call := func(who *syscall.Credential) Identity {
		t.Helper()
		if err := run(t, who, "ask", path); err != nil {
			t.Fatal(err)
		}
		id := next(t, callers)
		if id.UID != fmt.Sprint(who.Uid) || id.PID <= 0 || id.PID == os.Getpid() {
			t.Errorf("%+v is not user %d", id, who.Uid)
		}
		return id
	}
	expect := func(id Identity, policy Policy, want Role) {
		t.Helper()
		if got := policy.Role(id); got != want {
			t.Errorf("%+v with %+v: %v, want %v", id, policy, got, want)
		}
	}
	ours := Policy{Group: p.Group}

	expect(call(&syscall.Credential{}), ours, Admin)
	expect(call(stranger), ours, Refused)
	expect(call(primary), ours, Viewer)
	id := call(member)
	if id.Name != memberName {
		t.Errorf("%+v", id)
	}
	expect(id, ours, Viewer)
	expect(id, Policy{}, Refused) // of another group
	expect(id, Policy{Group: "no-such-group"}, Refused)
	expect(id, Policy{Group: p.Group, Admins: []string{memberName}}, Admin)
	expect(id, Policy{Admins: []string{id.UID}, Viewers: []string{id.UID}}, Admin)

	id = call(other)
	expect(id, ours, Refused)
	expect(id, Policy{Group: p.Group, Viewers: []string{otherName}}, Viewer)
	expect(id, Policy{Viewers: []string{id.UID}}, Viewer)
	expect(id, Policy{Viewers: []string{memberName, "nobody"}}, Refused)

	// Membership comes and goes while the service runs.
	p.run("gpasswd", "--add", otherName, p.Group)
	expect(call(other), ours, Viewer)
	p.run("gpasswd", "--delete", otherName, p.Group)
	expect(call(other), ours, Refused)
}

// The kernel keeps who it was.
func TestOfAPeerThatIsGone(t *testing.T) {
	needRoot(t)
	path := testPath(t)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := run(t, stranger, "knock", path); err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if id, err := Of(c); err != nil || id.UID != "65534" {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestRoleOfOurOwnUser(t *testing.T) {
	needRoot(t)
	if err := run(t, &syscall.Credential{Uid: 54321, Gid: 54321}, "self", ""); err != nil {
		t.Error(err)
	}
	// The kernel shows anybody of a container as 65534.
	if err := run(t, stranger, "self", ""); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Error(err)
	}
}

// rootsOwn is a folder in which only root can do anything, and so on up to /.
func rootsOwn(t *testing.T) string {
	t.Helper()
	needRoot(t)
	dir, err := os.MkdirTemp("/run", "peer")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Who serves is not root and not ourselves: is it the service?
func TestDialTrust(t *testing.T) {
	needRoot(t)
	const uid = 54321
	them := &syscall.Credential{Uid: uid, Gid: uid}
	folder := func(t *testing.T, path string, mode os.FileMode, owner int) string {
		t.Helper()
		for _, err := range []error{os.Mkdir(path, 0o700), os.Chown(path, owner, 0), os.Chmod(path, mode)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	link := func(t *testing.T, target, path string) string {
		t.Helper()
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		name   string
		listen func(t *testing.T, dir string) string // where they listen
		dial   func(t *testing.T, dir, path string) string
		want   string // of the error, "": trusted
	}{
		{name: "a folder root gave them", listen: func(t *testing.T, dir string) string {
			return folder(t, dir+"/theirs", 0o755, uid)
		}},
		{name: "a folder for all", want: "others may write to the folder /run/peer", listen: func(t *testing.T, dir string) string {
			return folder(t, dir+"/tmp", os.ModeSticky|0o777, 0)
		}},
		{name: "a folder of their own in a folder for all", want: "others may write to the folder /run/peer", listen: func(t *testing.T, dir string) string {
			return folder(t, folder(t, dir+"/tmp", os.ModeSticky|0o777, 0)+"/theirs", 0o755, uid)
		}},
		{name: "a folder in the hands of a third", want: "belongs to user 54322", listen: func(t *testing.T, dir string) string {
			return folder(t, folder(t, dir+"/third", 0o755, 54322)+"/theirs", 0o755, uid)
		}},
		{name: "a link of root's", listen: func(t *testing.T, dir string) string {
			return folder(t, dir+"/theirs", 0o755, uid)
		}, dial: func(t *testing.T, dir, path string) string {
			folder(t, dir+"/a", 0o755, 0)
			return link(t, "../a/.././theirs", dir+"/a/run") + "/l.sock"
		}},
		{name: "a link to a link of a third", want: "others may write to the folder /run/peer", listen: func(t *testing.T, dir string) string {
			return folder(t, dir+"/theirs", 0o755, uid)
		}, dial: func(t *testing.T, dir, path string) string {
			folder(t, dir+"/tmp", os.ModeSticky|0o777, 0)
			link(t, path, dir+"/tmp/link")
			return link(t, dir+"/tmp/link", dir+"/l.sock")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := rootsOwn(t)
			path := test.listen(t, dir) + "/l.sock"
			start(t, them, "listen", path)
			if test.dial != nil {
				path = test.dial(t, dir, path)
			}
			for _, who := range []*syscall.Credential{{}, stranger} {
				err := run(t, who, "ask", path)
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), "not trusted") || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("user %d: %v, want %q", who.Uid, err, test.want)
				}
			}
			if err := run(t, them, "ask", path); err != nil {
				t.Error("their own user does not trust them: ", err)
			}
		})
	}
	if err := givenTo(uid, link(t, "loop", rootsOwn(t)+"/loop")); err == nil || !strings.Contains(err.Error(), "too many symbolic links") {
		t.Error("a loop of links: ", err)
	}
}

// What root serves is trusted by everybody, wherever it lies.
func TestDialRoot(t *testing.T) {
	needRoot(t)
	path := testPath(t)
	_, callers := serve(t, path)
	if err := run(t, stranger, "ask", path); err != nil {
		t.Error(err)
	}
	next(t, callers)
}

func TestListenInAFolderOfAnother(t *testing.T) {
	needRoot(t)
	dir := shortDir(t)
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if l, err := Listen(filepath.Join(dir, "l.sock")); err == nil || !strings.Contains(err.Error(), "belongs to user nobody") {
		t.Errorf("%v, %v", l, err)
	}
}

// A service of another user is left alone, and the error says whose it is.
func TestListenWhereAnotherListens(t *testing.T) {
	needRoot(t)
	dir := shortDir(t)
	if err := os.Chmod(dir, os.ModeSticky|0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "l.sock")
	c := start(t, stranger, "listen", path)
	l, err := Listen(path)
	if err == nil {
		l.Close()
		t.Fatal("taken from another user")
	}
	if want := fmt.Sprintf("process %d of user nobody", c.cmd.Process.Pid); !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if err := run(t, stranger, "ask", path); err != nil {
		t.Error("it is harmed: ", err)
	}
}

// run runs a child to its end.
func run(t *testing.T, user *syscall.Credential, what, path string) error {
	t.Helper()
	c := start(t, user, what, path)
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(c.err.String()))
	}
	return nil
}
