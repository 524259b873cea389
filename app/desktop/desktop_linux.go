package desktop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
)

// TrayAvailable tells whether there is a tray that shows icons: plain GNOME has none.
func TrayAvailable(ctx context.Context) bool {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer conn.Close()
	if errors.Join(conn.Auth(nil), conn.Hello()) != nil {
		return false
	}
	// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
	host, err := conn.Object("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher").GetProperty("org.kde.StatusNotifierWatcher.IsStatusNotifierHostRegistered")
	registered, ok := host.Value().(bool)
	return err == nil && ok && registered
}

// RunElevated runs a program as root and waits for it. Its error has what the
// program said.
func RunElevated(ctx context.Context, program string, args ...string) error {
	if os.Geteuid() == 0 {
		return run(exec.CommandContext(ctx, program, args...))
	}
	pkexec, err := exec.LookPath("pkexec")
	if err != nil {
		return fmt.Errorf("this desktop cannot ask for an administrator's password; in a terminal: sudo %s", strings.Join(append([]string{program}, args...), " "))
	}
	err = run(exec.CommandContext(ctx, pkexec, append([]string{program}, args...)...))
	var exit *exec.ExitError
	if errors.As(err, &exit) && (exit.ExitCode() == 126 || exit.ExitCode() == 127) { // pkexec(1)
		return ErrCancelled
	}
	return err
}

// run runs a command; its error begins with what the command said.
func run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if text := strings.TrimSpace(string(out)); text != "" {
		return fmt.Errorf("%s: %w", text[:min(len(text), 2000)], err)
	}
	return err
}

// file is where the desktop looks for what to start at login:
// https://specifications.freedesktop.org/autostart-spec/latest/
func (a Autostart) file() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "autostart", "io.github.linklog.LinkLog.desktop"), nil
}

// Enabled tells whether the app is started at login.
func (a Autostart) Enabled() bool {
	file, err := a.file()
	if err != nil {
		return false
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		// The package has it for all users; a file of the user's own hides it.
		_, err = os.Stat("/etc/xdg/autostart/io.github.linklog.LinkLog.desktop")
		return err == nil
	}
	return err == nil && !strings.Contains(string(text), "\nHidden=true")
}

// Enable starts the app at login from now on.
func (a Autostart) Enable() error {
	exec := quote(a.Program)
	for _, arg := range a.Args {
		exec += " " + quote(arg)
	}
	return a.write("Exec=" + exec + "\nIcon=" + a.Icon + "\n")
}

// Disable no longer starts the app at login.
func (a Autostart) Disable() error { return a.write("Exec=true\nHidden=true\n") }

func (a Autostart) write(rest string) error {
	file, err := a.file()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, []byte("[Desktop Entry]\nType=Application\nName=LinkLog\n"+rest), 0o644)
}

// quote quotes an argument for an Exec line:
// https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html
func quote(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(s)
	// What stands in the file is unescaped once more, as any string in it; and %
	// begins a field code.
	return `"` + strings.NewReplacer(`\`, `\\`, "\n", `\n`, "%", "%%").Replace(s) + `"`
}

// OpenFolder shows a folder in the file manager.
func OpenFolder(path string) error { return exec.Command("xdg-open", path).Start() }
