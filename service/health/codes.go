package health

import "slices"

// Code says what is wrong. Codes do not change: they are in the answers of the local
// socket, and programs decide by them.
type Code string

// The port and its sockets.
const (
	PortTaken      Code = "port-taken"        // another program has it
	PortTakenTCP   Code = "port-taken-tcp"    // and of TCP
	PortForbidden  Code = "port-forbidden"    // this user may not open it
	PortUnopened   Code = "port-unopened"     // it is free, but only the service manager may open it
	PortNoAddress  Code = "port-no-address"   // the address of the settings is not there
	PortUnhanded   Code = "port-unhanded"     // only the service manager may open it, which did not hear of it yet
	PortFailed     Code = "port-failed"       // any other error
	PortBuffer     Code = "port-buffer"       // the service manager made the receive buffer too small
	PortHeld       Code = "port-held"         // it listens on the service manager's socket, which is not that of the settings
	PortElsewhere  Code = "port-elsewhere"    // it listens where the settings say, the service manager elsewhere
	PortUnwanted   Code = "port-unwanted"     // the service manager opened one that the settings do not ask for
	AddressGone    Code = "address-gone"      // the address that is listened on went away
	DropsUnwritten Code = "drops-unwritten"   // how many losses were told is not kept
	AliveUnwritten Code = "alive-unwritten"   // until when the service received is not kept
	RoutersUnkept  Code = "routers-unwritten" // which routers were heard is not kept
)

// What is stored.
const (
	SpoolUnwritten      Code = "spool-unwritten"
	SpoolUnsynced       Code = "spool-unsynced"   // what is written is not on the disk yet
	SpoolUnreleased     Code = "spool-unreleased" // files that are not needed any more stay
	SpoolUnerased       Code = "spool-unerased"   // what is not to be recorded is still there
	SpoolFileUnusable   Code = "spool-file-unusable"
	HistoryUnwritten    Code = "history-unwritten"
	HistoryUntrimmed    Code = "history-untrimmed" // old events are not removed
	HistoryFileDamaged  Code = "history-file-damaged"
	HistoryFileUnusable Code = "history-file-unusable"
	HistoryFileUnused   Code = "history-file-unused"
	HistoryFileFixed    Code = "history-file-read-only"
	ImportUnusable      Code = "import-unusable" // nothing that was imported can be read
	ImportFileDamaged   Code = "import-file-damaged"
	ImportFileUnusable  Code = "import-file-unusable"
	ImportFileUnused    Code = "import-file-unused"
	ImportFileFixed     Code = "import-file-read-only"
	IDUnwritten         Code = "id-unwritten"
	Forgetting          Code = "forgetting"    // what is stored about somebody is being removed
	ForgetFailed        Code = "forget-failed" // and is still there
	HistoryUnshortened  Code = "history-unshortened"
)

// Hosts, names and alerts.
const (
	HostsUnwritten   Code = "hosts-unwritten"
	HostsUnreadable  Code = "hosts-unreadable"
	HostsFileDamaged Code = "hosts-file-damaged"
	HostsFileMissing Code = "hosts-file-missing"
	HostsInFuture    Code = "hosts-in-future" // some were seen by a clock that was ahead, and cannot be mended
	OriginWrong      Code = "origin-wrong"    // a file with owners or countries cannot be used
	ListMissing      Code = "list-missing"    // a list cannot be had, and nothing is known of what is on it
	ListStale        Code = "list-stale"      // nor a newer one than long ago
	ListGarbled      Code = "list-garbled"    // some of its lines are not understood
	IgnoreWrong      Code = "ignore-wrong"    // a filter of the settings cannot be used
	RuleWrong        Code = "rule-wrong"      // and of a rule
	NamesUnwritten   Code = "names-unwritten"
	NamesRefused     Code = "names-refused"    // somebody else than who is believed reports names
	TrustUnwritten   Code = "namers-unwritten" // who is believed is not kept
	DNSWrong         Code = "dns-wrong"        // the server of the settings is not a valid one
	DNSSilent        Code = "dns-silent"       // no server answers
	AlertsUnwritten  Code = "alerts-unwritten"
	AlertsUnread     Code = "alerts-unreadable"
	AlertFailed      Code = "alert-program-failed" // the program is missing, or its last run failed
	OutletFailed     Code = "outlet-failed"        // alerts do not get through one of the outlets
	DeviceLeft       Code = "outlet-device-left"   // a broker still has the device of an outlet that was removed
	SecretsUnread    Code = "secrets-unreadable"   // of the outlets
)

// Flows.
const (
	FlowTemplate Code = "flow-template"   // data waits for its template
	FlowSampled  Code = "flow-sampled"    // a router does not count all packets
	FlowsUnkept  Code = "flows-unwritten" // what routers said once of their flows is not kept
)

