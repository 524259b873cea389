// Package settings reads the settings of the service: one TOML file in which
// every line has a default, and in which nothing is ignored silently.
package settings

import (
	_ "embed"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/phrase"
	"linklog/service/book/dns"
)

// Default is the settings file as it is installed: all settings, commented out,
// each with its default and what it is for.
//
//go:embed default.toml
var Default string

// Settings are all settings. The zero value is not the default: see Defaults.
type Settings struct {
	Listen  Listen  `toml:"listen"`
	Sources Sources `toml:"sources"`
	Names   Names   `toml:"names"`
	Origin  Origin  `toml:"origin"`
	Lists   Lists   `toml:"lists"`
	History History `toml:"history"`
	Hosts   Hosts   `toml:"hosts"`
	Alerts  Alerts  `toml:"alerts"`
	Privacy Privacy `toml:"privacy"`
	Access  Access  `toml:"access"`

	Outlets []Outlet `toml:"outlet"`
	Rules   []Rule   `toml:"rule"`
}

// Listen says where messages are received.
type Listen struct {
	Address Address `toml:"address"` // invalid: all addresses
	Port    int     `toml:"port"`    // of the traps; 0: a free one
	Ports   []int   `toml:"ports"`   // all, in place of Port; see UDPPorts
	TCP     bool    `toml:"tcp"`     // see TCPPorts
	Buffer  Size    `toml:"buffer"`  // receive buffer of each socket
}

// UDPPorts are the UDP ports to listen on, the first that of the traps: those of Ports or,
// where there are none, Port and the ports of system logs and of flows.
func (l *Listen) UDPPorts() (ports []uint16) {
	for _, n := range l.Ports {
		ports = append(ports, uint16(n))
	}
	if len(ports) == 0 {
		ports = []uint16{uint16(l.Port)}
		for _, n := range usual[1:] {
			if l.Port != 0 && l.Port != n {
				ports = append(ports, uint16(n))
			}
		}
	}
	return ports
}

// Only has these UDP ports listened on, whatever else is set. One of them may be 0, a free
// one.
func (l *Listen) Only(ports []uint16) {
	l.Port, l.Ports = 0, nil
	if len(ports) == 1 && ports[0] == 0 {
		return
	}
	for _, n := range ports {
		l.Ports = append(l.Ports, int(n))
	}
}

// TCPPorts are the TCP ports to listen on: those for UDP but that of traps and, unless it
// was chosen, that of flows, which nobody sends by TCP.
func (l *Listen) TCPPorts() (ports []uint16) {
	if l.TCP {
		ports = slices.DeleteFunc(l.UDPPorts(), func(n uint16) bool {
			return n == capture.TrapPort || n == 0 || n == capture.FlowPort && !l.Chosen()
		})
	}
	return ports
}

// usual are the UDP ports to which routers send.
var usual = []int{capture.TrapPort, capture.SyslogPort, capture.FlowPort}

// Chosen reports whether the ports were chosen one by one: then they are those and no
// others, also where this user may not open them.
func (l *Listen) Chosen() bool {
	return len(l.Ports) > 0 && !slices.Equal(l.Ports, usual) && !slices.Equal(l.Ports, usual[:2])
}

// Sources says whose datagrams are taken.
type Sources struct {
	Routers []Prefix `toml:"routers"` // taken wherever they are
	OnLink  bool     `toml:"on_link"` // also any in a network this computer is in
	Names   []Prefix `toml:"names"`   // whose leases and answers count; empty: the router's, and those of who sent the first
	Rate    int      `toml:"rate"`    // datagrams a second of one source, for long
	Burst   int      `toml:"burst"`   // datagrams of one source at once
}

// Believed are the networks whose names count; none: that is found out.
func (s *Sources) Believed() (list []netip.Prefix) {
	for _, p := range s.Names {
		list = append(list, p.Prefix)
	}
	return list
}

