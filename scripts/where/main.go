// Command where tells a newcomer which port LinkLog can listen on and what to type into the router.
// The port goes to standard output, for make run; everything for people goes to standard error.
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

	"linklog/service/doctor"
)

const (
	trapPort = 162  // where routers send
	openPort = 9162 // where any account may listen
)

func main() {
	program := "bin/linklog"
	if len(os.Args) > 1 {
		program = os.Args[1]
	}
	port, why := choose(program)

	say := func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	say("LinkLog is listening on UDP port %d%s.", port, why)
	say("In the router, turn its log on and enter this computer as the log address:")
	found := doctor.LANAddresses()
	for _, a := range found {
		say("    %v", a)
	}
	if len(found) == 0 {
		say("    (no address in a local network found: is the network up?)")
	}
	if port != trapPort {
		say("Most routers can send to port %d only. To listen there:", trapPort)
		for _, line := range toTrapPort(program) {
			say("    %s", line)
		}
	}
	for tool, command := range map[string]string{"ufw": "ufw allow %d/udp", "firewall-cmd": "firewall-cmd --add-port=%d/udp"} {
		if _, ok := find(tool); ok {
			say("If the firewall is on, allow the port: sudo "+command, port)
		}
	}
	say("To see a line at once, from another terminal: %s send --to 127.0.0.1:%d", program, port)
	say("")
	fmt.Println(port)
}

// choose tries port 162, and says why if it cannot be used.
func choose(program string) (port int, why string) {
	conn, err := net.ListenPacket("udp", fmt.Sprintf(":%d", trapPort))
	switch {
	case err == nil:
		conn.Close()
		return trapPort, ""
	case errors.Is(err, fs.ErrPermission):
		// This process may not, but the program itself may, through a capability on its file.
		if getcap, ok := find("getcap"); ok {
			if out, _ := exec.Command(getcap, program).Output(); strings.Contains(string(out), "cap_net_bind_service") {
				return trapPort, ""
			}
		}
		return openPort, fmt.Sprintf(", as this account may not open port %d", trapPort)
	default:
		return openPort, fmt.Sprintf(", as port %d cannot be used (%v)", trapPort, err)
	}
}

// toTrapPort lists the ways from 9162 to 162, one command per line.
func toTrapPort(program string) []string {
	name := "USER"
	if u, err := user.Current(); err == nil && u.Uid != "0" {
		name = u.Username
	}
	lines := []string{fmt.Sprintf("sudo %s --run-as %s", program, name)}
	if runtime.GOOS == "linux" {
		lines = append(lines,
			fmt.Sprintf("sudo setcap cap_net_bind_service=+ep %s && make run   (until a build changes it)", program),
			fmt.Sprintf("sudo iptables -t nat -A PREROUTING -p udp --dport %d -j REDIRECT --to-ports %d   (until the next boot)", trapPort, openPort))
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
