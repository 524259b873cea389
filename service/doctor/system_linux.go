package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"linklog/service/localsocket"
)

const letThrough = "To allow the router's messages, type in a terminal:"

// ufwEnabled finds the switch in ufw's own settings, which anyone may read.
var ufwEnabled = regexp.MustCompile(`(?im)^\s*enabled\s*=\s*["']?yes`)

func firewalls(ctx context.Context, ports []uint16) (out []Finding) {
	if conf, err := os.ReadFile("/etc/ufw/ufw.conf"); err == nil && ufwEnabled.Match(conf) {
		out = append(out, isOn("ufw", letThrough, each(ports, "sudo ufw allow %d/udp", " && ")))
	}
	if _, on := says(ctx, "firewall-cmd", "--state"); on {
		if open, known := says(ctx, "firewall-cmd", "--list-ports"); known { // else this user may not ask
			ports = without(ports, firewalldPorts(open))
		}
		if len(ports) == 0 {
			return out
		}
		out = append(out, isOn("firewalld", letThrough, "sudo firewall-cmd --permanent "+each(ports, "--add-port=%d/udp", " ")+" && sudo firewall-cmd --reload"))
	}
	return out
}

// firewalldPorts are those of UDP in what firewalld says, such as "162/udp 22/tcp".
func firewalldPorts(open string) string {
	var list []string
	for word := range strings.FieldsSeq(open) {
		if n, udp := strings.CutSuffix(word, "/udp"); udp {
			list = append(list, n)
		}
	}
	return strings.Join(list, ",")
}

// each writes something for each port.
func each(ports []uint16, format, between string) string {
	words := make([]string, len(ports))
	for i, n := range ports {
		words[i] = fmt.Sprintf(format, n)
	}
	return strings.Join(words, between)
}

func quiet(*exec.Cmd) {}

// AsAdministrator is a command as it is typed to run it with the rights of one.
func AsAdministrator(command string) string { return "sudo " + command }

// setClock is a command that sets the clock by the network.
const setClock = "sudo timedatectl set-ntp true"

// serviceLog is a command that shows what the service wrote last.
const serviceLog = "sudo journalctl -u linklog -n 20"

// lastWords is the error with which the service ended last, as far as this user may see it: root, and
// members of the group adm. It is started
// again every second: what is older is of a start before.
func lastWords(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, managerWithin)
	defer cancel()
	words, _ := says(ctx, "journalctl", "--unit=linklog.service", "--identifier=linklog", "--output=cat", "--lines=50", "--since=-10s", "--no-pager", "--quiet")
	return lastError(words)
}

// letIn is a command that lets a user read the log, "" if there is none.
func letIn(user string) string {
	if user == "" {
		return ""
	}
	return "sudo usermod -aG " + localsocket.Group + " " + user
}
