package settings

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/phrase"
	"linklog/service/settings"
)

// kind says how a setting of the service is written.
type kind uint8

const (
	number kind = iota // a whole number
	text               // anything
	span               // "24h"
	size               // "10 GiB"
	yes                // on or off
	list               // one a line
	ports              // numbers, one a line
	tongue             // one of the languages that there are
)

// field is one setting of the service.
type field struct {
	key   string // "history.days"
	label string
	help  string
	unit  string // behind a number
	empty string // what it means if nothing stands in the field
	kind  kind
	value func(*settings.Settings) string // as it stands in the form
}

// group is some fields under a heading.
type group struct {
	title  string
	fields []field
}

// groups are all settings of the service, in the order of the form.
func groups() []group {
	return []group{
		{"History", []field{
			{"history.days", "Keep events for", "0: forever", "days", "", number, func(s *settings.Settings) string { return strconv.Itoa(s.History.Days) }},
			{"history.max_size", "Maximum size", "0: no limit. The oldest are removed first.", "", "", size, func(s *settings.Settings) string { return sizeText(s.History.Size) }},
		}},
		{"New hosts", []field{
			{"hosts.learning", "Learning time", "No new-host alerts for this long after installation.", "", "", span, func(s *settings.Settings) string { return spanText(time.Duration(s.Hosts.Learning)) }},
			{"hosts.own_networks", "Own networks", "Your own networks, one per line, such as 192.168.1.0/24. If empty: the private networks and those of this computer.", "", "the usual networks", list, func(s *settings.Settings) string { return prefixes(s.Hosts.OwnNetworks) }},
			{"hosts.ignore", "Ignore list", "Hosts without alerts, one filter per line, such as host:*.example.com or port:ntp.", "", "none", list, func(s *settings.Settings) string { return lines(s.Hosts.Ignore) }},
			{"alerts.on_alert", "Program to run", "Runs for each alert: its full path, then its arguments, one per line.", "", "none", list, func(s *settings.Settings) string { return lines(s.Alerts.Run) }},
			{"alerts.language", "Language of messages", "Of alerts and summaries that go to outlets.", "", "", tongue, func(s *settings.Settings) string { return s.Alerts.Language }},
		}},
		{"Privacy", []field{
			{"privacy.do_not_record", "Do not record", "Connections that are not kept anywhere, one filter per line, such as ip:192.168.1.50 or mac:02:00:5e:10:00:22.", "", "none", list, func(s *settings.Settings) string { return lines(s.Privacy.DoNotRecord) }},
			{"privacy.shorten_after", "Shorten addresses after", "Addresses of hosts that are older are kept as their network, without names, such as 90d. 0s: never.", "", "", span, func(s *settings.Settings) string { return daysText(time.Duration(s.Privacy.ShortenAfter)) }},
		}},
		{"Routers", []field{
			{"sources.routers", "Routers", "Also accept these senders from other networks: routers or networks, one per line.", "", "none", list, func(s *settings.Settings) string { return prefixes(s.Sources.Routers) }},
			{"sources.on_link", "Own network", "Accept messages from any sender in the networks of this computer.", "", "", yes, func(s *settings.Settings) string { return strconv.FormatBool(s.Sources.OnLink) }},
			{"sources.names", "Believed about names", "Whose DHCP leases and DNS answers name devices and hosts: routers or networks, one per line. If empty: the router's, and those of who sent the first.", "", "found out", list, func(s *settings.Settings) string { return prefixes(s.Sources.Names) }},
			{"sources.rate", "Rate limit per sender", "Sustained limit. Refused messages are counted and shown.", "messages per second", "", number, func(s *settings.Settings) string { return strconv.Itoa(s.Sources.Rate) }},
			{"sources.burst", "Burst per sender", "Limit for a short burst.", "messages", "", number, func(s *settings.Settings) string { return strconv.Itoa(s.Sources.Burst) }},
		}},
		{"Names", []field{
			{"names.dns", "Reverse DNS", "Look up the names of hosts in DNS.", "", "", yes, func(s *settings.Settings) string { return strconv.FormatBool(s.Names.DNS) }},
			{"names.resolver", "DNS server", "Instead of the system's: an address or a name, with :port if it is not 53.", "", "the system's", text, func(s *settings.Settings) string { return s.Names.Resolver }},
		}},
		{"Owners and countries", []field{
			{"origin.asn", "File of owners", "A MaxMind DB file (.mmdb), such as GeoLite2-ASN, by its full path.", "", "built in", text, func(s *settings.Settings) string { return s.Origin.ASN }},
			{"origin.country", "File of countries", "A MaxMind DB file with countries; it may be the same.", "", "built in", text, func(s *settings.Settings) string { return s.Origin.Country }},
		}},
		{"Lists of addresses", []field{
			{knownLists, "Lists", "", "", "none", list, func(s *settings.Settings) string { return lines(s.Lists.Known) }},
			{ownLists, "Your own lists", "Files or addresses of the web, one per line, each behind a name: work https://lists.example/work.txt", "", "none", list, func(s *settings.Settings) string { return listsFrom(s.Lists.Own) }},
			{"lists.every", "Fetch every", "From 1h to 30d; those that LinkLog knows as rarely as their terms say.", "", "", span, func(s *settings.Settings) string { return spanText(time.Duration(s.Lists.Every)) }},
			{"lists.ca", "Certificates", "A file (PEM) with certificates that are accepted besides the system's, by its full path.", "", "none", text, func(s *settings.Settings) string { return s.Lists.CA }},
		}},
		{"Receiving", []field{
			{"listen.port", "UDP port", "For SNMP traps; system logs (syslog) come to 514, flows to 2055. Under systemd it takes effect after a restart: sudo linklog service restart", "", "", number, func(s *settings.Settings) string { return strconv.Itoa(s.Listen.Port) }},
			{"listen.ports", "UDP ports", "All ports to listen on, one per line. If empty: the one above, 514 for system logs (syslog) and 2055 for flows (NetFlow, IPFIX).", "", "the usual ports", ports, func(s *settings.Settings) string { return portLines(s.Listen.Ports) }},
			{"listen.tcp", "TCP", "Accept system logs by TCP, too, on the same ports except 162 and 2055.", "", "", yes, func(s *settings.Settings) string { return strconv.FormatBool(s.Listen.TCP) }},
			{"listen.address", "Address", "One of this computer's addresses. If empty: all of them.", "", "all", text, func(s *settings.Settings) string { return addressText(s) }},
			{"listen.buffer", "Receive buffer", "A trap takes about 832 bytes of it.", "", "", size, func(s *settings.Settings) string { return sizeText(s.Listen.Buffer) }},
		}},
		{"Access", []field{
			{"access.viewers", "Viewers", "Users who may view the log, one per line, in addition to members of the group linklog.", "", "none", list, func(s *settings.Settings) string { return lines(s.Access.Viewers) }},
			{"access.admins", "Administrators", "Users who may also change settings and remove events, one per line.", "", "none", list, func(s *settings.Settings) string { return lines(s.Access.Admins) }},
		}},
	}
}