// The rest.
const (
	OwnLogged     Code = "own-log" // a router logs its own messages to this computer
	ClockAhead    Code = "clock-ahead"
	ClockBack     Code = "clock-set-back"
	ClockUnkept   Code = "clock-unwritten" // what is known of the clock is not kept
	SettingsWrong Code = "settings-wrong"  // the file is not used as it is
	SettingsWait  Code = "settings-wait"   // some count from the next start
)

// Severity says how bad something is.
type Severity string

const (
	Error   Severity = "error"   // something does not work
	Warning Severity = "warning" // it works, but not as it should
	Note    Severity = "note"    // nothing is wrong
)

// kind is what all conditions with a code have in common.
type kind struct {
	where    string // the part that is concerned
	severity Severity
	text     string // the sentence, a format of package phrase
}

// What is said of several codes.
const (
	anyError = "{{.Error}}"
	damaged  = "damaged and set aside: {{.Error}}"
	unusable = "not usable and set aside: {{.Error}}"
	unused   = "not used until this is fixed and the service restarted: {{.Error}}"
	fixed    = "it is used read-only: {{.Error}}"
)

// kinds are all there is that can be wrong.
var kinds = map[Code]kind{
	PortTaken:     {"port", Error, "UDP port {{.Port}} is in use; LinkLog tries again every {{.Retry}}. {{.Advice}}"},
	PortTakenTCP:  {"port", Error, "TCP port {{.Port}} is in use; LinkLog tries again every {{.Retry}}. {{.Advice}}"},
	PortForbidden: {"port", Error, "UDP port {{.Port}}: {{.Error}}; LinkLog tries again every {{.Retry}}. Choose a different port under [listen] in the settings, or have the service manager open it: sudo linklog service install"},
	PortUnopened:  {"port", Error, "UDP port {{.Port}} is free, but the service manager did not open it; to see why: systemctl status {{.Unit}}"},
	PortUnhanded:  {"port", Error, "only the service manager may open {{.Wanted}}. To have it do so: sudo linklog service restart"},
	PortNoAddress: {"port", Error, "this computer does not have the address {{.Address}} now; LinkLog tries again every {{.Retry}}"},
	PortFailed:    {"port", Error, "{{.Error}}; LinkLog tries again every {{.Retry}}"},
	PortBuffer:    {"port", Warning, "the settings ask for a receive buffer of {{.Wanted}}, but the service manager opened UDP port {{.Port}} with {{.Have}}. To change that: sudo linklog service restart."},
	PortHeld:      {"port", Warning, "the settings ask for {{.Wanted}}, which only the service manager may open. To change that: sudo linklog service restart. Until then LinkLog listens on UDP {{.Held}}"},
	PortElsewhere: {"port", Warning, "LinkLog listens on {{.Wanted}}, as the settings ask, but the service manager still holds UDP {{.Held}} for it, and what arrives while LinkLog is restarted is lost. To change that: sudo linklog service restart."},
	PortUnwanted:  {"port", Warning, "the service manager holds UDP {{.Held}} for LinkLog, which the settings do not ask for. To change that: sudo linklog service restart."},
	AddressGone:   {"address", Error, "this computer does not have the address {{.Address}} now, or its network is down; messages are received again when it is back"},

	DropsUnwritten: {"count of losses", Error, anyError},
	AliveUnwritten: {"data folder", Error, anyError},
	RoutersUnkept:  {"list of routers", Error, anyError},

	SpoolUnwritten:      {"spool", Error, anyError},
	SpoolUnsynced:       {"spool on disk", Error, anyError},
	SpoolUnreleased:     {"spool files", Error, anyError},
	SpoolUnerased:       {"spool files", Error, anyError},
	SpoolFileUnusable:   {"spool file", Error, anyError},
	HistoryUnwritten:    {"history", Error, anyError},
	HistoryUntrimmed:    {"removing old events", Error, anyError},
	HistoryFileDamaged:  {"history file", Error, damaged},
	HistoryFileUnusable: {"history file", Error, unusable},
	HistoryFileUnused:   {"history file", Error, unused},
	HistoryFileFixed:    {"history file", Warning, fixed},
	ImportUnusable:      {"imported events", Error, anyError},
	ImportFileDamaged:   {"imported file", Error, damaged},
	ImportFileUnusable:  {"imported file", Error, unusable},
	ImportFileUnused:    {"imported file", Error, unused},
	ImportFileFixed:     {"imported file", Warning, fixed},
	Forgetting:          {"removing on request", Note, "files written anew: {{.Done}} of {{.Of}}"},
	ForgetFailed:        {"removing on request", Error, "it is not done yet, and tried again: {{.Error}}"},
	HistoryUnshortened:  {"shortening old addresses", Error, anyError},
	IDUnwritten:         {"history's name", Error, "until this is fixed, followers start over after each restart of the service: {{.Error}}"},

	HostsUnwritten:   {"hosts", Error, anyError},
	HostsUnreadable:  {"hosts file", Error, anyError},
	HostsFileDamaged: {"hosts file", Error, "the file was damaged and set aside as {{.File}}: {{.Error}}"},
	HostsFileMissing: {"hosts file", Error, "it was missing or empty, though there is a history: your names, the ignore list and the known hosts are lost, except for what the spool still has"},
	HostsInFuture:    {"hosts seen in the future", Error, anyError},
	OriginWrong:      {"owners and countries", Warning, "what is built in, or was read before, is used instead: {{.Error}}"},
	ListMissing:      {"list", Warning, "nothing is matched by it: {{.Error}}"},
	ListStale:        {"list", Warning, "as it was on {{.Time}} it is still used: {{.Error}}"},
	ListGarbled:      {"list", Note, "lines that are not understood: {{.Lines}}, the first is line {{.First}}; the others are used"},
	IgnoreWrong:      {"ignore list", Error, anyError},
	RuleWrong:        {"rules", Error, anyError},
	NamesUnwritten:   {"names", Error, anyError},
	NamesRefused:     {"names", Warning, "{{.Address}} reports names of devices or hosts, which are not used, as {{.Believed}} reported such first. Messages like that so far: {{.Count}}. If it is your DNS or DHCP server, add both to names under [sources] in the settings."},
	TrustUnwritten:   {"file of who reports names", Error, anyError},
	DNSWrong:         {"DNS", Error, anyError},
	DNSSilent:        {"DNS", Warning, anyError},
	AlertsUnwritten:  {"alerts", Error, anyError},
	AlertsUnread:     {"on_alert", Error, anyError},
	AlertFailed:      {"on_alert", Error, anyError},
	OutletFailed:     {"outlet", Error, anyError},
	DeviceLeft:       {"removed outlet", Warning, "its device is still at the broker, and is removed as soon as that is possible, within 30 days: {{.Error}}"},
	SecretsUnread:    {"secrets", Error, anyError},

	FlowTemplate: {"flows of", Note, "they wait for the template that says how to read them. Most routers send it every few minutes, some every half hour"},
	FlowSampled:  {"flows of", Note, "the router reports only 1 of {{.Rate}} packets: short connections are missing, and bytes and packets are estimates"},
	FlowsUnkept:  {"file of flows", Error, anyError},

	OwnLogged:     {"router log", Warning, "{{.Router}} logs its own messages to this computer, and each of those makes another. They are counted and not stored. In the router's rule that logs, exclude UDP to this computer's port {{.Ports}}."},
	ClockAhead:    {"clock", Error, "this computer's clock says {{.Shown}}; by the time that passed while LinkLog was running it should be {{.Time}}. Unless the computer was off in between, its clock is wrong: please set it. No events are removed for their age until the clock has been stable for {{.Hours}} more hours while LinkLog runs"},
	ClockBack:     {"clock", Warning, "this computer's clock was set back from {{.Before}} to {{.Shown}}. Nothing is lost, and events keep their order, but their times overlap with earlier ones"},
	ClockUnkept:   {"clock file", Error, anyError},
	SettingsWrong: {"settings", Error, anyError},
	SettingsWait:  {"restart", Note, "{{.Settings}}: {{.When}}"},
}

