package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// alerts explains what alerts are about, and where they go.
func alerts() []fyne.CanvasObject {
	return []fyne.CanvasObject{
		title(lang.L("What alerts are about")),
		paragraph(lang.L("New hosts, a new public IP address of the router, and attempts to reach hosts on your lists. Alerts → Rules has more to switch on: new devices, port scans, routers that fall silent, and problems.")),
		paragraph(lang.L("In the first 24 hours LinkLog learns which hosts are usual: there are no new-host alerts until then. Hosts on the ignore list never make any.")),
		title(lang.L("Rules of your own")),
		paragraph(lang.L("A rule is a filter, as in the search box: dst:192.168.1.20 dir:in verdict:allowed tells what gets through to that device. It tells always, the first time for a host or a device, when more come than a number in a time, or when nothing comes. “How often?” says how often it would have told in the last 7 days.")),
		paragraph(lang.L("Names in a filter are those that are known when the attempt comes or a few seconds later.")),
		paragraph(lang.L("In quiet hours a rule tells nothing; its alerts come afterwards, together, or not at all. Up to three alerts of a rule come one by one in a minute, more come in one.")),
		paragraph(lang.L("A rule can also say “Do not record”: connections that match it, of a guest or with one host, are only counted, always or at some hours of the day.")),
		title(lang.L("Where alerts go")),
		paragraph(lang.L("To the desktop, as notifications of this app, and to outlets: a phone, a chat, a mailbox, Home Assistant, a server or a program. The simplest is ntfy: Alerts → Outlets → Add…, subscribe to the topic in the app ntfy on the phone, then “Save and test”.")),
		paragraph(lang.L("While a server does not answer, its alerts wait for up to a day, also over restarts. The list of what was told shows whether they were delivered.")),
		paragraph(lang.L("An outlet may get a summary of the day instead of single alerts, or besides.")),
		title(lang.L("Silence")),
		paragraph(lang.L("Mute alerts for an hour or until tomorrow in the tray, or in Settings. New hosts that come meanwhile are told together afterwards.")),
	}
}