// Names says how names of hosts are found.
type Names struct {
	DNS      bool   `toml:"dns"`
	Resolver string `toml:"resolver"` // "host[:port]"; "": the system's
}

// Origin says where owners and countries of addresses come from: full paths of files; "":
// what is built in.
type Origin struct {
	ASN     string `toml:"asn"`
	Country string `toml:"country"`
}

// History says what is kept.
type History struct {
	Days int  `toml:"days"`     // 0: no limit
	Size Size `toml:"max_size"` // 0: no limit
}

// Hosts says who is an external host worth an alert.
type Hosts struct {
	OwnNetworks []Prefix `toml:"own_networks"` // empty: the private networks and those this computer is in
	Learning    Duration `toml:"learning"`
	Ignore      []string `toml:"ignore"` // filters
}

// Alerts says what happens on an alert.
type Alerts struct {
	Run      []string `toml:"on_alert"` // a program and its arguments; empty: none
	Language string   `toml:"language"` // of what goes to outlets, one of Languages
}

// Languages are those that messages can be in.
var Languages = []string{"en", "de"}

// Privacy says what is not kept.
type Privacy struct {
	DoNotRecord  []string `toml:"do_not_record"` // filters of attempts
	ShortenAfter Duration `toml:"shorten_after"` // addresses of hosts are shortened then; 0: never
}

// Access says who may use the local socket, besides administrators and the members
// of the group linklog: names of users.
type Access struct {
	Viewers []string `toml:"viewers"` // may look
	Admins  []string `toml:"admins"`  // may also change settings and remove events
}

// Defaults returns the settings of an empty file.
func Defaults() Settings {
	return Settings{
		Listen:  Listen{Port: capture.TrapPort, Buffer: 64 << 20},
		Sources: Sources{OnLink: true, Rate: 25_000, Burst: 500_000},
		Names:   Names{DNS: true},
		Lists:   Lists{Every: Duration(24 * time.Hour)},
		History: History{Days: 365, Size: 10 << 30},
		Hosts:   Hosts{Learning: Duration(24 * time.Hour)},
		Alerts:  Alerts{Language: "en"},
	}
}

// MaxPorts bounds the UDP ports that are listened on.
const MaxPorts = 8

// maxDays bounds time spans, in days: a hundred years.
const maxDays = 36_500

