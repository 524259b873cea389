package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// routers tells what routers without a field for an address can do.
func routers() []fyne.CanvasObject {
	return []fyne.CanvasObject{
		title(lang.L("Which routers report to LinkLog")),
		paragraph(lang.L("Linksys routers with a page “Log” (often under Administration) send one short message, an SNMP trap to UDP port 162, for each connection attempt from inside or outside. If the page has a field “Logviewer IP Address” or “Send log to”, enter this computer's address there and turn the log on.")),
		title(lang.L("The field accepts only the last number")),
		paragraph(lang.L("Some pages show the beginning of the address and let you type only the last number. With 255, the router sends to all computers in the network at once; LinkLog receives that, too.")),
		title(lang.L("The log shows only attempts, and nothing about the router itself")),
		paragraph(lang.L("On several models, more kinds of messages (logins, connection to the provider, firewall) can be turned on in a page that no menu shows: LogManage.htm, typed after the router's address.")),
		title(lang.L("Older models")),
		paragraph(lang.L("They leave out the protocol, or send a name instead of an address. LinkLog understands that and shows what there is. The router's clock does not matter: the time of an event is when it reached this computer.")),
		title(lang.L("Routers with other firmware (DD-WRT, OpenWrt, Tomato, Asuswrt)")),
		paragraph(lang.L("They write their log as syslog on UDP port 514, which LinkLog does not receive. If the firmware has a package that sends SNMP traps with the text of a log line, LinkLog takes them: only the text counts, whatever the trap is called.")),
		title(lang.L("D-Link, Netgear, Draytek, SMC and others")),
		paragraph(lang.L("Most of them report only by syslog or e-mail. A Linksys router between them and your devices can report for them.")),
		title(lang.L("Old logs")),
		paragraph(lang.L("Logs of LinkLog, linksysmon, traplogger, WallWatcher, linksysd and snmptrapd, and captures of UDP port 162, can be imported with: linklog import FILE")),
		title(lang.L("What no router reports")),
		paragraph(lang.L("A router reports each attempt once, but not how much was transferred or whether anyone answered. Under load, routers skip messages themselves; LinkLog cannot count those.")),
	}
}
