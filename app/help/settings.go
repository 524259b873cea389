package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// settings explains which settings there are, and whose they are.
func settings() []fyne.CanvasObject {
	return []fyne.CanvasObject{
		title(lang.L("This app")),
		paragraph(lang.L("Theme, language, notifications and startup are yours alone, and take effect at once. Mute is for everyone who uses this log; new hosts are still recorded meanwhile.")),
		title(lang.L("The service")),
		paragraph(lang.L("Ports, how long events are kept, names and alerts are settings of the service and apply to all users. Only an administrator can change them. What is wrong is said at its field; nothing is saved until all is right. Some changes take effect after a restart, which the page then offers.")),
		paragraph(lang.L("Edit as text shows the settings file as it is, with all settings and your comments.")),
		title(lang.L("Data")),
		paragraph(lang.L("There you see how much is kept and where, remove old events, import old logs, and undo an import.")),
	}
}