// check reports what the types do not say.
func (s *Settings) check(wrong report) {
	between := func(key string, v, low, high int) {
		if v < low || v > high {
			wrong(key, -1, notBetween(v, low, high))
		}
	}
	if a := s.Listen.Address.Addr; a.IsValid() && !a.IsUnspecified() {
		switch {
		case a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
			wrong("listen.address", -1, phrase.Say("{{.Address}} is the address of many computers, not of this one", "Address", strconv.Quote(a.String())))
		case a.Is6() && a.IsLinkLocalUnicast() && a.Zone() == "":
			wrong("listen.address", -1, phrase.Say("{{.Address}} needs the name of a network interface, such as {{.Example}}",
				"Address", strconv.Quote(a.String()), "Example", strconv.Quote(a.WithZone("eth0").String())))
		}
	}
	between("listen.port", s.Listen.Port, 0, 65535)
	for i, n := range s.Listen.Ports {
		switch {
		case n < 1 || n > 65535:
			wrong("listen.ports", i, notBetween(n, 1, 65535))
		case slices.Contains(s.Listen.Ports[:i], n):
			wrong("listen.ports", i, phrase.Say("{{.Value}} is there twice", "Value", n))
		case i == MaxPorts:
			wrong("listen.ports", i, phrase.Say("there are more than {{.Most}}", "Most", MaxPorts))
		}
	}
	between("sources.rate", s.Sources.Rate, 1, 10_000_000)
	between("sources.burst", s.Sources.Burst, 1, 100_000_000)
	between("history.days", s.History.Days, 0, maxDays)
	if s.Listen.Buffer < 64<<10 || s.Listen.Buffer > 1<<30 {
		wrong("listen.buffer", -1, notBetween(s.Listen.Buffer, 64<<10, 1<<30))
	}
	if s.History.Size != 0 && s.History.Size < 64<<20 {
		wrong("history.max_size", -1, phrase.Say("{{.Size}} is too little: 64 MiB, or 0 for no limit", "Size", s.History.Size))
	}
	if !slices.Contains(Languages, s.Alerts.Language) {
		wrong("alerts.language", -1, phrase.Say("must be one of {{.Names}}", "Names", strings.Join(Languages, ", ")))
	}
	switch learning := time.Duration(s.Hosts.Learning); {
	case learning < 0:
		wrong("hosts.learning", -1, phrase.Say("must not be negative"))
	case learning > maxDays*24*time.Hour:
		wrong("hosts.learning", -1, phrase.Say("must not be more than {{.Days}} days", "Days", maxDays))
	}
	if after := time.Duration(s.Privacy.ShortenAfter); after != 0 && (after < 24*time.Hour || after > maxDays*24*time.Hour) {
		wrong("privacy.shorten_after", -1, phrase.Say("must be 0 (never), or from 1 to {{.Days}} days, such as 90d", "Days", maxDays))
	}
	if s.Names.Resolver != "" {
		if err := dns.CheckServer(s.Names.Resolver); err != nil {
			wrong("names.resolver", -1, err)
		}
	}
	checkFile("origin.asn", s.Origin.ASN, wrong)
	checkFile("origin.country", s.Origin.Country, wrong)
	s.Lists.check(func(name string, at int, err error) { wrong("lists."+name, at, err) })
	for i, text := range s.Alerts.Run {
		switch {
		case strings.ContainsRune(text, 0):
			wrong("alerts.on_alert", i, phrase.Say("{{.Argument}} has a zero byte in it, which no program can be given", "Argument", strconv.Quote(text)))
		case i == 0 && !filepath.IsAbs(text) && strings.ContainsFunc(text, unicode.IsControl): // "C:\tools" has a tab in it
			wrong("alerts.on_alert", i, badEscape)
		case i == 0 && !filepath.IsAbs(text):
			wrong("alerts.on_alert", i, phrase.Say("{{.Path}} is not the full path of a program", "Path", strconv.Quote(text)))
		}
	}
	s.checkOutlets(wrong)
	s.checkRules(wrong)
	for key, users := range map[string][]string{"access.viewers": s.Access.Viewers, "access.admins": s.Access.Admins} {
		for i, user := range users {
			if strings.TrimSpace(user) == "" || strings.ContainsFunc(user, unicode.IsControl) || !utf8.ValidString(user) {
				wrong(key, i, phrase.Say("{{.User}} is not a valid user name", "User", strconv.Quote(user)))
			}
		}
	}
}

// checkFile reports what is no full path of a file; "" is none.
func checkFile(key, path string, wrong report) {
	switch {
	case path == "" || filepath.IsAbs(path) && !strings.ContainsRune(path, 0):
	case strings.ContainsFunc(path, unicode.IsControl): // "C:\tools" has a tab in it
		wrong(key, -1, badEscape)
	default:
		wrong(key, -1, phrase.Say("{{.Path}} is not the full path of a file", "Path", strconv.Quote(path)))
	}
}

func notBetween[T int | Size](v, low, high T) error {
	return phrase.Say("{{.Value}} is not between {{.Least}} and {{.Most}}", "Value", v, "Least", low, "Most", high)
}

