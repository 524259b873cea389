// Package flowtest helps to test with softflowd, which exports flows of what passes an interface.
package flowtest

import (
	"io"
	"net"
	"time"
)

// Ask sends a command to a softflowd by its control socket, which is not there at once; "" is no answer.
func Ask(socket, command string) string {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return ""
	}
	defer c.Close()
	if c.SetDeadline(time.Now().Add(10*time.Second)) != nil {
		return ""
	}
	if _, err := c.Write([]byte(command + "\n")); err != nil {
		return ""
	}
	answer, _ := io.ReadAll(c) // until it hangs up
	return string(answer)
}
