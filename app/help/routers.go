package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// routers explains routers in general; how each is set up is on the page Setup.
func routers() []fyne.CanvasObject {
	return []fyne.CanvasObject{
		title(lang.L("Which routers report to LinkLog")),
		paragraph(lang.L("Many routers send their log by syslog: ASUS, UniFi, OpenWrt, MikroTik, pfSense, OPNsense and others. Linksys routers with a field “Logviewer IP Address” send one short message, an SNMP trap, for each connection attempt. The page Setup shows the steps for each of them, and whether they worked.")),
		title(lang.L("Routers that report nothing")),
		paragraph(lang.L("A FRITZ!Box, most providers' boxes and mesh kits do not report connections. A router that does, between them and your devices, can report for them.")),
		title(lang.L("Older models")),
		paragraph(lang.L("They leave out the protocol, or send a name instead of an address. LinkLog understands that and shows what there is. The router's clock does not matter: the time of an event is when it reached this computer.")),
		title(lang.L("Old logs")),
		paragraph(lang.L("Logs of your router (from UniFi, pfSense, MikroTik, OpenWrt and others), of the Windows firewall and of the programs before LinkLog, and captures of UDP ports 162 and 514, can be imported with: linklog import FILE. All formats: linklog import --help")),
		title(lang.L("What no router reports")),
		paragraph(lang.L("A router reports each attempt once, but not how much was transferred or whether anyone answered. Under load, routers skip messages themselves; LinkLog cannot count those.")),
	}
}
