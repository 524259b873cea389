// Command linklog shows what a router reports: every connection attempt in and
// out, as it happens. It is the successor of the Perl program of that name and
// takes its flags.
package main

import (
	"context"
	"os"
)

// version is set by the linker; see the Makefile.
var version string

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
