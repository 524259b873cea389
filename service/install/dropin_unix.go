//go:build unix

package install

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"linklog/capture"
	"linklog/service/settings"
)

// dropInPath is where a socket unit learns what the settings say, whoever brought it.
func dropInPath(unit string) string { return "/etc/systemd/system/" + unit + ".d/linklog.conf" }

// morePorts is where the service learns of units for further ports. Each is started with
// it, and one that cannot be keeps neither it nor another from starting.
const morePorts = "/etc/systemd/system/" + serviceName + ".d/linklog-ports.conf"

const dropInHead = "# Written by \"linklog service\" at each start and restart: what [listen] in " + stateDir + "/linklog.toml says.\n"

// socketUnit is a unit that opens a port.
type socketUnit struct {
	name    string // or a template
	listens string // the port that the unit's own text says; "%i" in a template
	wanted  string // the one that the settings say; "": none
	stream  bool   // TCP
}

// instance is the unit that a template makes for a port.
func instance(template string, port uint16) string {
	return strings.Replace(template, "@.", "@"+strconv.Itoa(int(port))+".", 1)
}

// tellSockets writes what the settings say about the ports to where the manager reads it,
// and returns the port of the traps, whether anything changed, and the units that are to
// be closed for it. Settings that cannot be read change nothing: the service says what is
// wrong with them.
func (s systemd) tellSockets() (number uint16, changed bool, stale []string, err error) {
	unit := s.port()
	l, err := s.listen()
	if err != nil {
		return unit, false, nil, nil
	}
	ports := l.UDPPorts()
	if ports[0] == 0 {
		ports[0] = unit // any will do
	}
	var syslog, flows string
	var more []string
	for _, n := range ports[1:] {
		switch n {
		case capture.SyslogPort:
			syslog = strconv.Itoa(int(n))
		case capture.FlowPort:
			flows = strconv.Itoa(int(n))
		default:
			more = append(more, instance(portName, n))
		}
	}
	for _, n := range l.TCPPorts() {
		more = append(more, instance(tcpName, n))
	}
	before := s.more()
	for _, u := range []socketUnit{
		{trapName, strconv.Itoa(int(unit)), strconv.Itoa(int(ports[0])), false},
		{syslogName, strconv.Itoa(capture.SyslogPort), syslog, false},
		{flowName, strconv.Itoa(capture.FlowPort), flows, false},
		{portName, "%i", "%i", false},
		{tcpName, "%i", "%i", true},
	} {
		begin, _, template := strings.Cut(u.name, "@")
		ofTemplate := func(unit string) bool { return strings.HasPrefix(unit, begin+"@") }
		text := ""
		if !template && s.has(u.name) || slices.ContainsFunc(more, ofTemplate) {
			if text, err = dropIn(l, u); err != nil {
				return ports[0], changed, stale, err
			}
		}
		differs, err := s.writeOrRemove(dropInPath(u.name), text)
		if err != nil {
			return ports[0], changed, stale, err
		}
		changed = changed || differs
		switch {
		case !differs:
		case template:
			stale = append(stale, slices.DeleteFunc(slices.Clone(before), func(unit string) bool { return !ofTemplate(unit) })...)
		default:
			stale = append(stale, u.name)
		}
	}
	text := ""
	if len(more) > 0 {
		text = dropInHead + "[Service]\nSockets=" + strings.Join(more, " ") + "\n"
	}
	differs, err := s.writeOrRemove(morePorts, text)
	for _, unit := range before {
		if !slices.Contains(more, unit) && !slices.Contains(stale, unit) {
			stale = append(stale, unit)
		}
	}
	return ports[0], changed || differs, stale, err
}

// listen is what the settings, or the service's command line, say about the ports.
func (s systemd) listen() (settings.Listen, error) {
	set, err := settings.Load(s.path(stateDir + "/linklog.toml"))
	if errors.Is(err, fs.ErrNotExist) {
		set, err = settings.Defaults(), nil
	}
	_, typed, _ := strings.Cut(s.unitText(), " --port ")
	if ports := typedPorts(typed); len(ports) > 0 {
		set.Listen.Only(ports) // the command line wins
	}
	return set.Listen, err
}

// more are the units for further ports that the service was told of.
func (s systemd) more() (units []string) {
	text, _ := os.ReadFile(s.path(morePorts))
	for line := range strings.Lines(string(text)) {
		if list, found := strings.CutPrefix(strings.TrimSpace(line), "Sockets="); found {
			units = append(units, strings.Fields(list)...)
		}
	}
	return units
}

// interfaceName is one that cannot be taken for anything else in a unit: the settings
// are not only root's to write.
var interfaceName = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,15}$`)

// dropIn returns what a unit has to be told to open what the settings say; "" for nothing.
func dropIn(l settings.Listen, u socketUnit) (string, error) {
	l.Address.Addr = l.Address.Unmap()
	if u.wanted == "" {
		return dropInHead + "[Unit]\nConditionPathExists=!/\n", nil // never
	}
	setting := "ListenDatagram"
	if u.stream {
		setting = "ListenStream"
	}
	var b strings.Builder
	if l.Address.IsValid() || u.wanted != u.listens {
		b.WriteString(setting + "=\n")
		hosts := []string{"0.0.0.0", "[::]"}
		zone := l.Address.Zone()
		if zone != "" {
			if !interfaceName.MatchString(zone) {
				return "", fmt.Errorf("listen.address: %q: not a valid interface name", zone)
			}
			zone = "%%" + zone
		}
		switch a := l.Address.WithZone(""); {
		case a.Is4():
			hosts = []string{a.String()}
		case a.Is6():
			hosts = []string{"[" + a.String() + "]"}
		}
		for _, host := range hosts {
			fmt.Fprintf(&b, "%s=%s:%s%s\n", setting, host, u.wanted, zone)
		}
		if l.Address.IsValid() { // which may come after the start
			b.WriteString("FreeBind=yes\n")
		}
	}
	if l.Buffer != settings.Defaults().Listen.Buffer && !u.stream {
		fmt.Fprintf(&b, "ReceiveBuffer=%d\n", l.Buffer/2) // the kernel doubles it
	}
	if b.Len() == 0 {
		return "", nil
	}
	return dropInHead + "[Socket]\n" + b.String(), nil
}
