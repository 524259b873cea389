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
	blocks := commandsOf(t, "../../docs/backup.md")
	if len(blocks) != 6 {
		t.Fatalf("%d blocks of commands; this test runs backup, rsync, restore, look, export, import", len(blocks))
	}
	backUp, byRsync, restore, look, export, imports := blocks[0], blocks[1], blocks[2], blocks[3], blocks[4], blocks[5]
	program := filepath.Join(t.TempDir(), "linklog")
	buildCommand(t, program)

	old := computer(t, program)
	old.hear("203.0.113.4")
	old.attempts("203.0.113.4\n")
	old.linklog("devices", "name", "192.168.1.10", "the web server")
	old.must("/bin/sh", "-ec", `printf '# of the old one\n' >>/var/lib/linklog/linklog.toml`)
	old.step("back up", func(t *testing.T) {
		old.perform(backUp)
		old.attempts("203.0.113.4\n") // it goes on
	})
	old.step("back up with rsync", func(t *testing.T) {
		if _, err := exec.LookPath("rsync"); err != nil {
			t.Skip("no rsync here")
		}
		old.perform(byRsync)
		old.must("diff", "-r", "--exclude=spool", "--exclude=*-wal", "--exclude=*-shm", "/var/lib/private/linklog/linklog.toml", "/var/backups/linklog/linklog.toml")
		old.must("test", "-s", "/var/backups/linklog/state.db")
	})
	old.step("export", func(t *testing.T) { old.perform(export) })

	other := computer(t, program)
	other.hear("203.0.113.99")
	other.attempts("203.0.113.99\n")
	if err := copyFile(filepath.Join(old.root, "root/linklog-backup.tar.gz"), filepath.Join(other.root, "root/linklog-backup.tar.gz")); err != nil {
		t.Fatal(err)
	}
	other.step("restore on a different computer", func(t *testing.T) {
		other.perform(restore)
		other.attempts("203.0.113.4\n")
		other.hear("203.0.113.5")
		other.attempts("203.0.113.4\n203.0.113.5\n")
		out := other.perform(look)
		if !strings.Contains(out, "ok     LinkLog's service is running") || strings.Contains(out, "WRONG") || strings.Contains(out, "TROUBLE") || strings.Contains(out, ": 0 B;") {
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
		other.perform(imports)
		other.attempts("203.0.113.4\n")
	})
}

// TestServiceDocument does what docs/service.md says, word for word.
func TestServiceDocument(t *testing.T) {
	blocks := commandsOf(t, "../../docs/service.md")
	if len(blocks) != 4 {
		t.Fatalf("%d blocks of commands; this test runs settings, let in, without root, SQLite", len(blocks))
	}
	settings, letIn, withoutRoot, inSQLite := blocks[0], blocks[1], blocks[2], blocks[3]
	program := filepath.Join(t.TempDir(), "linklog")
	buildCommand(t, program)
	c := computer(t, program)
	c.step("settings", func(t *testing.T) {
		c.perform(settings)
		if out := c.must("cat", "/var/lib/linklog/linklog.toml"); out != "[history]\ndays = 90\n" {
			t.Error(out)
		}
		if out := c.linklog("doctor"); strings.Contains(out, "WRONG") {
			t.Error(out)
		}
	})
	c.step("let in", func(t *testing.T) {
		c.must("useradd", "--create-home", "otto")
		if out, err := c.try("runuser", "-u", "otto", "--", "/usr/local/bin/linklog", "log"); err == nil {
			t.Error("let in before:", out)
		}
		c.perform(strings.ReplaceAll(letIn, "NAME", "otto"))
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
			out, err := c.try("runuser", "-u", "otto", "--", "/usr/local/bin/linklog", "log")
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("not let in: ", out)
			}
		}
	})
	c.step("SQLite", func(t *testing.T) {
		if _, err := exec.LookPath("sqlite3"); err != nil {
			t.Skip("no sqlite3 here")
		}
		c.hear("203.0.113.4")
		c.attempts("203.0.113.4\n")
		before := c.must("find", "/var/lib/private/linklog", "-user", "root")
		out := c.perform(strings.ReplaceAll(inSQLite, "2026-11", time.Now().UTC().Format("2006-01")))
		if !strings.Contains(out, "203.0.113.4") {
			t.Error(out)
		}
		if after := c.must("find", "/var/lib/private/linklog", "-user", "root"); after != before {
			t.Errorf("it left files that the service may not use: %s; before: %s", after, before)
		}
		c.hear("203.0.113.5")
		c.attempts("203.0.113.4\n203.0.113.5\n")
	})
	c.step("without root", func(t *testing.T) {
		c.linklog("service", "stop")
		c.must("/bin/sh", "-ec", "cd /home/otto; runuser -u otto -- env HOME=/home/otto PATH=/usr/local/bin:/usr/bin sh -c '"+strings.TrimSpace(withoutRoot)+"' >/root/own 2>&1 &")
		as := func(args ...string) (string, error) {
			return c.try(append([]string{"runuser", "-u", "otto", "--", "env", "HOME=/home/otto", "/usr/local/bin/linklog"}, args...)...)
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			out, err := as("status")
			if err == nil && strings.Contains(out, "/home/otto/.local/share/linklog") {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal(out, c.must("cat", "/root/own"))
			}
		}
		if out, err := as("send", "--to", "127.0.0.1:9162", "@in TCP from 203.0.113.6:51234 to 192.168.1.10:80"); err != nil {
			t.Fatal(out)
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			out, err := as("log", "--no-dns", "--template", "%{src.ip}")
			if err == nil && out == "203.0.113.6\n" {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal(out)
			}
		}
	})
}

// commandsOf are the commands in a document, block by block.
func commandsOf(t *testing.T, path string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, b[1])
	}
	return blocks
}

// computer is a container with a network and the installed service, which asks no DNS.
func computer(t *testing.T, program string) *container {
	t.Helper()
	c := boot(t)
	if err := copyFile(program, filepath.Join(c.root, "root/linklog")); err != nil {
		t.Fatal(err)
	}
	c.network()
	c.must("/bin/sh", "-ec", `mkdir -p -m 700 /var/lib/private /var/lib/private/linklog; printf '[names]\ndns = false\n' >/var/lib/private/linklog/linklog.toml`)
	c.must("useradd", "--create-home", "anna")
	c.linklog("service", "install") // a copy in /usr/local/bin
	return c
}

// perform types commands of a document; where there is no sudo it is root anyhow.
func (c *container) perform(commands string) string {
	c.t.Helper()
	return c.must("/bin/sh", "-ec", `PATH=/usr/local/bin:$PATH; command -v sudo >/dev/null || sudo() { "$@"; }; cd /root
`+commands)
}

// attempts waits until the log has the attempts from these addresses, a line each.
func (c *container) attempts(want string) {
	c.t.Helper()
	var out string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if out = c.must("/root/linklog", "log", "--no-dns", "--template", "%{src.ip}"); out == want {
			return
		}
	}
	c.t.Errorf("the history has\n%swant\n%s", out, want)
}

// hear lets the service receive an attempt from an address.
func (c *container) hear(from string) {
	c.t.Helper()
	c.must("/root/linklog", "send", "--to", "127.0.0.1", "@in TCP from "+from+":51234 to 192.168.1.10:80")
}
