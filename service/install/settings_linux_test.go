package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What is wrong with the settings is said in the same words wherever somebody looks,
// and the real service runs on, in the sandbox of its unit.
func TestWrongSettingsUnderRealSystemd(t *testing.T) {
	c := boot(t)
	build := exec.Command("go", "build", "-o", filepath.Join(c.root, "root/linklog"), "linklog/cmd/linklog")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	const file = "/var/lib/linklog/linklog.toml"
	write := func(text string) {
		t.Helper()
		path := filepath.Join(c.root, "/var/lib/private/linklog/linklog.toml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const words = ": line 3: history.days: must be a whole number, without quotes"
	fails := func(command ...string) {
		t.Helper()
		if out, err := c.try(command...); err == nil || !strings.Contains(strings.Join(strings.Fields(out), " "), words) { // doctor breaks lines
			t.Errorf("%v: %v\n%s", command, err, out)
		}
	}
	journal := func() string {
		t.Helper()
		return c.must("journalctl", "--no-pager", "-u", "linklog")
	}

	c.must("useradd", "--create-home", "anna")
	c.linklog("service", "install")
	write("# mine\n[history]\ndays = 77\n")
	c.must("systemctl", "reload", "linklog")
	if out := c.linklog("service", "check"); out != file+" is good.\n" {
		t.Error(out)
	}
	write("# mine\n[history]\ndays = \"77\"\n")
	fails("/root/linklog", "service", "check")
	fails("/root/linklog", "service", "check", file)
	fails("/root/linklog", "service", "reload")
	if out, err := c.try("systemctl", "reload", "linklog"); err == nil {
		t.Errorf("systemctl reload: %s", out)
	}
	if out := journal(); !strings.Contains(out, "linklog: settings: "+file+words) {
		t.Error(out)
	}
	fails("/root/linklog", "service", "restart")
	fails("/root/linklog", "status")
	fails("/root/linklog", "doctor")
	c.linklog("service", "stop")
	fails("/root/linklog", "service", "check")
	fails("/root/linklog", "service", "start")
	if out := journal(); strings.Contains(out, "struct field") || !strings.Contains(out, "settings that were used last") {
		t.Error(out)
	}
	// In all that time it did not end by itself.
	if out := c.must("systemctl", "show", "-p", "NRestarts", "linklog"); out != "NRestarts=0\n" {
		t.Error(out)
	}
	write("[history]\ndays = 78\n[alerts]\non_alert = [\"/home/anna/tell\"]\n")
	c.linklog("service", "reload")
	if out, err := c.try("/root/linklog", "status"); err == nil || strings.Contains(out, words) || !strings.Contains(out, "on_alert: /home/anna/tell: ") || !strings.Contains(out, "does not let it see home folders") {
		t.Errorf("%v\n%s", err, out)
	}

	// What a program of alerts may write to in the sandbox, and what it hears if it wants more.
	script := "#!/bin/sh\necho \"$LINKLOG_ALERT_HOST\" >/tmp/told && cp /tmp/told /var/lib/linklog/told && echo >/etc/told\n"
	if err := os.WriteFile(filepath.Join(c.root, "local/bin/tell"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	write("[hosts]\nlearning = 0\n[names]\ndns = false\n[alerts]\non_alert = [\"/usr/local/bin/tell\"]\n")
	c.linklog("service", "reload")
	c.linklog("send", "--to", "127.0.0.1:162", "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80")
	var out string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline) && !strings.Contains(out, "on_alert"); time.Sleep(100 * time.Millisecond) {
		out, _ = c.try("/root/linklog", "status")
	}
	if !strings.Contains(out, "/etc/told: Read-only file system (the service does not let it see home folders, and lets it write only to /var/lib/linklog and /tmp)") {
		t.Error(out)
	}
	if told, err := os.ReadFile(filepath.Join(c.root, "/var/lib/private/linklog/told")); string(told) != "203.0.113.4\n" {
		t.Errorf("%q %v", told, err)
	}
}
