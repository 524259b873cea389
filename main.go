// Command linklog-app is LinkLog's window and tray icon.
package main

import (
	"context"
	"os"

	"linklog/app"
)

// version is set by the build.
var version = "dev"

func main() { os.Exit(app.Main(context.Background(), version, os.Args[1:], os.Stderr)) }
