package overssh

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// apart gives ssh no console: it can ask nobody anything there, none is opened for it, and a Ctrl-C
// is for this program, which then ends the connection itself.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

// release ends a process that does not end by itself: whoever reads from its pipe waits for that.
func (c *conn) release() {
	go func() {
		if !c.wait(endsWithin) {
			_ = c.cmd.Process.Kill()
			<-c.ended
		}
		c.stdout.Close()
	}()
}
