package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestBackupDocument does what docs/backup.md says, word for word: a backup, one by
// rsync, a restore on a different computer, which has a history of its own, and the
// events alone.
func TestBackupDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/backup.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, b := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, b[1])
	}
	if len(blocks) != 6 {
		t.Fatalf("%d blocks of commands; this test runs backup, rsync, restore, look, export, import", len(blocks))
	}
	backUp, byRsync, restore, look, export, imports := blocks[0], blocks[1], blocks[2], blocks[3], blocks[4], blocks[5]
	program := filepath.Join(t.TempDir(), "linklog")
	buildCommand(t, program)

	computer := func() *container {
		c := boot(t)
		if err := copyFile(program, filepath.Join(c.root, "root/linklog")); err != nil {
			t.Fatal(err)
		}
		if out, err := c.try("/bin/sh", "-ec", "ip link add lan type veth peer name wan; ip address add 192.168.77.2/24 dev lan; ip link set lan up; ip link set wan up"); err != nil {
			t.Skip("no network in the container:", out)
		}
		c.must("useradd", "anna")
		c.must("/bin/sh", "-ec", `mkdir -p -m 700 /var/lib/private /var/lib/private/linklog; printf '[history]\ndays = 99\n[names]\ndns = false\n' >/var/lib/private/linklog/linklog.toml`)
		c.linklog("service", "install")
		return c
	}
	// perform runs commands of the document; where there is no sudo it is root anyhow.
	perform := func(c *container, commands string) string {
		c.t.Helper()
		return c.must("/bin/sh", "-ec", `command -v sudo >/dev/null || sudo() { "$@"; }; cd /root
`+commands)
	}
	attempts := func(c *container, want string) {
		c.t.Helper()
		var out string
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
			if out = c.must("/root/linklog", "log", "--no-dns", "--template", "%{src.ip}"); out == want {
				return
			}
		}
		c.t.Errorf("the history has\n%swant\n%s", out, want)
	}
	hear := func(c *container, from string) {
		c.t.Helper()
		c.must("/root/linklog", "send", "--to", "127.0.0.1", "@in TCP from "+from+":51234 to 192.168.1.10:80")
	}

	old := computer()
	hear(old, "203.0.113.4")
	attempts(old, "203.0.113.4\n")
	old.linklog("devices", "name", "192.168.1.10", "the web server")
	old.must("/bin/sh", "-ec", `printf '# of the old one\n' >>/var/lib/linklog/linklog.toml`)
	old.step("back up", func(t *testing.T) {
		perform(old, backUp)
		attempts(old, "203.0.113.4\n") // it goes on
	})
	old.step("back up with rsync", func(t *testing.T) {
		if _, err := exec.LookPath("rsync"); err != nil {
			t.Skip("no rsync here")
		}
		perform(old, byRsync)
		old.must("diff", "-r", "--exclude=spool", "--exclude=*-wal", "--exclude=*-shm", "/var/lib/private/linklog/linklog.toml", "/var/backups/linklog/linklog.toml")
		old.must("test", "-s", "/var/backups/linklog/state.db")
	})
	old.step("export", func(t *testing.T) { perform(old, export) })

	other := computer()
	hear(other, "203.0.113.99")
	attempts(other, "203.0.113.99\n")
	if err := copyFile(filepath.Join(old.root, "root/linklog-backup.tar.gz"), filepath.Join(other.root, "root/linklog-backup.tar.gz")); err != nil {
		t.Fatal(err)
	}
	other.step("restore on a different computer", func(t *testing.T) {
		perform(other, restore)
		attempts(other, "203.0.113.4\n")
		hear(other, "203.0.113.5")
		attempts(other, "203.0.113.4\n203.0.113.5\n")
		out := perform(other, look)
		if !strings.Contains(out, "ok     LinkLog's service runs here") || strings.Contains(out, "WRONG") || strings.Contains(out, "TROUBLE") || strings.Contains(out, ": 0 B;") {
			t.Error(out)
		}
		if out := other.linklog("devices"); !strings.Contains(out, "the web server") {
			t.Error("the names are not there:", out)
		}
		if out := other.must("cat", "/var/lib/linklog/linklog.toml"); !strings.Contains(out, "# of the old one") {
			t.Error("the settings are not there:", out)
		}
		other.must("test", "-s", "/var/lib/private/linklog.before/state.db")
	})
	other.step("import the events", func(t *testing.T) {
		other.linklog("service", "uninstall")
		other.must("rm", "-r", "/var/lib/private/linklog")
		other.linklog("service", "install")
		if err := copyFile(filepath.Join(old.root, "root/events.json"), filepath.Join(other.root, "root/events.json")); err != nil {
			t.Fatal(err)
		}
		perform(other, imports)
		attempts(other, "203.0.113.4\n")
	})
}