// standard is the default of a field as it stands in the form.
func (f *field) standard() string {
	s := settings.Defaults()
	return f.value(&s)
}

// toml writes what stands in the form as in a settings file. What is empty is the
// default, where a setting cannot be empty.
func (f *field) toml(in string) string {
	in = strings.TrimSpace(in)
	switch f.kind {
	case number, span, size, yes:
		if in == "" {
			in = f.standard()
		}
	}
	switch f.kind {
	case number, yes:
		return in
	case list, ports:
		var words []string
		for line := range strings.Lines(in) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if f.kind == list {
				line = settings.Quoted(line)
			}
			words = append(words, line)
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	return cmp.Or(settings.Quoted(in), `""`) // an empty text is a value, too
}

// check says what is wrong with what stands in the form, in the user's language;
// nil: nothing.
func (f *field) check(in string) error {
	in = strings.TrimSpace(in)
	switch f.kind {
	case number:
		if _, err := strconv.Atoi(in); in != "" && err != nil {
			return errors.New(lang.L("must be a whole number"))
		}
	case ports:
		for _, word := range strings.Fields(in) {
			if _, err := strconv.Atoi(word); err != nil {
				return errors.New(lang.L("must be a whole number"))
			}
		}
	}
	if _, err := settings.Set("", f.key, f.toml(in)); err != nil {
		return f.reason(err)
	}
	return nil
}

// reason is an error about this field without what the form says already: its
// key, its value and the line in the file, and in the user's language.
func (f *field) reason(err error) error {
	p := phrase.Of(err)
	if key, reason := settings.About(p); key == f.key {
		p = reason
	}
	return errors.New(ui.Say(p))
}

func lines(words []string) string { return strings.Join(words, "\n") }

func prefixes(list []settings.Prefix) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = p.String()
		if p.IsSingleIP() {
			words[i] = p.Addr().String()
		}
	}
	return lines(words)
}

func listsFrom(list []settings.ListFrom) string {
	words := make([]string, len(list))
	for i, l := range list {
		words[i] = l.String()
	}
	return lines(words)
}

func portLines(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return lines(words)
}

func addressText(s *settings.Settings) string {
	if !s.Listen.Address.IsValid() {
		return ""
	}
	return s.Listen.Address.String()
}

// sizeText writes a size so that nothing of it is lost.
func sizeText(s settings.Size) string {
	var back settings.Size
	if err := back.UnmarshalText([]byte(s.String())); err == nil && back == s {
		return s.String()
	}
	return strconv.FormatInt(int64(s), 10)
}

// daysText is spanText in days, as far as it is whole ones.
func daysText(d time.Duration) string {
	if day := 24 * time.Hour; d > 0 && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	return spanText(d)
}

// spanText writes a time span by its largest unit.
func spanText(d time.Duration) string {
	switch {
	case d == 0:
		return "0s"
	case d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	case d%time.Minute == 0:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return d.String()
}
