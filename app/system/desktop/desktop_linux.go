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
	"time"

	"linklog/service/datafile"
)

// TrayAvailable reports whether there is a tray that shows icons: plain GNOME has none.
// A bus or a panel that does not answer is asked for a few seconds only.
func TrayAvailable(ctx context.Context) bool {
	conn, err := sessionBus(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	return trayShown(ctx, conn)
}

// RunElevated runs a program as root and waits for it. Its error has what the
// program said; where nothing can ask for the password it says what to type instead.
func RunElevated(ctx context.Context, program string, args ...string) error {
	if os.Geteuid() == 0 {
		return run(exec.CommandContext(ctx, program, args...))
	}
	line := shellLine("sudo", append([]string{program}, args...))
	pkexec, err := exec.LookPath("pkexec")
	if err != nil {
		return fmt.Errorf("this desktop cannot ask for an administrator's password; in a terminal: %s", line)
	}
	err = run(exec.CommandContext(ctx, pkexec, append([]string{program}, args...)...))
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		switch exit.ExitCode() { // pkexec(1)
		case 126:
			return ErrCancelled
		case 127: // no agent that asks, a wrong password, a rule that forbids it
			return fmt.Errorf("administrator rights were not granted (%w); in a terminal: %s", err, line)
		}
	}
	return err
}

// shellLine is a command as one types it.
func shellLine(command string, args []string) string {
	for _, a := range args {
		if a == "" || strings.Trim(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=/.,:@+") != "" {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		command += " " + a
	}
	return command
}

// run runs a command; its error begins with what the command said.
func run(cmd *exec.Cmd) error {
	cmd.WaitDelay = time.Second // pkexec cannot be killed by the user, and need not be waited for
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
	return filepath.Join(dir, "autostart", a.ID+".desktop"), nil
}

// Enabled reports whether the app is started at login.
func (a Autostart) Enabled() bool {
	file, err := a.file()
	if err != nil {
		return false
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		// The package has it for all users; a file of the user's own hides it.
		_, err = os.Stat("/etc/xdg/autostart/" + a.ID + ".desktop")
		return err == nil
	}
	// GNOME's settings write the second one.
	return err == nil && !strings.Contains(string(text), "\nHidden=true") && !strings.Contains(string(text), "\nX-GNOME-Autostart-enabled=false")
}

// Enable starts the app at login from now on.
func (a Autostart) Enable() error {
	exec := quote(a.Program)
	for _, arg := range a.Args {
		exec += " " + quote(arg)
	}
	return a.write("Exec=" + exec + "\nIcon=linklog\n")
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
	return datafile.Replace(file, []byte("[Desktop Entry]\nType=Application\nName="+a.Name+"\n"+rest), 0o644)
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
func OpenFolder(path string) error {
	path, err := filepath.Abs(path) // which is never taken for an option
	if err != nil {
		return err
	}
	cmd := exec.Command("xdg-open", path)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // or it stays as a zombie
	return nil
}
