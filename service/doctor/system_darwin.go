package doctor

import (
	"context"
	"os/exec"
	"strings"

	"linklog/service/localsocket"
)

func firewalls(ctx context.Context, _ []uint16) []Finding {
	state, ok := says(ctx, "/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate")
	if !ok || !strings.Contains(state, "enabled") {
		return nil
	}
	return []Finding{isOn("macOS", "Allow incoming connections for linklog in System Settings, Network, Firewall, Options.", "")}
}

func quiet(*exec.Cmd) {}

// AsAdministrator is a command as it is typed to run it with the rights of one.
func AsAdministrator(command string) string { return "sudo " + command }

// setClock is a command that sets the clock by the network.
const setClock = "sudo systemsetup -setusingnetworktime on"

// serviceLog is a command that shows what the service wrote last.
const serviceLog = `sudo tail -n 20 "/Library/Logs/LinkLog/service.log"`

// lastWords is the error with which the service ended last.
func lastWords(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, managerWithin)
	defer cancel()
	words, _ := says(ctx, "/usr/bin/tail", "-n", "50", "/Library/Logs/LinkLog/service.log")
	return lastError(words)
}

// letIn is a command that lets a user read the log, "" if there is none.
func letIn(user string) string {
	if user == "" {
		return ""
	}
	return "sudo dseditgroup -o edit -a " + user + " -t user " + localsocket.Group
}
