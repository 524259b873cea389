package install

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// The service, as its unit confines it, lets in members of its group who are in no file:
// records of systemd's user database stand for those of systemd-homed, sssd and LDAP.
func TestUsersOfTheSystemUnderRealSystemd(t *testing.T) {
	program := filepath.Join(t.TempDir(), "linklog")
	buildCommand(t, program)
	c := computer(t, program)
	write := func(name, text string) {
		c.must("/bin/sh", "-ec", `mkdir -p /etc/userdb; printf '%s' "$1" >/etc/userdb/"$0"`, name, text)
	}
	for name, uid := range map[string]int{"bert": 61871, "carl": 61872} {
		record := fmt.Sprintf(`{"userName":"%s","uid":%d,"gid":65534,"disposition":"regular"}`, name, uid)
		write(name+".user", record)
		write(fmt.Sprint(uid, ".user"), record)
	}
	write("bert:linklog.membership", "{}")
	if out, err := c.try("id", "bert"); err != nil || !strings.Contains(out, "(linklog)") {
		t.Skipf("the container does not ask systemd for users: %v, %s", err, out)
	}
	status := func(uid int) string {
		out, _ := c.try("setpriv", fmt.Sprint("--reuid=", uid), "--regid=65534", "--clear-groups", "/usr/local/bin/linklog", "status")
		return out
	}
	if out := status(61871); !strings.Contains(out, "of bert (viewer)") {
		t.Error("a member: ", out)
	}
	if out := status(61872); !strings.Contains(out, "carl may not read LinkLog's log") {
		t.Error("somebody else: ", out)
	}
	c.must("rm", "/etc/userdb/bert:linklog.membership")
	c.eventually("he is let in no more", func() bool { return strings.Contains(status(61871), "bert may not read LinkLog's log") })
}
