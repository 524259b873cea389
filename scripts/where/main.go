// Command where tells a newcomer which ports LinkLog can listen on and what to type into the router.
// The ports go to standard output, for make run; everything for people goes to standard error.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strings"

	"linklog/capture"
	"linklog/service/doctor"
)

var (
	usualPorts = [...]int{capture.TrapPort, capture.SyslogPort, capture.FlowPort}                                               // where routers send
	openPorts  = [...]int{capture.TrapPort + capture.Unprivileged, capture.SyslogPort + capture.Unprivileged, capture.FlowPort} // where any account may listen
)

func main() {
	program := "bin/linklog"
	if len(os.Args) > 1 {
		program = os.Args[1]
	}
	ports, why := choose(program)

	say := func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	say("LinkLog is listening on the UDP ports %d, %d and %d%s.", ports[0], ports[1], ports[2], why)
	say("In the router, turn its log on and enter this computer as the log address:")
	found := doctor.LANAddresses()
	for _, a := range found {
		say("    %v", a)
	}
	if len(found) == 0 {
		say("    (no address in a local network found: is the network up?)")
	}
	say("How yours is set up: %s setup", program)
	if ports != usualPorts {
		say("Some routers send only to port %d or %d. To listen there:", usualPorts[1], usualPorts[0])
		for _, line := range toUsualPorts(program) {
			say("    %s", line)
		}
	}
	for tool, command := range map[string]string{"ufw": "ufw allow %d/udp", "firewall-cmd": "firewall-cmd --add-port=%d/udp"} {
		if _, ok := find(tool); ok {
			say("If the firewall is on, allow the ports: sudo "+command+" && sudo "+command+" && sudo "+command, ports[0], ports[1], ports[2])
		}
	}
	say("To see a line at once, from another terminal: %s send --to 127.0.0.1:%d", program, ports[0])
	say("")
	fmt.Printf("%d,%d,%d\n", ports[0], ports[1], ports[2])
}

// choose tries the first of the usual ports, and says why if it cannot be used. The others linklog
// itself can do without.
func choose(program string) (ports [3]int, why string) {
	first := usualPorts[0]
	conn, err := net.ListenPacket("udp", fmt.Sprintf(":%d", first))
	switch {
	case err == nil:
		conn.Close()
		return usualPorts, ""
	case errors.Is(err, fs.ErrPermission):
		// This process may not, but the program itself may, through a capability on its file.
		if getcap, ok := find("getcap"); ok {
			if out, _ := exec.Command(getcap, program).Output(); strings.Contains(string(out), "cap_net_bind_service") {
				return usualPorts, ""
			}
		}
		return openPorts, fmt.Sprintf(", as this account may not open port %d", first)
	default:
		return openPorts, fmt.Sprintf(", as port %d cannot be used (%v)", first, err)
	}
}

// toUsualPorts lists the ways from the open ports to the usual ones, one command per line.
func toUsualPorts(program string) []string {
	name := "USER"
	if u, err := user.Current(); err == nil && u.Uid != "0" {
		name = u.Username
	}
	lines := []string{fmt.Sprintf("sudo %s --run-as %s", program, name)}
	if runtime.GOOS == "linux" {
		lines = append(lines, fmt.Sprintf("sudo setcap cap_net_bind_service=+ep %s && make run   (until a build changes it)", program))
		for i, usual := range usualPorts {
			if usual == openPorts[i] {
				continue
			}
			lines = append(lines, fmt.Sprintf("sudo iptables -t nat -A PREROUTING -p udp --dport %d -j REDIRECT --to-ports %d   (until the next boot)", usual, openPorts[i]))
		}
	}
	return lines
}

// find is exec.LookPath that also looks where root's tools are: they are not in everyone's PATH.
func find(tool string) (string, bool) {
	for _, name := range []string{tool, "/usr/sbin/" + tool, "/sbin/" + tool} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}
