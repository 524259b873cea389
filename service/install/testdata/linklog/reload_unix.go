//go:build unix

package main

import (
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// reload asks the service who it is, as nobody else in the sandbox could, and sends it
// the signal.
func reload() error {
	c, err := net.Dial("unix", "/run/linklog/linklog.sock")
	if err != nil {
		return err
	}
	defer c.Close()
	text, err := io.ReadAll(c)
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGHUP)
}
