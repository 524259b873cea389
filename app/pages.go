package app

import (
	"net/netip"

	"fyne.io/fyne/v2/lang"

	"linklog/app/alerts"
	"linklog/app/choose"
	"linklog/app/devices"
	"linklog/app/feed"
	"linklog/app/help"
	"linklog/app/hosts"
	"linklog/app/reports"
	"linklog/app/settings"
	"linklog/app/setup"
	"linklog/app/story"
	"linklog/app/system/desktop"
	"linklog/app/template"
	"linklog/app/ui"
)

// pageID names a page; it is remembered.
type pageID string

// The pages that others open.
const (
	pageLog      pageID = "log"
	pageHosts    pageID = "hosts"
	pageTemplate pageID = "template"
	pageSetup    pageID = "setup"
	pageSettings pageID = "settings"
	pageHelp     pageID = "help"
	pageDevices  pageID = "devices"
	pageAlerts   pageID = "alerts"
	pageChoose   pageID = "computers"
	pageStory    pageID = "story" // of a host or a device; not in the list of pages
)

// page is a page as the shell has it.
type page struct {
	id    pageID
	label string
	ui.Page
	item *ui.NavItem // in the list of pages
}

// pages are those the app speaks to beyond showing them.
type pages struct {
	hosts    *hosts.Page
	settings *settings.Page
	story    *story.Page
	alerts   *alerts.Page
	choose   *choose.Page
}

// makePages makes all pages, in the order of the list and of the keys Ctrl+1 and on.
func (x *App) makePages() []*page {
	embedded := func() bool { return x.state.Connection == feed.ToEmbedded }
	x.pages.hosts = hosts.New(x.ui, hosts.Options{OnNew: x.showNewHosts})
	restart := restartService
	if !x.computer.Here() {
		restart = nil // it would be the one of this computer
	}
	x.pages.settings = settings.New(x.ui, settings.Options{
		Choices: x.choices(), OnChange: x.choose, OnMute: x.showMute, RestartService: restart, Embedded: embedded, OpenFolder: desktop.OpenFolder,
		Import: x.imports.Ask, Imports: x.imports.List,
	})
	x.pages.choose = choose.New(x.ui, x.choice())
	forSetup := setup.Options{
		Embedded: embedded, EngineError: func() error { return x.state.Engine }, InstallCommand: installCommand(),
	}
	if x.config.Engine != nil && command() != "" {
		forSetup.Install = installService
	}
	var forRouter ui.Page
	if x.computer.Here() {
		forRouter = setup.New(x.ui, forSetup)
	} else {
		forRouter = choose.NewSetup(x.ui, x.computer.Name, x.computer.Host)
	}
	x.pages.story = story.New(x.ui, story.Options{OnBack: func() { x.shell.back() }, OnHosts: x.showHostsOf})
	x.pages.alerts = alerts.New(x.ui)
	return []*page{
		{id: pageLog, label: lang.L("Log"), Page: x.logPage},
		{id: pageHosts, label: lang.L("Hosts"), Page: x.pages.hosts},
		{id: pageDevices, label: lang.L("Devices"), Page: devices.New(x.ui, devices.Options{OnHosts: x.showHostsOf})},
		{id: "reports", label: lang.L("Reports"), Page: reports.New(x.ui, reports.Options{OpenPage: desktop.OpenPage})},
		{id: pageAlerts, label: lang.L("Alerts"), Page: x.pages.alerts},
		{id: pageTemplate, label: lang.L("Template"), Page: template.New(x.ui, x.logPage.Latest)},
		{id: pageSetup, label: lang.L("Setup"), Page: forRouter},
		{id: pageSettings, label: lang.L("Settings"), Page: x.pages.settings},
		{id: pageHelp, label: lang.L("Help"), Page: help.New(x.ui, help.Options{Shortcuts: x.helpKeys, Version: x.config.Version, Licence: x.config.Licence, Notices: x.config.Notices})},
		{id: pageStory, Page: x.pages.story},
		{id: pageChoose, label: lang.L("Computers"), Page: x.pages.choose},
	}
}

// showHostsOf opens the hosts that a device talked to.
func (x *App) showHostsOf(device netip.Addr, name string) {
	x.shell.open(pageHosts)
	x.pages.hosts.ShowDevice(device, name)
}

// openHost opens the page of a host, openDevice that of a device.
func (x *App) openHost(ref string)   { x.shell.openStory(story.Subject{Ref: ref}) }
func (x *App) openDevice(ref string) { x.shell.openStory(story.Subject{Device: true, Ref: ref}) }
