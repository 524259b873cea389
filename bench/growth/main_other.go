//go:build !linux

// Command growth needs Linux: see main_linux.go.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "growth: this benchmark reads CPU time and memory of other processes as Linux tells them")
	os.Exit(1)
}
