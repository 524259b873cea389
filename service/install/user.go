package install

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/kardianos/service"
)

// UserDataDir is where the engine keeps its files when an ordinary user runs it,
// without a service: a folder of his own. "" if he has none.
func UserDataDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LocalAppData"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "LinkLog", "data")
		}
		return filepath.Join(home, "AppData", "Local", "LinkLog", "data")
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "LinkLog", "data")
	}
	// https://specifications.freedesktop.org/basedir-spec/latest/
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "linklog")
	}
	return filepath.Join(home, ".local", "share", "linklog")
}

// Managed reports whether the service manager of Windows runs this process. Its
// account has no rights of an administrator there, but runs for all users.
func Managed() bool { return runtime.GOOS == "windows" && !service.Interactive() }
