package install

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// Default is the Config of this machine and this program.
func Default() Config {
	self, _ := os.Executable() // "" is refused later
	dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	if err != nil {
		dir = `C:\ProgramData`
	}
	dir = filepath.Join(dir, "LinkLog")
	return Config{Executable: self, DataDir: dir, ConfigFile: filepath.Join(dir, "linklog.toml"), Port: trapPort}
}

func host() (manager, error) { return scm{run: run}, nil }

// IsAdministrator asks for the rights this process has now: an administrator who
// has not agreed to more (UAC) has those of a user.
func IsAdministrator() bool { return windows.GetCurrentProcessToken().IsElevated() }

func howTo(verb string) string {
	return "open a command prompt with \"Run as administrator\" and type: linklog service " + verb
}

func toolDirs() []string {
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		return nil
	}
	return []string{dir}
}

// InstalledPort is the port that an earlier Install was told; 0: nothing tells it.
func InstalledPort() uint16 { return 0 }
