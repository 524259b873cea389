package port

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// holder looks the port up in the kernel's tables of sockets, which anyone may
// read, and then for the process that has such a socket open, which is
// shown to root and the process's own user; to others its service, if it has one.
func holder(network string, port uint16) (Process, error) {
	inodes := map[string]string{}                            // inode of the socket -> uid
	for _, table := range []string{network, network + "6"} { // /proc/net is hidden in a sandbox (ProcSubset=pid)
		if err := socketsOn("/proc/self/net/"+table, network == tcp, port, inodes); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Process{}, err // no IPv6: no table
		}
	}
	if len(inodes) == 0 {
		return Process{}, ErrFree
	}
	pids := holders(inodes)
	for _, pid := range pids {
		if pid != 1 {
			return describe(pid), nil
		}
	}
	p := Process{}
	for _, uid := range inodes {
		p.User = uid
		if u, err := user.LookupId(uid); err == nil {
			p.User = u.Username
		}
	}
	if len(pids) == 0 {
		if p.Service = serviceOf(network, port); p.Service != "" {
			return p, nil
		}
	}
	// The manager holds it for a service that is not running, or nothing can be seen.
	unit := socketUnit(network, port)
	switch {
	case len(pids) > 0:
		p := describe(1)
		p.Service = unit
		return p, nil
	case unit != "":
		return Process{Service: unit}, nil
	}
	return p, ErrUnknown
}

// socketsOn adds the sockets of a table (proc_net_udp, proc_net_tcp: local address in
// field 1, state in field 3, uid in field 7, inode in field 9) that have the port; of TCP
// those that wait for connections.
func socketsOn(table string, waits bool, port uint16, inodes map[string]string) error {
	f, err := os.Open(table)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 || waits && fields[3] != "0A" { // TCP_LISTEN
			continue
		}
		_, local, _ := strings.Cut(fields[1], ":")
		if n, err := strconv.ParseUint(local, 16, 16); err == nil && uint16(n) == port {
			inodes[fields[9]] = fields[7]
		}
	}
	return lines.Err()
}

// holders are the processes the caller may look into that have one of the
// sockets open.
func holders(inodes map[string]string) []int {
	var pids []int
	links, _ := filepath.Glob("/proc/[0-9]*/fd/[0-9]*")
	for _, link := range links {
		to, err := os.Readlink(link)
		if err != nil {
			continue // gone, or not ours to see
		}
		inode, ok := strings.CutPrefix(to, "socket:[")
		if !ok {
			continue
		}
		if _, ok := inodes[strings.TrimSuffix(inode, "]")]; !ok {
			continue
		}
		if pid, err := strconv.Atoi(strings.Split(link, "/")[2]); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func describe(pid int) Process {
	proc := "/proc/" + strconv.Itoa(pid)
	p := Process{PID: pid}
	if name, err := os.ReadFile(proc + "/comm"); err == nil {
		p.Name = strings.TrimSpace(string(name))
	}
	if path, err := os.Readlink(proc + "/exe"); err == nil {
		p.Path = strings.TrimSuffix(path, " (deleted)")
		// comm is cut at 15 characters and is anyone's to change.
		p.Name = filepath.Base(p.Path)
	}
	if groups, err := os.ReadFile(proc + "/cgroup"); err == nil {
		p.Service = unit(string(groups))
	}
	if info, err := os.Stat(proc); err == nil {
		p.User = owner(info)
	}
	return p
}

// unit finds a unit of the system's manager in /proc/PID/cgroup, whose lines
// are number:controllers:path. Units of a user's own manager are not
// taken: they cannot be stopped by the same command.
func unit(groups string) string {
	for line := range strings.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 || (parts[1] != "" && parts[1] != "name=systemd") || strings.Contains(parts[2], "/user.slice/") {
			continue
		}
		for _, part := range strings.Split(parts[2], "/") {
			if strings.HasSuffix(part, ".service") {
				return part
			}
		}
	}
	return ""
}

// socketUnit asks systemd for the socket unit that listens on the port; anyone
// may ask.
func socketUnit(network string, port uint16) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, systemctl := range []string{"/usr/bin/systemctl", "/bin/systemctl"} {
		out, err := exec.CommandContext(ctx, systemctl, "list-sockets", "--show-types", "--full", "--no-pager", "--no-legend").Output()
		if err == nil {
			return listening(string(out), network, port)
		}
	}
	return ""
}

// listening finds the unit in the output of systemctl list-sockets, whose lines
// are address, type, unit, what it starts.
func listening(sockets, network string, port uint16) string {
	kind := "Datagram"
	if network == tcp {
		kind = "Stream"
	}
	for line := range strings.Lines(sockets) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[1] != kind {
			continue
		}
		if _, p, err := net.SplitHostPort(fields[0]); err == nil && p == strconv.Itoa(int(port)) {
			return fields[2]
		}
	}
	return ""
}
