package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
)

const letIn = "To let the router's messages in, type into a terminal:"

// ufwEnabled finds the switch in ufw's own settings, which anyone may read.
var ufwEnabled = regexp.MustCompile(`(?im)^\s*enabled\s*=\s*["']?yes`)

func firewalls(ctx context.Context, port uint16) (out []Finding) {
	if conf, err := os.ReadFile("/etc/ufw/ufw.conf"); err == nil && ufwEnabled.Match(conf) {
		out = append(out, isOn("ufw", letIn, fmt.Sprintf("sudo ufw allow %d/udp", port)))
	}
	if _, on := says(ctx, "firewall-cmd", "--state"); on {
		out = append(out, isOn("firewalld", letIn, fmt.Sprintf("sudo firewall-cmd --permanent --add-port=%d/udp && sudo firewall-cmd --reload", port)))
	}
	return out
}

func quiet(*exec.Cmd) {}

// AsAdministrator is a command as it is typed to run it with the rights of one.
func AsAdministrator(command string) string { return "sudo " + command }
