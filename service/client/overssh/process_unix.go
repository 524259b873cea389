//go:build unix

package overssh

import (
	"os/exec"
	"syscall"
)

// apart gives ssh no terminal: it and what it starts can ask nobody anything there, and a Ctrl-C is
// for this program, which then ends the connection itself.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// release lets go of a process that ends by itself, unless it keeps its connection for others (ControlMaster).
func (c *conn) release() { c.stdout.Close() }
