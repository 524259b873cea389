package port

import (
	"os"
	"strconv"
	"strings"
)

// firstFree is the first port that needs no right.
func firstFree() int {
	text, _ := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
		return n
	}
	return 1024
}
