// Command linklog-app is LinkLog's window and tray icon.
package main

import (
	"context"
	_ "embed"
	"os"

	"linklog/app"
)

// version is set by the build.
var version = "dev"

//go:embed LICENSE
var licence string

//go:embed THIRD_PARTY_NOTICES.md
var notices string

func main() {
	os.Exit(app.Main(context.Background(), app.Build{Version: version, Licence: licence, Notices: notices}, os.Args[1:], os.Stderr))
}
