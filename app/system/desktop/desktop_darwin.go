package desktop

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// TrayAvailable says that there is a menu bar that shows icons.
func TrayAvailable(context.Context) bool { return true }

// RunElevated runs a program as root, for which the system asks the password, and
// waits for it.
func RunElevated(ctx context.Context, program string, args ...string) error {
	out, err := exec.CommandContext(ctx, "/usr/bin/osascript", "-e", script(program, args)).CombinedOutput()
	if err == nil {
		return nil
	}
	text := strings.TrimSpace(string(out))
	if strings.Contains(text, "(-128)") { // userCanceledErr
		return ErrCancelled
	}
	return fmt.Errorf("%s: %w", text[:min(len(text), 2000)], err)
}

func (a Autostart) file() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "LaunchAgents", a.ID+".plist"), nil
}

// Enabled reports whether the app is started at login.
func (a Autostart) Enabled() bool {
	file, err := a.file()
	if err != nil {
		return false
	}
	_, err = os.Stat(file)
	return err == nil
}

// Enable starts the app at login from now on.
func (a Autostart) Enable() error {
	file, err := a.file()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>` + a.ID + `</string>
<key>RunAtLoad</key><true/>
<key>ProgramArguments</key><array>`)
	for _, arg := range append([]string{a.Program}, a.Args...) {
		b.WriteString("<string>")
		_ = xml.EscapeText(&b, []byte(arg)) // a Builder does not fail
		b.WriteString("</string>")
	}
	b.WriteString("</array>\n</dict></plist>\n")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

// Disable no longer starts the app at login.
func (a Autostart) Disable() error {
	file, err := a.file()
	if err != nil {
		return err
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// OpenFolder shows a folder in the file manager.
func OpenFolder(path string) error {
	path, err := filepath.Abs(path) // which is never taken for an option
	if err != nil {
		return err
	}
	cmd := exec.Command("/usr/bin/open", path)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait()
	return nil
}
