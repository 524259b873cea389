//go:build !linux

// Command peers needs Linux: see main_linux.go.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "peers: this benchmark shares the sockets of other processes, which only Linux allows")
	os.Exit(1)
}
