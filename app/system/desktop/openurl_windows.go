package desktop

import (
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// browser asks the shell's library rather than a shell, to which & is a command.
func browser(address string) *exec.Cmd {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		system = `C:\Windows\System32`
	}
	return exec.Command(filepath.Join(system, "rundll32.exe"), "url.dll,FileProtocolHandler", address)
}
