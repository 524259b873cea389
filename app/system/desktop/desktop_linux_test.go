package desktop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What a shell makes of the script's line are the arguments, whatever is in them.
func TestScript(t *testing.T) {
	args := []string{"plain", "two words", `quo"te`, `it's`, `back\slash`, "$HOME `id` $(id)", "", "semi;colon"}
	text := script("/bin/echo program", args)
	line, ok := strings.CutPrefix(text, `do shell script "`)
	line, ok2 := strings.CutSuffix(line, `" with administrator privileges`)
	if !ok || !ok2 {
		t.Fatal(text)
	}
	line = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(line) // as AppleScript reads it
	out, err := exec.Command("/bin/sh", "-c", "set -- "+line+`; for a; do printf '%s\0' "$a"; done`).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); strings.Join(got, "|") != "/bin/echo program|"+strings.Join(args, "|") {
		t.Errorf("%q", got)
	}
}

func TestAutostart(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	a := Autostart{Program: `/opt/Link "Log"/app`, Args: []string{"--hidden", "100%"}, ID: "io.github.linklog.LinkLog", Name: "LinkLog"}
	if a.Enabled() {
		t.Error("enabled from the beginning")
	}
	if err := a.Enable(); err != nil || !a.Enabled() {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "autostart", "io.github.linklog.LinkLog.desktop")
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), `Exec="/opt/Link \\"Log\\"/app" "--hidden" "100%%"`+"\n") {
		t.Errorf("%s %v", text, err)
	}
	if _, err := exec.LookPath("desktop-file-validate"); err == nil {
		if out, err := exec.Command("desktop-file-validate", file).CombinedOutput(); err != nil {
			t.Errorf("%s", out)
		}
	}
	if err := a.Disable(); err != nil || a.Enabled() {
		t.Error(err)
	}
}

func TestNoTray(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	if TrayAvailable(context.Background()) {
		t.Error("a tray without a bus")
	}
}

func TestRunElevated(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("asks for a password")
	}
	if err := RunElevated(t.Context(), "/bin/true"); err != nil {
		t.Error(err)
	}
	if err := RunElevated(t.Context(), "/bin/sh", "-c", "echo why not >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "why not") {
		t.Error(err)
	}
}