// checkAll is check, and asks whether the filters can be used here: they name
// services of this computer.
func (s *Settings) checkAll(wrong report) {
	s.check(wrong)
	if len(s.Rules)+len(s.Hosts.Ignore)+len(s.Privacy.DoNotRecord) == 0 {
		return
	}
	known := services.Default()
	s.checkRuleFilters(known, wrong)
	for i, query := range s.Privacy.DoNotRecord {
		if _, err := NotRecorded(query, Hours{}, known); err != nil {
			wrong("privacy.do_not_record", i, phrase.Say("{{.Filter}}: {{.Reason}}", "Filter", strconv.Quote(query), "Reason", err))
		}
	}
	for i, query := range s.Hosts.Ignore {
		f, err := filter.Parse(query)
		switch {
		case err != nil:
		case f.Everything():
			err = phrase.Say("it would ignore every host")
		case f.Timed():
			err = phrase.Say("the ignore list is about all that comes: leave out since, until and date")
		default:
			_, err = f.Compile(known, time.Time{})
		}
		if err != nil {
			wrong("hosts.ignore", i, phrase.Say("{{.Filter}}: {{.Reason}}", "Filter", strconv.Quote(query), "Reason", err))
		}
	}
}

// Address is an IP address in a settings file; "" is the invalid one.
type Address struct{ netip.Addr }

// UnmarshalText reads an address.
func (a *Address) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		a.Addr = netip.Addr{}
		return nil
	}
	if a.Addr, err = netip.ParseAddr(string(text)); err != nil {
		return phrase.Say("{{.Value}} is not a valid IP address", "Value", strconv.Quote(string(text)))
	}
	a.Addr = a.Addr.Unmap()
	return nil
}

// Prefix is a network ("10.0.0.0/8") or a single address in a settings file.
type Prefix struct{ netip.Prefix }

// UnmarshalText reads a network or an address.
func (p *Prefix) UnmarshalText(text []byte) error {
	if a, err := netip.ParseAddr(string(text)); err == nil {
		a = a.Unmap()
		p.Prefix = netip.PrefixFrom(a, a.BitLen())
		return nil
	}
	network, err := netip.ParsePrefix(string(text))
	if err != nil {
		return phrase.Say("{{.Value}} is neither an IP address nor a network such as 192.168.1.0/24", "Value", strconv.Quote(string(text)))
	}
	if a := network.Addr(); a.Is4In6() && network.Bits() >= 96 {
		network = netip.PrefixFrom(a.Unmap(), network.Bits()-96)
	}
	p.Prefix = network.Masked()
	return nil
}

// Duration is a time span in a settings file: "24h", "90m", "2d".
type Duration time.Duration

// UnmarshalText reads a time span as time.ParseDuration does, and days.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, found := strings.CutSuffix(s, "d"); found {
		var n float64
		if _, err := fmt.Sscanf(days+"\n", "%g\n", &n); err == nil && n >= 0 && n <= maxDays {
			*d = Duration(n * 24 * float64(time.Hour))
			return nil
		}
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return phrase.Say("{{.Value}} is not a valid time span, such as 24h, 30m or 2d", "Value", strconv.Quote(s))
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes in a settings file: "500 MB", "10 GiB".
type Size int64

// units of sizes: those of 1000 and those of 1024.
var units = []struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1},
}

// String writes a size as UnmarshalText reads it, to a tenth.
func (s Size) String() string {
	for _, u := range units[:4] {
		if int64(s) >= u.bytes {
			return strings.Replace(fmt.Sprintf("%.1f %s", float64(s)/float64(u.bytes), u.name), ".0 ", " ", 1)
		}
	}
	return fmt.Sprintf("%d B", int64(s))
}

// UnmarshalText reads a number with or without a unit.
func (s *Size) UnmarshalText(text []byte) error {
	number, factor := strings.TrimSpace(string(text)), int64(1)
	for _, u := range units {
		if len(number) > len(u.name) && strings.EqualFold(number[len(number)-len(u.name):], u.name) {
			number, factor = strings.TrimSpace(number[:len(number)-len(u.name)]), u.bytes
			break
		}
	}
	var n float64
	if _, err := fmt.Sscanf(number+"\n", "%g\n", &n); err != nil || !(n >= 0) || n*float64(factor) >= 1<<62 {
		return phrase.Say("{{.Value}} is not a valid size, such as 500 MB or 10 GiB", "Value", strconv.Quote(string(text)))
	}
	*s = Size(n * float64(factor))
	return nil
}
