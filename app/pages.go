package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/devices"
	"linklog/app/feed"
	"linklog/app/help"
	"linklog/app/hosts"
	"linklog/app/reports"
	"linklog/app/settings"
	"linklog/app/setup"
	"linklog/app/system/desktop"
	"linklog/app/ui"
)

// pages are those the app speaks to beyond showing them.
type pages struct {
	hosts    *hosts.Page
	devices  *devices.Page
	help     *help.Page
	settings *settings.Page
}

// makePages makes all pages, which are shown when they are chosen.
func (x *App) makePages() map[pageID]ui.Page {
	embedded := func() bool { return x.state.Connection == feed.ToEmbedded }
	x.pages.hosts = hosts.New(x.ui, hosts.Options{
		OnNew: func(n int) {
			x.status.NewHosts = n
			x.shell.showNewHosts()
		},
		OpenURL: desktop.OpenURL,
	})
	x.pages.devices = devices.New(x.ui, devices.Options{OnHosts: func(a netip.Addr, name string) {
		x.shell.open(pageHosts)
		x.pages.hosts.ShowDevice(a, name)
	}})
	x.pages.help = help.New(x.ui, help.Options{Shortcuts: x.helpKeys(), Version: x.config.Version, Licence: x.config.Licence, Notices: x.config.Notices})
	install := x.installService
	if x.config.Engine == nil || x.command() == "" {
		install = nil
	}
	x.pages.settings = settings.New(x.ui, settings.Options{
		Choices: x.choices(), OnChange: x.choose, OnMute: x.showMute, RestartService: x.restartService, Embedded: embedded, OpenFolder: desktop.OpenFolder,
	})
	return map[pageID]ui.Page{
		pageLog:      x.logPage,
		pageHosts:    x.pages.hosts,
		pageDevices:  x.pages.devices,
		pageTemplate: newTemplatePage(x),
		pageReports:  reports.New(x.ui, reports.Options{ShowRange: x.showRange}),
		pageSetup: setup.New(x.ui, setup.Options{
			Embedded: embedded, EngineError: func() error { return x.state.Engine }, Install: install, InstallCommand: x.installCommand(),
			OtherRouters: func() {
				x.pages.help.ShowTopic(help.Routers)
				x.shell.open(pageHelp)
			},
		}),
		pageSettings: x.pages.settings,
		pageHelp:     x.pages.help,
	}
}

// choices are those that the page of settings shows.
func (x *App) choices() settings.Choices {
	c := x.prefs.get()
	return settings.Choices{
		Mode: x.prefs.mode(), Density: x.prefs.density(), Language: c.Language, Notify: !c.Silent,
		StartAtLogin: x.autostart().Enabled(), CloseToTray: !c.Quit, ShowSystem: !c.Attempts,
	}
}

// choose takes other choices, which count at once.
func (x *App) choose(s settings.Choices) {
	before := x.prefs.get()
	x.prefs.change(func(c *choices) {
		c.Theme = map[int]string{1: "light", 2: "dark"}[int(s.Mode)]
		c.Density = map[int]string{1: "comfortable"}[int(s.Density)]
		c.Language, c.Silent, c.Quit, c.Attempts = s.Language, !s.Notify, !s.CloseToTray, !s.ShowSystem
	})
	after := x.prefs.get()
	if before.Theme != after.Theme || before.Density != after.Density {
		x.fyne.Settings().SetTheme(x.theme())
		x.logPage.view.SetRowHeight(x.prefs.density().RowHeight())
	}
	if before.Attempts != after.Attempts {
		x.shell.search.apply()
	}
	if auto := x.autostart(); auto.Enabled() != s.StartAtLogin {
		set := auto.Disable
		if s.StartAtLogin {
			set = auto.Enable
		}
		x.fail(lang.L("Start at login could not be changed"), set())
	}
	x.traySet()
}

func (x *App) autostart() desktop.Autostart {
	program, _ := os.Executable() // "" cannot be enabled, which is told then
	return desktop.Autostart{ID: x.config.Metadata.ID, Name: x.config.Metadata.Name, Program: program, Args: []string{"--hidden"}}
}

// command is the path of the command linklog, which installs the service: beside
// the app, or where the system finds it. "": it is not there.
func (x *App) command() string {
	name := "linklog"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if program, err := os.Executable(); err == nil {
		if path := filepath.Join(filepath.Dir(program), name); isFile(path) {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// installService installs and starts the background service, as an administrator.
func (x *App) installService(ctx context.Context) error {
	return elevated(desktop.RunElevated(ctx, x.command(), "service", "install"))
}

func (x *App) restartService(ctx context.Context) error {
	return elevated(desktop.RunElevated(ctx, x.command(), "service", "restart"))
}

func elevated(err error) error {
	if errors.Is(err, desktop.ErrCancelled) {
		return fmt.Errorf("%w", setup.ErrCancelled)
	}
	return err
}

// installCommand is what installs the service in a terminal.
func (x *App) installCommand() string {
	sudo := "sudo "
	if runtime.GOOS == "windows" {
		sudo = ""
	}
	if path := x.command(); path != "" {
		if strings.Contains(path, " ") {
			path = `"` + path + `"`
		}
		return sudo + path + " service install"
	}
	return sudo + "linklog service install"
}

// helpKeys are the keys as the help shows them.
func (x *App) helpKeys() []help.Shortcut {
	var list []help.Shortcut
	for _, k := range x.keys() {
		list = append(list, help.Shortcut{Group: lang.L("Everywhere"), Keys: keyText(k.mod, k.key), What: k.what})
	}
	in := func(keys, what string) {
		list = append(list, help.Shortcut{Group: lang.L("In the log"), Keys: keys, What: what})
	}
	in("↑ ↓", lang.L("The row above or below"))
	in("Page Up, Page Down", lang.L("A page up or down"))
	in("Home, End", lang.L("The oldest row, or the newest: then the log follows"))
	in("Shift + ↑ ↓ …", lang.L("Select rows"))
	in("Ctrl + A", lang.L("Select all rows"))
	in("Ctrl + C", lang.L("Copy the selected rows"))
	in("Enter", lang.L("Only this host"))
	in(lang.L("Menu key"), lang.L("What can be done with the row"))
	in("Esc", lang.L("Select nothing"))
	return list
}

func keyText(mod fyne.KeyModifier, key fyne.KeyName) string {
	text := ""
	if mod&fyne.KeyModifierShortcutDefault != 0 {
		text = "Ctrl + "
		if runtime.GOOS == "darwin" {
			text = "⌘ "
		}
	}
	if mod&fyne.KeyModifierShift != 0 {
		text += lang.L("Shift") + " + "
	}
	return text + string(key)
}

// showRange opens the log with what happened in a span of time.
func (x *App) showRange(from, to time.Time, filter string) {
	x.shell.open(pageLog)
	x.logPage.showRange(from, to, filter)
}
