package localsocket

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/service/localsocket/sockettest"
)

// userdb makes records of systemd's user database, as systemd-homed and others give them:
// no user and group of these is in /etc/passwd or /etc/group.
func userdb(t *testing.T, files map[string]string) {
	t.Helper()
	needRoot(t)
	const dir = "/run/userdb"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.Remove(dir) }) // if it is ours
	for name, text := range files {
		path := filepath.Join(dir, name)
		t.Cleanup(func() { os.Remove(path) })
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Users who are in no file of this computer, and groups that are in none, count as those
// that are.
func TestUsersOfTheSystem(t *testing.T) {
	name := fmt.Sprint("lldb", os.Getpid())
	const uid, gid, ownGid = "61871", "61872", "61873"
	user := func(gid string) string {
		return fmt.Sprintf(`{"userName":"%s","uid":%s,"gid":%s,"disposition":"regular"}`, name, uid, gid)
	}
	group := fmt.Sprintf(`{"groupName":"%sg","gid":%s}`, name, gid)
	userdb(t, map[string]string{
		name + ".user": user(ownGid), uid + ".user": user(ownGid), name + "g.group": group, gid + ".group": group, name + ":" + name + "g.membership": "{}",
	})
	if entry, err := getent(t.Context(), "passwd", uid); err != nil || len(entry) == 0 {
		t.Skipf("the system does not ask systemd for users (nsswitch.conf): %v, %v", entry, err)
	}
	path := testPath(t)
	l := listenOn(t, path)
	connect := func() Identity {
		t.Helper()
		c, err := sockettest.Dial(61871, path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		in, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		id, err := Of(in)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	ours := Policy{Group: name + "g"}
	id := connect()
	if ours.Role(id) == Viewer {
		t.Skip("with cgo, package os/user asks the system itself")
	}
	expect := func(p Policy, want Role) {
		t.Helper()
		elsewhere.forget()
		if got := p.AskRole(id); got != want {
			t.Errorf("%+v: %v, want %v", p, got, want)
		}
		if got := p.Role(id); got != want {
			t.Errorf("%+v, at once afterwards: %v, want %v", p, got, want)
		}
	}
	expect(ours, Viewer)
	expect(Policy{Group: name + "none"}, Refused)
	expect(Policy{Admins: []string{name}}, Admin)
	expect(Policy{Viewers: []string{name}}, Viewer)
	expect(Policy{Viewers: []string{uid}, Admins: []string{name}}, Admin)
	expect(Policy{Viewers: []string{name + "x"}}, Refused)
	elsewhere.forget()
	ours.AskRole(id)
	if again := connect(); again.UID != uid {
		t.Errorf("%+v", again)
	}

	// The membership ends; then the group is his primary one.
	os.Remove("/run/userdb/" + name + ":" + name + "g.membership")
	expect(ours, Refused)
	userdb(t, map[string]string{name + ".user": user(gid), uid + ".user": user(gid)})
	expect(ours, Viewer)

	// A name that a file gives to another is that one's.
	userdb(t, map[string]string{uid + ".user": strings.ReplaceAll(user(gid), name, "daemon"), "daemon.user": strings.ReplaceAll(user(gid), name, "daemon")})
	expect(Policy{Group: name + "g", Admins: []string{"daemon"}}, Refused)
}

// A getent that never answers holds nobody up for long, and what it said before counts
// for a while: a server that is away must not cut everybody off. The program is a fake.
func TestGetentThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for seconds")
	}
	fake := filepath.Join(t.TempDir(), "getent")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(fake, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	before := getents
	getents = []string{fake}
	t.Cleanup(func() { getents = before; elsewhere.forget() })
	elsewhere.forget()
	id, p := Identity{UID: "61874"}, Policy{Group: "llfake"}
	write(`case "$2" in passwd) echo "llremote:x:61874:5::/:/bin/false" ;; group) echo "llfake:x:7:" ;; initgroups) echo "llremote   5 7" ;; esac`)
	if role := p.AskRole(id); role != Viewer {
		t.Fatal(role)
	}
	later := func() { // as after keptFor
		elsewhere.mu.Lock()
		defer elsewhere.mu.Unlock()
		for key, e := range elsewhere.users {
			e.asked = e.asked.Add(-keptFor)
			elsewhere.users[key] = e
		}
	}
	later()
	write("sleep 60 & wait") // with a child that holds the output open
	begin := time.Now()
	if role := p.AskRole(id); role != Viewer {
		t.Errorf("%v while nothing is answered", role)
	}
	if other := p.AskRole(Identity{UID: "61875"}); other != Refused {
		t.Error(other)
	}
	if took := time.Since(begin); took > 2*(askWithin+2*time.Second) {
		t.Errorf("after %v", took)
	}
	begin = time.Now()
	p.Role(id)
	p.AskRole(id) // was asked just now
	if took := time.Since(begin); took > time.Second {
		t.Errorf("at once took %v", took)
	}
	for name, text := range map[string]string{
		"no such user": "exit 2", "nothing": "", "blanks": "echo '   '", "another number": `echo "llremote:x:1:7::/:/bin/false"`,
		"no group": `case "$2" in passwd) echo "llremote:x:61874:::/:/bin/false" ;; group) echo "llfake:x::" ;; esac`,
	} {
		later()
		write(text)
		if role := p.AskRole(id); role != Refused {
			t.Errorf("%s: %v", name, role)
		}
	}
}

// forget lets all be asked anew.
func (d *directory) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users = nil
}
