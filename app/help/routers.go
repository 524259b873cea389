package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// routers tells what routers without a field for an address can do.
func routers() []fyne.CanvasObject {
	return []fyne.CanvasObject{
		title(lang.L("Which routers report to LinkLog")),
		paragraph(lang.L("Routers of the Linksys family with a page “Log” (often below Administration) send one short message, an SNMP trap on UDP port 162, for each connection attempt from inside or outside. Where the page has a field “Logviewer IP Address” or “Send log to”, enter this computer's address there and switch the log on.")),
		title(lang.L("The field takes only the last number")),
		paragraph(lang.L("Some pages show the beginning of the address and let you type the last number only. With 255 there, the router sends to all computers of the network at once; LinkLog receives that, too.")),
		title(lang.L("The log holds attempts only, and nothing about the router")),
		paragraph(lang.L("On several models more kinds of messages (logins, connection to the provider, firewall) are switched on at a page that no menu shows: LogManage.htm behind the router's address.")),
		title(lang.L("Older models")),
		paragraph(lang.L("They leave out the protocol, or send a name instead of an address. LinkLog understands that and shows what there is. A router's own clock does not matter: the time of an event is when it reached this computer.")),
		title(lang.L("Routers with other firmware (DD-WRT, OpenWrt, Tomato, Asuswrt)")),
		paragraph(lang.L("They write their log as syslog on UDP port 514, which LinkLog does not receive. If the firmware has a package that sends SNMP traps with the text of a log line, LinkLog takes them: only the text counts, whatever the trap is called.")),
		title(lang.L("D-Link, Netgear, Draytek, SMC and others")),
		paragraph(lang.L("Most of them report by syslog or e-mail only. A Linksys router between them and your devices can report for them.")),
		title(lang.L("Old logs")),
		paragraph(lang.L("Logs of LinkLog, linksysmon, traplogger, WallWatcher, linksysd and snmptrapd, and captures of UDP port 162, can be read in with: linklog import FILE")),
		title(lang.L("What no router can tell")),
		paragraph(lang.L("It reports attempts, each once: how much was transferred, and whether somebody answered, is not in it. Under load a router leaves messages out by itself; LinkLog cannot count those.")),
	}
}
