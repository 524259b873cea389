package doctor

import (
	"context"
	"os/exec"
	"strings"
)

func firewalls(ctx context.Context, _ uint16) []Finding {
	state, ok := says(ctx, "/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate")
	if !ok || !strings.Contains(state, "enabled") {
		return nil
	}
	return []Finding{isOn("macOS", "Allow incoming connections for linklog in System Settings, Network, Firewall, Options.", "")}
}

func quiet(*exec.Cmd) {}

// AsAdministrator is a command as it is typed to run it with the rights of one.
func AsAdministrator(command string) string { return "sudo " + command }
