package port

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"

	"linklog/phrase"
	"linklog/service/datafile"
)

// Advice says in one or two plain sentences who holds the port and what a
// household can do about it; with a zero Process, how to find out who it is.
func Advice(p Process, port uint16) phrase.Phrase { return advice(p, port, runtime.GOOS) }

// Remedy is Advice for where it is said already who holds the port.
func Remedy(p Process, port uint16) phrase.Phrase {
	remedy, _ := remedy(p, port, runtime.GOOS)
	return remedy
}

func advice(p Process, port uint16, os string) phrase.Phrase {
	remedy, whole := remedy(p, port, os)
	if whole {
		return remedy
	}
	return phrase.Say("Port {{.Port}} is in use by {{.Program}}. {{.Remedy}}", "Port", port, "Program", p.Phrase(), "Remedy", remedy)
}

// remedy is what can be done; whole tells that it says who holds the port, too.
func remedy(p Process, port uint16, os string) (do phrase.Phrase, whole bool) {
	windows := os == "windows"
	switch {
	case p.IsSocketUnit():
		return phrase.Say("The system keeps port {{.Port}} open for LinkLog's service. To see what it receives: linklog. If it is not running: sudo linklog service start", "Port", port), true

	case p.is("linklog"):
		return phrase.Say("LinkLog is already running{{.Process}} and has port {{.Port}}.", "Process", p.process(), "Port", port), true

	case p.is("linklog-app"):
		return phrase.Say("LinkLog's app is already running{{.Process}} and has port {{.Port}}.", "Process", p.process(), "Port", port), true

	case p.is("snmptrapd") && os == "linux":
		return phrase.Say("If you do not need it, free the port with: sudo systemctl disable --now snmptrapd.socket snmptrapd"), false

	case p.is("snmptrap") && windows:
		return phrase.Say(`It is the Windows service "SNMP Trap". If you do not need it, free the port in a command prompt run as administrator: sc stop SNMPTRAP & sc config SNMPTRAP start= disabled`), false

	case p.is("rsyslogd", "rsyslog"):
		return phrase.Say(`If it need not receive from the network, remove the lines with "imudp" from /etc/rsyslog.conf and restart it. Else have it pass on what it receives: write ports = [162, 9514, 2055] under [listen] in LinkLog's settings, and in /etc/rsyslog.d/linklog.conf: if $fromhost-ip != "127.0.0.1" then @127.0.0.1:9514`), false

	case p.is("docker-proxy", "rootlessport", "conmon"):
		return phrase.Say(`It belongs to a container: "docker ps" or "podman ps" shows which one; stop that.`), false

	case pasteable.MatchString(p.Service) && windows:
		return phrase.Say("If you do not need it, stop it in a command prompt run as administrator: sc stop {{.Service}}", "Service", p.Service), false

	case pasteable.MatchString(p.Service):
		return phrase.Say("If you do not need it, stop it with: sudo systemctl stop {{.Service}}", "Service", p.Service), false

	case p.PID > 0:
		return phrase.Say("Quit it, or set it to a different port."), false

	case windows:
		return phrase.Say("To see which one, type in a command prompt run as administrator: linklog doctor"), false
	}
	return phrase.Say("To see which one: sudo linklog doctor"), false
}

// pasteable is a service's name that may stand in a command the user is going to
// paste: local users choose names, so nothing that a shell could understand.
var pasteable = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:_.@-]*$`)

// Denied says in a few lines what a household can do where the system does not let
// this user open a port. command is what was typed, without ports: without a command
// of its own linklog gives up its rights when the port is open, the service does not.
// ports are those that were wanted, instead those to try, as --port takes them. installed
// tells that the service need not be installed first.
func Denied(port uint16, command, ports, instead string, installed bool) string {
	program, _ := os.Executable()
	return denied(port, command, ports, instead, installed, datafile.Quote(program), runtime.GOOS, firstFree())
}

// denied is Denied for a system on which everybody may open the ports from first on.
func denied(port uint16, command, ports, instead string, installed bool, program, system string, first int) string {
	elsewhere := "listen on a different port:\n    " + command + " --port " + instead + "\n"
	if system == "windows" {
		return "Another program holds the port for itself, or Windows keeps it back (see:\n" +
			"netsh int ipv4 show excludedportrange udp). Either " + strings.TrimSuffix(elsewhere, "\n")
	}
	var b strings.Builder
	switch {
	case system == "linux" && int(port) >= first:
		fmt.Fprintf(&b, "Every user may open this port, but something keeps this program from it:\nSELinux, AppArmor or a container. Either %s", elsewhere)
	case system == "linux":
		fmt.Fprintf(&b, "Ports below %d need a right. Either %s", first, elsewhere)
		fmt.Fprintf(&b, "or let this program open such ports, from now on:\n    sudo setcap cap_net_bind_service=+ep %s\n", program)
	default:
		b.WriteString("Either " + elsewhere)
	}
	if !strings.HasSuffix(command, " service run") {
		fmt.Fprintf(&b, "or start it as root; it becomes user nobody as soon as the port is open:\n    sudo %s --port %s\n", command, ports)
	}
	if !installed {
		fmt.Fprintf(&b, "or have the background service receive and keep everything, without any rights:\n    sudo %s service install", strings.TrimSuffix(command, " service run"))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
