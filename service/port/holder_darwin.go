package port

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// holder asks lsof, which is part of macOS: the system's own table of sockets
// (libproc) can only be reached through C. Without administrator rights
// lsof shows the user's own processes only; whether anybody holds the port at
// all is then found by trying to take it.
func holder(network string, port uint16) (Process, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	filter := []string{"-nP", "-w", "-i" + strings.ToUpper(network) + ":" + strconv.Itoa(int(port)), "-Fpc"}
	if network == tcp {
		filter = append(filter, "-sTCP:LISTEN")
	}
	// -F: a line for each field, named by its first letter: p process, c command.
	out, err := exec.CommandContext(ctx, "/usr/sbin/lsof", filter...).Output()
	if p := parseLsof(string(out)); p.PID != 0 {
		if path, err := exec.CommandContext(ctx, "/bin/ps", "-o", "comm=", "-p", strconv.Itoa(p.PID)).Output(); err == nil {
			p.Path = strings.TrimSpace(string(path))
			p.Name = filepath.Base(p.Path)
		}
		return p, nil
	}
	// lsof ends with 1 when it finds nothing.
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Process{}, fmt.Errorf("ask lsof: %w", err)
	}
	var c io.Closer
	if network == tcp {
		c, err = net.Listen(network, ":"+strconv.Itoa(int(port)))
	} else {
		c, err = net.ListenPacket(network, ":"+strconv.Itoa(int(port)))
	}
	if err == nil {
		c.Close()
		return Process{}, ErrFree
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return Process{}, ErrUnknown
	}
	return Process{}, err
}

// parseLsof takes the first process that holds the port; a client that merely
// uses it as the other end's is not told apart, and is the rarest of accidents.
func parseLsof(out string) Process {
	var p Process
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "":
		case line[0] == 'p' && p.PID == 0:
			p.PID, _ = strconv.Atoi(line[1:])
		case line[0] == 'p':
			return p
		case line[0] == 'c':
			p.Name = line[1:]
		}
	}
	return p
}