// Severity is how bad it is.
func (c Code) Severity() Severity { return kinds[c].severity }

// Part is the part of the service that is concerned, in English; "": the code is not
// known.
func (c Code) Part() string { return kinds[c].where }

// Texts are all the texts of codes that are said to people: the parts, and the sentences.
func Texts() (list []string) {
	for _, k := range kinds {
		list = append(list, k.where, k.text)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// HidesEvents reports whether events are not shown because of it, though they are there,
// or were.
func (c Code) HidesEvents() bool {
	switch c {
	case HistoryFileDamaged, HistoryFileUnusable, HistoryFileUnused, ImportUnusable, ImportFileDamaged, ImportFileUnusable, ImportFileUnused:
		return true
	}
	return false
}

// ClosesPort reports whether nothing can be received on a port because of it.
func (c Code) ClosesPort() bool {
	switch c {
	case PortTaken, PortTakenTCP, PortForbidden, PortUnopened, PortUnhanded, PortNoAddress, PortFailed:
		return true
	}
	return false
}

// Endangers reports whether something may be lost because of it: what is received, or what is
// on the disk.
func (c Code) Endangers() bool {
	switch c {
	case AddressGone, DropsUnwritten, AliveUnwritten, SpoolUnwritten, SpoolUnsynced, SpoolUnreleased, SpoolFileUnusable, HistoryUnwritten, HistoryUntrimmed,
		HostsUnwritten, HostsUnreadable, HostsFileDamaged, HostsFileMissing, AlertsUnwritten:
		return true
	}
	return c.ClosesPort() || c.HidesEvents()
}
