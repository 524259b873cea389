// Command linklog-app is LinkLog's window and tray icon.
package main

import (
	"context"
	_ "embed"
	"os"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"fyne.io/systray"

	"linklog/app"
)

// version is set by the build.
var version = "dev"

//go:embed FyneApp.toml
var fyneApp string

//go:embed LICENSE
var licence string

//go:embed THIRD_PARTY_NOTICES.md
var notices string

func main() {
	build := app.Build{FyneApp: fyneApp, Version: version, Licence: licence, Notices: notices}
	os.Exit(app.Main(context.Background(), build, app.Toolkit{New: newFyne, Display: display, OnTrayTap: systray.SetOnTapped, Minimising: minimising}, os.Args[1:], os.Stdout, os.Stderr))
}

// newFyne makes the Fyne app, in this small file: the package it comes from cannot be
// type-checked for other systems.
func newFyne(m fyne.AppMetadata) fyne.App {
	fyneapp.SetMetadata(m)
	return fyneapp.NewWithID(m.ID)
}
