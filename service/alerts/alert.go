package alerts

import (
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
	"linklog/service/api"
)

// Alert is something the user is to be told.
type Alert struct {
	// ID numbers alerts in the order in which they can be read; it is never used
	// twice, also not in a file that was begun anew. IDs have gaps.
	ID uint64

	// Time is when the alert was made, UTC.
	Time time.Time

	// Kind says which of the fields below are filled.
	Kind AlertKind

	// Host is the new host's address, invalid where the router told its name only;
	// Name its best name, "" if none is known. For NewHost.
	Host netip.Addr
	Name string

	// Device is the own machine the host talked to, invalid if that is not known;
	// DeviceName its best name. For NewHost.
	Device     netip.Addr
	DeviceName string

	// Dir, Proto and Port are of the first attempt; Port is that of its destination,
	// Service the port's name. For NewHost.
	Dir     capture.Direction
	Proto   capture.Protocol
	Port    uint16
	Service string

	// Seq is the event's: the first attempt, for several hosts that of the first of
	// them, or the message that told the public address.
	Seq uint64

	// Router is who told: of the first attempt, or whose address it is.
	Router netip.Addr

	// Count is the number of hosts, Hosts the first few of them, and Since when the
	// first of them was seen (for WANChange: when the change was told). For NewHost
	// they are 1, none and the time of the attempt.
	Count uint64
	Hosts []AlertHost
	Since time.Time

	// OldAddr and NewAddr are the public addresses. For WANChange.
	OldAddr, NewAddr netip.Addr

	// Rule is the name of the user's rule that tells; "": one that is built in.
	Rule string

	// Outlets are where it goes, as settings.Rule has them; none: everywhere.
	Outlets []string

	// Message is what no other field has: the text of a message, the hardware address of a
	// new device, what is wrong, on which list the host is, or the lines of a summary.
	Message string

	// Verdict is the router's, on the first attempt. For Rule.
	Verdict capture.Verdict

	// Muted: it was made while alerts were muted, and is here to be looked up, not
	// to be shown. WANChange only; new hosts wait for the end and come in a Digest.
	Muted bool
}

// AlertHost is one of several hosts in an alert.
type AlertHost struct {
	Host netip.Addr // invalid where the router told a name only
	Name string
}

// AlertKind says what an Alert is about.
type AlertKind uint8

const (
	NewHost      AlertKind = iota + 1 // a host that was never seen
	NewHosts                          // several of them within a minute
	WANChange                         // a router has a different public address
	Digest                            // new hosts while nobody was there, or alerts were muted
	Rule                              // what a rule's filter lets through; Count events
	RuleMany                          // Count of it, more than the rule allows
	RuleNothing                       // none of it for as long as the rule says
	NewDevice                         // a device that was never seen, or Count of them
	PortScan                          // a host that tries many ports, or Count of them
	RouterSilent                      // a router from which nothing comes any more
	Trouble                           // something does not work, see Message
	Listed                            // an attempt to reach who is on a list, which Message says, or Count of them
	Daily                             // a summary of the day, of Count alerts, in Message
)

var alertKinds = [...]string{
	NewHost: "new-host", NewHosts: "new-hosts", WANChange: "wan-change", Digest: "digest", Rule: "rule", RuleMany: "rule-many", RuleNothing: "rule-nothing",
	NewDevice: "new-device", PortScan: "port-scan", RouterSilent: "router-silent", Trouble: "trouble", Listed: "listed", Daily: "daily",
}

// String gives "new-host", "new-hosts", "wan-change", "digest" …, or "".
func (k AlertKind) String() string {
	if int(k) < len(alertKinds) {
		return alertKinds[k]
	}
	return ""
}

func parseAlertKind(s string) AlertKind {
	return AlertKind(max(slices.Index(alertKinds[:], s), 0))
}

// For reports whether the alert goes to an outlet.
func (a *Alert) For(outlet string) bool {
	return len(a.Outlets) == 0 || slices.Contains(a.Outlets, outlet)
}

// API is the alert as it is told to other programs.
func (a *Alert) API() api.Alert {
	out := api.Alert{
		ID: a.ID, Time: a.Time, Kind: a.Kind.String(), Text: a.String(), Host: a.Host, Name: a.Name, Device: a.Device, DeviceName: a.DeviceName,
		Direction: a.Dir.String(), Protocol: a.Proto.String(), Port: a.Port, Service: a.Service, Seq: a.Seq, Router: a.Router,
		Count: a.Count, Since: a.Since, OldAddr: a.OldAddr, NewAddr: a.NewAddr, Muted: a.Muted,
		Rule: a.Rule, Outlets: a.Outlets, Message: a.Message, Verdict: a.Verdict.String(),
	}
	for _, h := range a.Hosts {
		out.Hosts = append(out.Hosts, api.NamedIP{Addr: h.Host, Name: h.Name})
	}
	return out
}
