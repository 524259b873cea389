package doctor

import (
	"context"
	"os/exec"
	"syscall"
)

// quiet keeps a console window from flashing up.
func quiet(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true} }

// AsAdministrator is a command as it is typed to run it with the rights of one: here
// the command prompt has to have them.
func AsAdministrator(command string) string { return command }

// setClock is a command that sets the clock by the network.
const setClock = "w32tm /resync"

// serviceLog is a command that shows what the service wrote last.
const serviceLog = "powershell Get-WinEvent -ProviderName linklog -MaxEvents 5"

// lastWords is what the service wrote last: here nothing that can be asked quickly.
func lastWords(context.Context) string { return "" }

// letIn is a command that lets a user read the log, "" if there is none: there need
// be no group for it here.
func letIn(string) string { return "" }
